internal import PagemapEvents
internal import PagemapModel

/// How the model does with many live device folios: single pages of device memory in allocations of
/// `run` pages, first filled, then freed and filled again one allocation after another.
struct FolioBenchmark {
  private let folios: UInt64
  private let run: UInt64
  private var mirror = KernelMirror(probes: ProbeInventory())
  private var event = PagemapEvent()
  private var events: UInt64 = 0

  /// What comes after the filling, in events; each allocation is moved at least once.
  private static let churn: UInt64 = 4_000_000
  private static let pagemap: UInt64 = 0xff10_0000_5000_0098

  /// A benchmark of `folios` live folios.
  init(folios: UInt64, run: UInt64) {
    (self.folios, self.run) = (folios, run)
  }

  /// The heads of the columns that `line` prints.
  static var heading: String {
    padded("live folios", 12) + padded("pages a call", 14) + padded("fill, M/s", 12)
      + padded("churn, M/s", 12) + padded("table, B each", 15) + padded("resident, B each", 18)
  }

  /// Runs it and tells the events a second of CPU time, and the memory a folio.
  mutating func line() -> String {
    let start = Cost.now()
    let allocations = folios / run
    for number in 0..<allocations { fill(number) }
    let filled = Cost.now()
    let filling = events
    // A stride that is no divisor visits the allocations all over the memory.
    let rounds = max(Self.churn / (2 * run + 6), 1)
    for round in 0..<rounds {
      let number = round &* 7919 % allocations
      empty(number)
      fill(number)
    }
    let end = Cost.now()
    let live = Double(mirror.folios.liveCount)
    let rates = [
      Double(filling) / (filled.seconds - start.seconds) / 1e6,
      Double(events - filling) / (end.seconds - filled.seconds) / 1e6,
    ]
    return padded("\(mirror.folios.liveCount)", 12) + padded("\(run)", 14) + padded(rates[0], 12)
      + padded(rates[1], 12) + padded(Double(mirror.folios.memory) / live, 15)
      + padded(Double(end.resident - start.resident) / live, 18)
  }

  /// A migration to the device: one call, one event a page.
  private mutating func fill(_ number: UInt64) {
    let start = 0x7f00_0000_0000 + number * run * 4096
    begin(.devmemInit, number)
    event[.dpagemap] = Self.pagemap
    event[.devmem] = devmem(number)
    event[.mm] = 0xff10_0000_6000_0000
    event[.size] = run * 4096
    apply()
    begin(.migrateToDevmem, number)
    event[.dpagemap] = Self.pagemap
    event[.ref] = 3
    event[.devmem] = devmem(number)
    event[.mm] = 0xff10_0000_6000_0000
    (event[.start], event[.end]) = (start, start + run * 4096)
    apply()
    for page in 0..<run {
      begin(.zoneDevicePageInit, number)
      event[.page] = self.page(number, page)
      event[.pgmap] = Self.pagemap - 0x98
      event[.order] = 0
      apply()
    }
    begin(.migrateToDevmemReturn, number)
    event[.devmem] = devmem(number)
    (event[.start], event[.end]) = (start, start + run * 4096)
    event[.result] = 0
    apply()
  }

  /// The pages are freed one by one, and the zdd ends with the last.
  private mutating func empty(_ number: UInt64) {
    for page in 0..<run {
      begin(.folioFree, number)
      event[.folio] = self.page(number, page)
      event[.zdd] = zdd(number)
      event[.zddRef] = run - page
      event[.isMigrated] = 0
      apply()
    }
    begin(.zddDestroy, number)
    event[.zdd] = zdd(number)
    event[.devmem] = devmem(number)
    event[.dpagemap] = Self.pagemap
    event[.ref] = 3
    apply()
  }

  private func page(_ number: UInt64, _ page: UInt64) -> UInt64 {
    0xffff_ea00_0000_0000 + (number * run + page) * 64
  }

  private func devmem(_ number: UInt64) -> UInt64 { 0xff10_0000_8000_0008 + number * 0x100 }
  private func zdd(_ number: UInt64) -> UInt64 { 0xff20_0000_9000_0000 + number * 0x20 }

  private mutating func begin(_ kind: PagemapEvent.Kind, _ number: UInt64) {
    event.clear()
    event.kind = kind
    event.timestamp = events * 250
    event.sequence = events
    event.cpu = UInt32(truncatingIfNeeded: number % 4)
    event.pid = 100 + Int32(truncatingIfNeeded: number % 4)
  }

  private mutating func apply() {
    mirror.apply(event)
    events += 1
  }
}
