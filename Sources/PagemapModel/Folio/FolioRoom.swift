/// The device folios, and which of them moved.
package struct FolioRoom: Sendable {
  private var table = FolioTable()
  private var moves = MoveTable()
  /// Whether the folio lives that the event names, ahead of the event's steps; nil where no event has named
  /// its page. Of an initialisation, a free and a CPU fault.
  package private(set) var isNamedLive: Bool?

  // MARK: Looking

  /// How many live.
  package var liveCount: Int { table.liveCount }
  /// Bytes that the table takes.
  package var memory: Int { table.memory }
  /// The device folio of a `struct page`, live or free; nil where no event has named the page.
  package subscript(page: UInt64) -> DeviceFolio? { table[page] }
  /// The allocation of a live folio, by its address; nil where it is not known.
  package func allocation(of page: UInt64) -> UInt64? {
    guard let folio = table[page], folio.isLive, folio.allocation != 0 else { return nil }
    return folio.allocation
  }
  /// The epoch of a page's folio, live or free; nil where no event has named the page.
  func epoch(of page: UInt64) -> UInt32? { table.epoch(of: page) }
  /// Whether there is no room for a page that it does not know.
  var isFull: Bool { table.isFull }

  /// Calls `body` with the page and the folio of all that live, in no order that means anything.
  package func forEachLive(_ body: (UInt64, DeviceFolio) -> Void) { table.forEachLive(body) }

  /// The same for those that belong to one of the given allocations, by serial number.
  package func forEachLive(of serials: Set<UInt64>, _ body: (UInt64, DeviceFolio) -> Void) {
    table.forEachLive(of: serials, body)
  }

  /// Looks up the folio of the page that an event names, for all rules that look at the event.
  mutating func meet(_ page: UInt64) { isNamedLive = table.isLive(page) }

  // MARK: Lives

  /// `zone_device_page_init`: a folio's life begins. Answers the one that lived there until now.
  mutating func begin(_ folio: DeviceFolio, at page: UInt64) -> DeviceFolio? {
    if folio.order > 0 { table.forgetTails(of: page, order: folio.order) }
    return table.begin(folio, at: page)
  }

  /// Free folios are kept for their epochs' sake only; when there are many, they go.
  mutating func makeRoom() {
    if table.count > 2 * table.liveCount + 16384 { table.forgetFree() }
  }

  /// `drm_pagemap_folio_free`. Answers the folio as it was; nil where no event has named the page.
  mutating func end(at page: UInt64) -> DeviceFolio? { table.end(at: page) }

  /// `drm_pagemap_folio_split`. Answers the old folio; nil where none lives there.
  mutating func split(_ old: UInt64, into new: UInt64) -> DeviceFolio? {
    table.split(old, into: new)
  }

  // MARK: Steps

  /// The migration that a task filled an allocation in finalizes: its folios are in page tables.
  mutating func finalize(of allocation: UInt64, by pid: Int32) {
    table.finalize(of: allocation, by: pid)
  }

  /// A migration collects a page, leaves it where it is, or moves its content.
  mutating func step(_ trigger: DeviceFolio.Trigger, of page: UInt64) {
    table.step(trigger, of: page)
  }

  // MARK: Moves

  /// Whether no page is known to have moved.
  var hasNoMoves: Bool { moves.isEmpty }

  /// The event that moved a page frame since its folio's life began; nil where none did.
  func move(of frame: UInt64) -> EventNote? { moves[frame] }

  /// The content of page frames moved as `note` shows. Answers those that moved before, each with the
  /// event that moved it then.
  mutating func move(_ frames: [UInt64], _ note: EventNote) -> [(frame: UInt64, first: EventNote)] {
    guard !frames.isEmpty else { return [] }
    let number = moves.keep(note)
    return frames.compactMap { frame in moves.move(frame, number).map { (frame, $0) } }
  }

  /// A folio begins or ends: its page frames have not moved.
  mutating func forgetMoves(of frame: UInt64, count: UInt64) { moves.forget(frame, count: count) }
}
