/// The device folios of a trace by the address of their `struct page`: about 13 bytes each.
///
/// Neighbouring pages share a group of 32 slots, which one index finds; a page without a neighbour
/// has a slot of its own, found by a second index, so that scattered addresses cost no group each.
/// A slot keeps what is a folio's own, its run (`FolioRuns`) what it shares with those that the same
/// call initialised. Free folios stay for a while, for the sake of their epochs and of what a use
/// after the end may ask. A copy shares what neither has changed.
package struct FolioTable: Sendable {
  /// Pages by address.
  private var groups = PackedIndex()
  private var singles = PackedIndex()
  private var slots = Slab(blank: FolioSlot(), shift: 12)
  private var runs = FolioRuns()
  private var usedSlots: UInt32 = 0
  private var unusedSingle = PackedIndex.absent
  /// Folios that it knows, live and free.
  package private(set) var count = 0
  /// Folios that live.
  package private(set) var liveCount = 0

  private static let groupShift: UInt32 = 5
  private static let groupSize: UInt32 = 1 << groupShift
  /// `struct page` is 64 bytes and aligned so.
  private static let pageShift: UInt64 = 6
  private static let pageSize: UInt64 = 1 << pageShift
  /// More slots are not made: 256 GiB of device memory in pages of 4 KiB, or what damage invents.
  private static let slotLimit: UInt32 = 1 << 26

  package init() {}

  /// Bytes that it takes.
  package var memory: Int { groups.memory + singles.memory + slots.memory + runs.memory }

  /// Whether there is no room for a page that it does not know.
  package var isFull: Bool { usedSlots >= Self.slotLimit }

  // MARK: Looking up

  /// The folio of a page, live or free; nil where no event has named the page.
  package subscript(page: UInt64) -> DeviceFolio? {
    let place = place(of: page)
    guard place != PackedIndex.absent else { return nil }
    let slot = slots[place]
    return slot.isKnown ? runs.folio(of: slot) : nil
  }

  /// The epoch of a page's folio, live or free; nil where no event has named the page.
  package func epoch(of page: UInt64) -> UInt32? {
    let place = place(of: page)
    guard place != PackedIndex.absent else { return nil }
    let slot = slots[place]
    return slot.isKnown ? runs.epoch(of: slot) : nil
  }

  /// Whether the folio of a page lives; nil where no event has named the page.
  @inline(__always)
  func isLive(_ page: UInt64) -> Bool? {
    let place = place(of: page)
    guard place != PackedIndex.absent, slots[place].isKnown else { return nil }
    return slots[place].isLive
  }

  /// Where the slot of a page is; `absent` where it has none.
  @inline(__always)
  private func place(of page: UInt64) -> UInt32 {
    if page & (Self.pageSize - 1) == 0 {
      let group = groups[Self.group(of: page)]
      if group != PackedIndex.absent { return group &+ Self.offset(of: page) }
    }
    return singles.count == 0 ? PackedIndex.absent : singles[page]
  }

  private static func group(of page: UInt64) -> UInt64 {
    page >> (pageShift + UInt64(groupShift))
  }

  private static func offset(of page: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: page >> pageShift) & (groupSize - 1)
  }

  // MARK: Lives

  /// A folio's life begins, as `folio` tells it but for the epoch, which is the page's next one.
  /// Answers the folio that lived there until now, if one did. Where the table is full and does not
  /// know the page nothing happens.
  @discardableResult
  package mutating func begin(_ folio: DeviceFolio, at page: UInt64) -> DeviceFolio? {
    begin(folio, at: page, hint: nil)
  }

  private mutating func begin(_ folio: DeviceFolio, at page: UInt64, hint: UInt32?)
    -> DeviceFolio?
  {
    let place = makePlace(for: page)
    guard place != PackedIndex.absent else { return nil }
    let slot = slots[place]
    guard slot.isKnown else {
      count += 1
      liveCount += 1
      slots[place] = runs.add(folio, epoch: 1, hint: hint)
      return nil
    }
    var previous: DeviceFolio?
    if slot.isLive { previous = runs.folio(of: slot) } else { liveCount += 1 }
    let epoch = runs.epoch(of: slot) &+ 1
    runs.remove(slot)
    slots[place] = runs.add(folio, epoch: epoch, hint: hint)
    return previous
  }

  /// The life of a page's folio ends; what is known of it stays. Answers the folio as it was, live or
  /// free already; nil where no event has named the page.
  package mutating func end(at page: UInt64) -> DeviceFolio? {
    let place = place(of: page)
    guard place != PackedIndex.absent else { return nil }
    let slot = slots[place]
    guard slot.isKnown else { return nil }
    if slot.isLive {
      slots[place].state = .free
      liveCount -= 1
    }
    return runs.folio(of: slot)
  }

  /// Part of a live folio becomes one of its own at `new`, like the first but for the epoch. Answers
  /// the first; nil where none lives at `old`.
  package mutating func split(_ old: UInt64, into new: UInt64) -> DeviceFolio? {
    let place = place(of: old)
    guard place != PackedIndex.absent, slots[place].isLive else { return nil }
    let slot = slots[place]
    let folio = runs.folio(of: slot)
    _ = begin(folio, at: new, hint: slot.run)
    return folio
  }

  /// Takes a live folio's step. Answers false where none lives there, or the machine has no such step.
  @discardableResult
  mutating func step(_ trigger: DeviceFolio.Trigger, of page: UInt64) -> Bool {
    let place = place(of: page)
    guard place != PackedIndex.absent, slots[place].isLive,
      let next = DeviceFolio.machine.take(runs.state(of: slots[place]), trigger)
    else { return false }
    slots[place].state = next
    return true
  }

  /// The migration in which a task filled an allocation finalizes: folios that it initialised and that
  /// were not freed step from `lockedDestination`.
  mutating func finalize(of allocation: UInt64, by pid: Int32) {
    runs.finalize(of: allocation, by: pid)
  }

  /// Forgets the free folios behind the first page of a large one that begins: its tail pages have no
  /// life of their own until it is split.
  package mutating func forgetTails(of page: UInt64, order: UInt8) {
    for tail in 1..<(UInt64(1) << UInt64(min(order, 9))) {
      let place = place(of: page &+ tail &* Self.pageSize)
      guard place != PackedIndex.absent else { continue }
      let slot = slots[place]
      guard slot.isKnown, !slot.isLive else { continue }
      runs.remove(slot)
      slots[place] = FolioSlot()
      count -= 1
    }
  }

  // MARK: Making room

  private mutating func makePlace(for page: UInt64) -> UInt32 {
    let known = place(of: page)
    if known != PackedIndex.absent { return known }
    if page & (Self.pageSize - 1) == 0,
      isKnown(page &- Self.pageSize) || isKnown(page &+ Self.pageSize)
    {
      return makeGroup(with: page)
    }
    return makeSingle(for: page)
  }

  private func isKnown(_ page: UInt64) -> Bool {
    let place = place(of: page)
    return place != PackedIndex.absent && slots[place].isKnown
  }

  /// A group for a page and those of its neighbours that had slots of their own.
  private mutating func makeGroup(with page: UInt64) -> UInt32 {
    let first = takeSlots()
    guard first != PackedIndex.absent else { return first }
    if singles.count > 0 {
      let base = page & ~(Self.pageSize << UInt64(Self.groupShift) - 1)
      for offset in 0..<Self.groupSize {
        let single = singles.remove(base &+ UInt64(offset) << Self.pageShift)
        guard single != PackedIndex.absent else { continue }
        slots[first + offset] = slots[single]
        free(single)
      }
    }
    groups.set(Self.group(of: page), to: first)
    return first + Self.offset(of: page)
  }

  private mutating func makeSingle(for page: UInt64) -> UInt32 {
    if unusedSingle == PackedIndex.absent {
      let first = takeSlots()
      guard first != PackedIndex.absent else { return first }
      for offset in 0..<Self.groupSize { free(first + offset) }
    }
    let place = unusedSingle
    unusedSingle = slots[place].next
    slots[place] = FolioSlot()
    singles.set(page, to: place)
    return place
  }

  private mutating func free(_ single: UInt32) {
    slots[single] = FolioSlot(unused: unusedSingle)
    unusedSingle = single
  }

  /// Room for one group; `absent` where the table is full.
  private mutating func takeSlots() -> UInt32 {
    guard !isFull else { return PackedIndex.absent }
    if Int(usedSlots) == slots.capacity { slots.grow() }
    defer { usedSlots += Self.groupSize }
    return usedSlots
  }

  // MARK: All folios

  /// Calls `body` with the page and the folio of all that live, in no order that means anything.
  package func forEachLive(_ body: (UInt64, DeviceFolio) -> Void) {
    forEachSlot { page, slot in
      if slot.isLive { body(page, runs.folio(of: slot)) }
    }
  }

  /// The same for those that belong to one of the given allocations, by serial number.
  package func forEachLive(of serials: Set<UInt64>, _ body: (UInt64, DeviceFolio) -> Void) {
    var last: (run: UInt32, isWanted: Bool) = (PackedIndex.absent, false)
    forEachSlot { page, slot in
      guard slot.isLive else { return }
      if slot.run != last.run {
        last = (slot.run, serials.contains(runs.allocationSerial(of: slot)))
      }
      if last.isWanted { body(page, runs.folio(of: slot)) }
    }
  }

  private func forEachSlot(_ body: (UInt64, FolioSlot) -> Void) {
    groups.forEach { group, first in
      let base = group << (Self.pageShift + UInt64(Self.groupShift))
      for offset in 0..<Self.groupSize {
        body(base | UInt64(offset) << Self.pageShift, slots[first + offset])
      }
    }
    singles.forEach { page, place in body(page, slots[place]) }
  }

  /// Forgets the pages whose folios are free, and gives back what they took.
  package mutating func forgetFree() {
    var keptRuns = runs
    forEachSlot { if $1.isKnown, !$1.isLive { keptRuns.remove($1) } }
    runs = keptRuns
    var rest = FolioTable()
    groups.forEach { group, first in
      let places = first..<first + Self.groupSize
      guard let one = places.first(where: { slots[$0].isLive }) else { return }
      let base = group << (Self.pageShift + UInt64(Self.groupShift))
      let page = base | UInt64(one - first) << Self.pageShift
      let isAlone = places.dropFirst(Int(one - first) + 1).allSatisfy { !slots[$0].isLive }
      if isAlone {
        let place = rest.makeSingle(for: page)
        if place != PackedIndex.absent { rest.slots[place] = slots[one] }
      } else {
        let place = rest.takeSlots()
        guard place != PackedIndex.absent else { return }
        rest.groups.set(group, to: place)
        for old in places where slots[old].isLive { rest.slots[place + old - first] = slots[old] }
      }
    }
    singles.forEach { page, place in
      guard slots[place].isLive else { return }
      let new = rest.makeSingle(for: page)
      if new != PackedIndex.absent { rest.slots[new] = slots[place] }
    }
    (groups, singles, slots) = (rest.groups, rest.singles, rest.slots)
    (usedSlots, unusedSingle) = (rest.usedSlots, rest.unusedSingle)
    count = liveCount
  }
}
