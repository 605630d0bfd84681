/// Reads the running kernel's ring buffer while it is written, in bounded memory and with bounded
/// delay.
///
/// Records of several CPUs are merged by their stamps. What was committed before the buffer was
/// looked at is there, but a record may be reserved, and so get its stamp, a while before it is
/// committed. So records are held back for the reorder window, and their order is final then. One
/// that comes later still is taken in late and told in the ledger.
package final class LiveReader: TraceReader {
  package private(set) var metadata: TraceMetadata
  package var taskNames = TaskNames()
  /// Records that came behind later ones of other CPUs.
  package private(set) var lateRecords: UInt64 = 0
  private let source: LiveSource
  private let page: PageLayout
  private let pool: PagePool
  private let pages: [LivePages]
  private let streams: [CPUStream]
  private let builder: BatchBuilder
  private var selection = [UInt64](repeating: 0, count: 1024)
  private var damage = TraceLedger()
  /// Wanted records that each stream has found, and those of them that may be handed out.
  private var found: [RecordHeader] = []
  private var cursors: [Merge.Cursor] = []
  private var ends: [Int]
  private var tree = MergeTree([])
  /// Everything before this stamp may be handed out: no record that comes is earlier.
  private var watermark: UInt64 = 0
  private var endGaps: [LostEvents]?
  private var state = State.running
  /// The latest stamp that was handed out.
  private var lastHandedOut: UInt64 = 0

  private enum State { case running, draining, drained }

  private static let slotCount = 256
  /// Pages that a CPU is read in one go, so that none waits long for its turn.
  private static let fillLimit = 128
  /// How long a pause is at most, in milliseconds.
  private static let pauseLimit: Int32 = 20

  /// - Throws: `IngestError` of code `contradictoryHeader` where `header_page` describes no
  ///   sub-buffer.
  package init(_ source: LiveSource) throws(IngestError) {
    guard let page = PageLayout(runningKernel: source.description.headerPage) else {
      throw FixedHeader.contradiction(
        at: 0, "header_page should describe the fields timestamp, commit and data")
    }
    self.source = source
    self.page = page
    let pool = PagePool(
      pageSize: page.subBufferSize, limit: source.memoryLimit / page.subBufferSize)
    self.pool = pool
    pages = source.cpus.map { LivePages(cpu: $0.cpu, descriptor: $0.descriptor, pool: pool) }
    streams = pages.map { pages in
      let area = CPUArea(
        buffer: 0, cpu: pages.cpu, offset: 0, size: 0, subBufferSize: page.subBufferSize,
        compression: .none)
      return CPUStream(area: area, source: pages, layout: page)
    }
    builder = BatchBuilder(longestPayload: page.subBufferSize)
    metadata = Self.metadata(source, page)
    let count = pages.count
    let nothing = RecordHeader(
      timestamp: 0, payloadOffset: 0, payloadLength: 0, cpu: 0, eventID: 0, kind: .binary)
    found = [RecordHeader](repeating: nothing, count: count * Self.slotCount)
    cursors = (0..<count).map { Merge.Cursor(next: $0 * Self.slotCount, end: $0 * Self.slotCount) }
    ends = cursors.map(\.end)
  }

  private static func metadata(_ source: LiveSource, _ page: PageLayout) -> TraceMetadata {
    let description = source.description
    var metadata = TraceMetadata(container: .live)
    metadata.formats = description.formats
    metadata.buffers = [TraceBuffer(name: "", cpus: source.cpus.map(\.cpu).sorted())]
    metadata.longSize = page.longSize
    metadata.clock = description.clock
    metadata.timestampsAreNanoseconds =
      !["counter", "uptime", "x86-tsc"].contains(description.clock)
    metadata.uname = description.uname
    let words = description.uname.split(separator: " ")
    if words.count >= 3 { metadata.kernelRelease = String(words[2]) }
    return metadata
  }

  package func select(_ selection: EventSelection) {
    self.selection = selection.wantsAll ? [UInt64](repeating: .max, count: 1024) : selection.ids
  }

  package var ledger: TraceLedger {
    var ledger = damage
    ledger.cpus = streams.map(\.ledger)
    ledger.firstTimestamp = streams.compactMap(\.firstTimestamp).min()
    ledger.lastTimestamp =
      streams.filter { $0.firstTimestamp != nil }.map(\.highestTimestamp).max()
    return ledger
  }

  /// The share of the memory for pages that is in use, in per cent. Near 100 the kernel's buffer
  /// takes up what comes, and loses it when it is full.
  package var fill: Int { min(100, pool.taken * pool.pageSize * 100 / max(1, source.memoryLimit)) }

  /// As the protocol says, and answers true with an empty batch where nothing came for a while.
  package func read(into batch: inout RecordBatch) throws(IngestError) -> Bool {
    if try merge(into: &batch) { return true }
    if state == .drained {
      return emitEndGaps(into: &batch)
    }
    let isBusy = try lookForMore()
    if try !merge(into: &batch), !isBusy { pause() }
    return true
  }

  private func pause() {
    guard state == .running, case .ended(let statistics) = source.pause(Self.pauseLimit) else {
      return
    }
    state = .draining
    for entry in statistics {
      let counters = entry.counters
      if let now = counters?.now {
        metadata.endIsKnown = true
        metadata.recordedUntil = max(metadata.recordedUntil ?? 0, now)
      }
      streams.first { $0.area.cpu == entry.cpu }?.close(counters)
    }
  }
}

// MARK: - From the kernel

extension LiveReader {
  /// Reads what the kernel has, and moves the watermark on.
  ///
  /// - Returns: whether there is more at once. What comes in small pieces is left to gather.
  private func lookForMore() throws(IngestError) -> Bool {
    let now = state == .running ? source.now() : .max
    var hasRead = false
    for pages in pages where pages.fill(limit: Self.fillLimit, source.tee) { hasRead = true }
    var isBusy = hasRead && !pages.allSatisfy(\.isDrained)
    var limit = UInt64.max
    if state == .running {
      limit = now.map { $0 - min($0, source.reorderWindow) } ?? watermark
    }
    for pages in pages where !pages.isDrained { limit = min(limit, pages.newestPage ?? 0) }
    watermark = max(watermark, limit)
    if state == .draining, pages.allSatisfy(\.isDrained) {
      state = .drained
      isBusy = true
    }
    for index in streams.indices { try advance(index) }
    tree = MergeTree(cursors.map { $0.next < $0.end ? found[$0.next].timestamp : nil })
    return isBusy
  }

  /// Lets a cursor see those of its stream's records that may be handed out, finding new ones where
  /// it has none left.
  private func advance(_ index: Int) throws(IngestError) {
    if cursors[index].next >= ends[index] {
      let first = index * Self.slotCount
      let wish = CPUStream.Wish(
        ids: selection, conversion: TimestampConversion(), slots: first..<first + Self.slotCount)
      let count = try streams[index].walk(wish, into: &found, LittleEndianOrder.self)
      for entry in streams[index].takeDamage() { damage.add(entry) }
      ends[index] = first + count
      cursors[index] = Merge.Cursor(next: first, end: first, window: streams[index].source.bytes)
    }
    var end = cursors[index].next
    while end < ends[index], found[end].timestamp < watermark { end += 1 }
    cursors[index].end = end
  }
}

// MARK: - To the batch

extension LiveReader {
  /// Hands out what may be; false where nothing is.
  private func merge(into batch: inout RecordBatch) throws(IngestError) -> Bool {
    batch.removeAll()
    var isOpen = true
    while isOpen {
      switch Merge.run(&cursors, &tree, found.span, into: builder) {
      case .full, .finished: isOpen = false
      case .gap(let index):
        if let gap = streams[index].gap {
          builder.append(gap, at: found[cursors[index].next].timestamp)
        }
        cursors[index].next += 1
        try moveOn(index)
      case .end(let index): try moveOn(index)
      }
    }
    builder.finish(into: &batch)
    noteLateness(of: batch)
    return !batch.records.isEmpty
  }

  private func moveOn(_ index: Int) throws(IngestError) {
    if cursors[index].next >= cursors[index].end { try advance(index) }
    let next = cursors[index].next
    tree.replaceFirst(index, next < cursors[index].end ? found[next].timestamp : nil)
  }

  /// Counts the records that are earlier than what was handed out before them.
  private func noteLateness(of batch: borrowing RecordBatch) {
    var late: UInt64 = 0
    for header in batch.records where header.kind == .binary {
      if header.timestamp < lastHandedOut { late += 1 } else { lastHandedOut = header.timestamp }
    }
    guard late > 0 else { return }
    if lateRecords == 0 {
      damage.add(
        Damage(
          kind: .lateRecords, offset: 0, length: nil,
          message: "records came later than the reorder window of "
            + "\(source.reorderWindow / 1_000_000) ms allows; give a larger one"))
    }
    lateRecords += late
  }

  /// Puts the gaps that last to the end behind the last record.
  private func emitEndGaps(into batch: inout RecordBatch) -> Bool {
    batch.removeAll()
    if endGaps == nil { endGaps = collectEndGaps() }
    let end = max(metadata.recordedUntil ?? 0, ledger.lastTimestamp ?? 0)
    while let gap = endGaps?.first, !builder.isFull {
      endGaps?.removeFirst()
      builder.append(gap, at: end)
    }
    builder.finish(into: &batch)
    return !batch.records.isEmpty
  }

  private func collectEndGaps() -> [LostEvents] {
    var gaps: [LostEvents] = []
    for stream in streams {
      let loss = LossAccounting.endLoss(stream, last: stream.lastTimestamp)
      var found = loss.gaps
      if let overrun = LossAccounting.overrunWithoutMarks(stream) {
        found.append(
          LostEvents(buffer: 0, cpu: stream.area.cpu, count: overrun, after: nil, before: nil))
      }
      for gap in found { stream.ledger.add(gap) }
      stream.ledger.eventsLost &+= loss.uncounted
      gaps += found
      if let missing = loss.damage { damage.add(missing) }
    }
    return gaps
  }
}
