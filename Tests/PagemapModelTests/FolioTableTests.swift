import PagemapEvents
import Testing

@testable import PagemapModel

/// The packed table against a dictionary of plain records that does the same slowly.
@Suite struct FolioTableTests {
  /// What `FolioTable` should do, with nothing packed.
  private struct Plain {
    var folios: [UInt64: DeviceFolio] = [:]

    mutating func begin(_ folio: DeviceFolio, at page: UInt64) -> DeviceFolio? {
      let previous = folios[page]
      folios[page] = folio
      folios[page]?.epoch = (previous?.epoch ?? 0) + 1
      return previous?.isLive == true ? previous : nil
    }

    mutating func end(at page: UInt64) -> DeviceFolio? {
      let folio = folios[page]
      folios[page]?.state = .free
      return folio
    }

    mutating func step(_ trigger: DeviceFolio.Trigger, of page: UInt64) -> Bool {
      guard let folio = folios[page], folio.isLive,
        let next = DeviceFolio.machine.next(folio.state, trigger)
      else { return false }
      folios[page]?.state = next
      return true
    }

    mutating func split(_ old: UInt64, into new: UInt64) -> DeviceFolio? {
      guard let folio = folios[old], folio.isLive else { return nil }
      _ = begin(folio, at: new)
      return folio
    }
  }

  /// Which pages a random sequence is about.
  enum Pages: String, CaseIterable {
    case neighbours, everyOther, unaligned, anywhere, highest

    func pick(_ random: inout SplitMix) -> UInt64 {
      let number = random.next() % 700
      return switch self {
      case .neighbours: 0xffff_ea00_0000_0000 + number * 64
      case .everyOther: 0xffff_ea00_0000_0000 + number * 128
      case .unaligned: 0xffff_ea00_0000_0000 + number * 8 + 1
      case .anywhere: (number + 1) &* 0x9e37_79b9_7f4a_7c15
      case .highest: UInt64.max - number
      }
    }
  }

  struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var value = state
      value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
      value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
      return value ^ (value >> 31)
    }
  }

  @Test(arguments: Pages.allCases, [1 as UInt64, 2, 3])
  func doesWhatADictionaryWouldDo(pages: Pages, seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var table = FolioTable()
    var plain = Plain()
    var time: UInt64 = 0
    for step in 0..<20_000 as Range<UInt64> {
      let page = pages.pick(&random)
      // Now and then more time, and more events, pass than a slot can count.
      time += random.next() % 400 == 0 ? 5_000_000_000 : random.next() % 1000
      let sequence = step * (step > 15_000 ? 1_000_000 : 1)
      var same = true
      switch random.next() % 16 {
      case 0..<6:
        let folio = Self.folio(&random, time: time, sequence: sequence)
        same = table.begin(folio, at: page) == plain.begin(folio, at: page)
      case 6..<11: same = table.end(at: page) == plain.end(at: page)
      case 11:
        let new = pages.pick(&random)
        same = table.split(page, into: new) == plain.split(page, into: new)
      case 12:
        let trigger = random.next() % 2 == 0 ? DeviceFolio.Trigger.finalize : .collect
        same = table.step(trigger, of: page) == plain.step(trigger, of: page)
      case 13 where random.next() % 500 == 0:
        table.forgetFree()
        plain.folios = plain.folios.filter { $0.value.isLive }
      default:
        same =
          table[page] == plain.folios[page]
          && table.epoch(of: page) == plain.folios[page]?.epoch
          && table[page]?.state == plain.folios[page]?.state
      }
      try #require(same, "step \(step)")
    }
    expectSame(table, plain)
    table.forgetFree()
    plain.folios = plain.folios.filter { $0.value.isLive }
    expectSame(table, plain)
  }

  private static func folio(_ random: inout SplitMix, time: UInt64, sequence: UInt64)
    -> DeviceFolio
  {
    var folio = DeviceFolio()
    folio.state = .lockedDestination
    folio.time = time
    folio.sequence = sequence
    folio.cpu = UInt32(random.next() % 4)
    folio.pid = Int32(random.next() % 3) * 64
    folio.order = UInt8(random.next() % 21)
    folio.allocationSerial = random.next() % 3
    folio.allocation = folio.allocationSerial * 0x1000
    return folio
  }

  private func expectSame(_ table: FolioTable, _ plain: Plain) {
    let live = plain.folios.filter { $0.value.isLive }
    #expect(table.count == plain.folios.count)
    #expect(table.liveCount == live.count)
    #expect(plain.folios.allSatisfy { table[$0.key] == $0.value })
    var found: [UInt64: DeviceFolio] = [:]
    table.forEachLive { found[$0] = $1 }
    #expect(found == live)
    found = [:]
    table.forEachLive(of: [1, 2]) { found[$0] = $1 }
    #expect(found == live.filter { $0.value.allocationSerial != 0 })
  }

  @Test func keepsEpochsThatDoNotFitASlot() {
    var table = FolioTable()
    var folio = DeviceFolio()
    for life in 1...1000 as ClosedRange<UInt32> {
      folio.sequence += 1
      table.begin(folio, at: 0x1000)
      table.begin(folio, at: 0x1040 + UInt64(life) * 64)
      #expect(table[0x1000]?.epoch == life)
      if life % 2 == 0 { #expect(table.end(at: 0x1000)?.epoch == life) }
    }
  }

  @Test func aCopyDoesNotChangeWithTheOriginal() {
    var table = FolioTable()
    var folio = DeviceFolio()
    folio.allocationSerial = 7
    for page in 1...5000 as ClosedRange<UInt64> { table.begin(folio, at: page * 64) }
    let copy = table
    for page in 1...2500 as ClosedRange<UInt64> { _ = table.end(at: page * 64) }
    #expect(copy.liveCount == 5000)
    #expect(copy[64]?.isLive == true && table[64]?.isLive == false)
  }

  /// Bytes each of a million folios, by how many one call initialises.
  @Test(arguments: [16, 512] as [UInt64])
  func takesSixteenBytesAtMost(run: UInt64) {
    var table = FolioTable()
    var folio = DeviceFolio()
    for number in 0..<1_000_000 as Range<UInt64> {
      folio.allocationSerial = number / run
      folio.sequence = number
      folio.time = number * 300
      table.begin(folio, at: 0xffff_ea00_0000_0000 + number * 64)
    }
    #expect(table.memory <= 16 * 1_000_000)
  }

  /// Pages without neighbours have no group to themselves.
  @Test func scatteredPagesStaySmall() {
    var table = FolioTable()
    for number in 1...100_000 as ClosedRange<UInt64> {
      table.begin(DeviceFolio(), at: number &* 0x9e37_79b9_7f4a_7c15)
    }
    #expect(table.memory <= 48 * 100_000)
  }
}

@Suite struct MoveTableTests {
  @Test func tellsTheMoveBeforeUntilThePageIsForgotten() {
    var table = MoveTable()
    var note = EventNote(PagemapEvent(), .start)
    for sequence in 1...3 as ClosedRange<UInt64> {
      note.sequence = sequence
      let number = table.keep(note)
      #expect(table.move(100, number)?.sequence == (sequence == 1 ? nil : sequence - 1))
      #expect(table.move(sequence, number) == nil)
    }
    table.forget(96, count: 8)
    let number = table.keep(note)
    #expect(table.move(100, number) == nil)
    #expect(table.move(2, number)?.sequence == 2)
  }

  @Test func isEmptiedWhenItIsFull() {
    let note = EventNote(PagemapEvent(), .start)
    var table = MoveTable()
    for pfn in 0..<1_000_000 as Range<UInt64> { _ = table.move(pfn, table.keep(note)) }
    #expect(table.memory < 32 << 20)
    #expect(table.move(999_999, table.keep(note)) != nil)
    #expect(table.move(0, table.keep(note)) == nil)
  }
}
