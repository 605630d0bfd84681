/// The records of one CPU of one buffer in the order of its pages, with what is known to be missing
/// between them.
final class CPUStream {
  private(set) var area: CPUArea
  let source: any PageProvider
  private let layout: PageLayout
  /// The current record, and what follows it on its page.
  var walker = PageWalker()
  /// Whether the walker stands at a record that was not looked at yet.
  var isOnRecord = false
  /// What was read and what is missing. Stamps in it are converted.
  var ledger: CPULedger
  /// The gap that the latest header of kind `.lostEvents` stands for.
  var gap: LostEvents?
  /// The ring buffer's stamps of the first and the latest record that was looked at.
  private(set) var firstTimestamp: UInt64?
  private(set) var lastTimestamp: UInt64?
  /// The highest stamp so far; damage may let stamps go backwards.
  private(set) var highestTimestamp: UInt64 = 0
  /// Records missing before the current one.
  private(set) var pendingLoss: PendingLoss?
  /// Whether the file ends inside the page that is being read.
  private var pageIsCut = false
  /// Damage found since it was last taken.
  private var damage: [Damage] = []
  /// What the marks of the pages counted, and whether one of them had no count.
  private(set) var countedByMarks: UInt64 = 0
  private(set) var hasUncountedMark = false

  /// Records missing at one place; `count` is nil where nobody knows how many.
  struct PendingLoss: Equatable {
    var count: UInt64?
  }

  init(area: CPUArea, source: any PageProvider, layout: PageLayout) {
    self.area = area
    self.source = source
    self.layout = layout
    ledger = CPULedger(buffer: area.buffer, cpu: area.cpu)
    ledger.statistics = area.statistics
  }

  /// Takes the kernel's counters at the end of a recording that was read while it was made.
  func close(_ statistics: CPUStatistics?) {
    area.statistics = statistics
    ledger.statistics = statistics
  }

  /// Notes that records are missing before the next one.
  func addLoss(_ count: UInt64?) {
    guard let pending = pendingLoss else {
      pendingLoss = PendingLoss(count: count)
      return
    }
    let sum = pending.count.flatMap { known in count.map { known &+ $0 } }
    pendingLoss = PendingLoss(count: sum)
  }

  /// Hands over what is missing before the current record.
  func takeLoss() -> PendingLoss? {
    defer { pendingLoss = nil }
    return pendingLoss
  }

  /// Notes that records were looked at, wanted or not: how many, and their last and highest stamp.
  func note(records: UInt64, last: UInt64, highest: UInt64) {
    ledger.eventsRead &+= records
    lastTimestamp = last
    highestTimestamp = highest
  }

  /// Hands over what was found damaged and forgets it.
  func takeDamage() -> [Damage] {
    guard !damage.isEmpty else { return [] }
    defer { damage.removeAll() }
    return damage
  }

  /// Moves to the first record of the next page that has one; false at the end of the data.
  func loadPage<Order: WordOrder>(_ order: Order.Type) throws(IngestError) -> Bool {
    while let page = try source.nextPage() {
      collectDamage()
      let pointer = source.bytes
      guard startPage(page, pointer.bytes, order) else { continue }
      switch walker.step(pointer.bytes, order) {
      case .record:
        firstTimestamp = firstTimestamp ?? walker.timestamp
        return true
      case .end: continue
      case .damaged: noteBrokenRecord()
      }
    }
    collectDamage()
    return false
  }

  /// Reads a page's header; false where the page cannot be read.
  private func startPage<Order: WordOrder>(
    _ page: SourcePage, _ window: RawSpan, _ order: Order.Type
  ) -> Bool {
    guard page.length >= layout.dataOffset else {
      addLoss(nil)
      return false
    }
    let header = PageHeader(window, at: page.start, layout: layout, order)
    if header.hasLoss {
      addMark(header.lossCount(window, page: page, layout: layout, order))
    }
    guard header.dataSize <= area.subBufferSize - layout.dataOffset,
      header.dataSize > 0 || header.hasLoss || header.timestamp > 0
    else {
      note(
        at: page.start, length: page.length,
        "a page with at most \(area.subBufferSize - layout.dataOffset) bytes of records was "
          + "expected, its header says \(header.dataSize)")
      return false
    }
    let available = page.length - layout.dataOffset
    pageIsCut = header.dataSize > available
    let start = page.start + layout.dataOffset
    walker = PageWalker(
      start: start, end: start + min(header.dataSize, available), timestamp: header.timestamp)
    return true
  }

  private func addMark(_ count: UInt64?) {
    if let count { countedByMarks &+= count } else { hasUncountedMark = true }
    addLoss(count)
  }

  /// Notes that the walker stands at something that is no record.
  func noteBrokenRecord() {
    if pageIsCut {
      // The layout told of it already.
      pageIsCut = false
      addLoss(nil)
      return
    }
    note(
      at: walker.position, length: walker.dataEnd - walker.position,
      "a record of the ring buffer was expected; the rest of its page is skipped")
  }

  private func note(at place: Int, length: Int, _ message: String) {
    damage.append(
      Damage(
        kind: .malformed, offset: source.fileOffset(of: place), length: UInt64(length),
        cpu: area.cpu, message: message))
    addLoss(nil)
  }

  private func collectDamage() {
    let found = source.takeDamage()
    guard !found.isEmpty else { return }
    damage += found
    addLoss(nil)
  }
}
