/// Reads a trace.dat, version 6 or 7.
final class TraceDatReader: TraceReader {
  let metadata: TraceMetadata
  let taskNames: TaskNames
  private let file: FileSource
  private let page: PageLayout
  private let conversion: TimestampConversion
  private let header: FixedHeader
  private let symbols: SymbolSection?
  private let windowSize: Int
  private let chunkLimit: Int
  private var streams: [CPUStream] = []
  private var cursors: [Merge.Cursor] = []
  private var tree = MergeTree([])
  /// The wanted records that each stream has found, `slotCount` places for each.
  private var found: [RecordHeader] = []
  private let builder: BatchBuilder
  private var wantedIDs = [UInt64](repeating: 0, count: 1024)
  private var formatless: [UInt64] = []
  private var damage = TraceLedger()
  private var hasStarted = false
  /// Gaps that last to the end, once all records were read.
  private var endGaps: [LostEvents]?

  /// How many wanted records a stream finds at once.
  private static let slotCount = 256
  /// The window of one CPU, and of all of them together, in bytes.
  private static let windowSize = 1 << 18
  private static let allWindowsSize = 1 << 23
  /// What a compressed chunk may announce, and the chunks of all CPUs together, in bytes.
  private static let chunkLimit = 1 << 24
  private static let allChunksSize = 1 << 26

  /// Reads everything of `file`, which has to be a regular one, but its records.
  init(_ file: FileSource) throws(IngestError) {
    let layout = try TraceDatLayout.read(file)
    self.file = file
    header = layout.header
    symbols = layout.symbols
    metadata = layout.metadata
    taskNames = layout.taskNames
    page = layout.page
    conversion = layout.conversion
    for entry in layout.damage { damage.add(entry) }
    let decompressor = ChunkDecompressor(
      compression: layout.header.compression, isBigEndian: layout.header.isBigEndian)
    let longest = layout.areas.map(\.subBufferSize).max() ?? 0
    builder = BatchBuilder(longestPayload: longest)
    let filled = max(layout.areas.count { $0.size > 0 }, 1)
    windowSize = min(Self.windowSize, Self.allWindowsSize / filled)
    chunkLimit = min(Self.chunkLimit, Self.allChunksSize / filled)
    for area in layout.areas {
      let source = makeSource(area, decompressor)
      streams.append(CPUStream(area: area, source: source, layout: layout.page))
    }
  }

  private func makeSource(
    _ area: CPUArea, _ decompressor: ChunkDecompressor
  ) -> any PageProvider {
    if area.isJournal { return JournalPageSource(area: area, file: file) }
    return PageSource(
      area: area, file: file, decompressor: decompressor, windowSize: windowSize,
      chunkLimit: chunkLimit)
  }

  var ledger: TraceLedger {
    var ledger = damage
    ledger.cpus = streams.map(\.ledger)
    ledger.firstTimestamp = firstTimestamp.map { conversion($0) }
    ledger.lastTimestamp = lastTimestamp.map { conversion($0) }
    return ledger
  }

  /// The first and the latest stamp by the ring buffer; nil before the first record.
  private var firstTimestamp: UInt64? { streams.compactMap(\.firstTimestamp).min() }
  private var lastTimestamp: UInt64? {
    streams.filter { $0.firstTimestamp != nil }.map(\.highestTimestamp).max()
  }

  func readSymbols() -> [UInt8] {
    do throws(IngestError) {
      return try symbols?.read(file, header: header) ?? []
    } catch {
      return []
    }
  }

  func select(_ selection: EventSelection) {
    wantedIDs = selection.wantsAll ? [UInt64](repeating: .max, count: 1024) : selection.ids
    formatless = selection.wantsAll ? [] : selection.formatless
    for place in formatless.indices { wantedIDs[place] |= formatless[place] }
  }

  func read(into batch: inout RecordBatch) throws(IngestError) -> Bool {
    metadata.isBigEndian
      ? try read(into: &batch, BigEndianOrder.self)
      : try read(into: &batch, LittleEndianOrder.self)
  }

  private func read<Order: WordOrder>(
    into batch: inout RecordBatch, _ order: Order.Type
  ) throws(IngestError) -> Bool {
    batch.removeAll()
    if !hasStarted { try start(order) }
    var isOpen = true
    while isOpen {
      switch Merge.run(&cursors, &tree, found.span, into: builder) {
      case .full: isOpen = false
      case .finished:
        emitEndGaps()
        isOpen = false
      case .gap(let index):
        emitGap(index)
        let next = cursors[index].next
        let isLeft = next < cursors[index].end
        tree.replaceFirst(index, isLeft ? found[next].timestamp : try walk(index, order))
      case .end(let index): tree.replaceFirst(index, try walk(index, order))
      }
    }
    builder.finish(into: &batch)
    return !batch.records.isEmpty
  }

  /// Moves every stream to its first wanted record.
  private func start<Order: WordOrder>(_ order: Order.Type) throws(IngestError) {
    hasStarted = true
    let nothing = RecordHeader(
      timestamp: 0, payloadOffset: 0, payloadLength: 0, cpu: 0, eventID: 0, kind: .binary)
    found = [RecordHeader](repeating: nothing, count: streams.count * Self.slotCount)
    cursors = [Merge.Cursor](repeating: Merge.Cursor(), count: streams.count)
    var timestamps: [UInt64?] = []
    for (index, stream) in streams.enumerated() {
      try noteOverrunWithoutMarks(stream, order)
      timestamps.append(try walk(index, order))
    }
    tree = MergeTree(timestamps)
  }

  /// Lets a stream find its next wanted records.
  ///
  /// - Returns: the stamp of the first of them, or nil at the end of the stream.
  private func walk<Order: WordOrder>(
    _ index: Int, _ order: Order.Type
  ) throws(IngestError) -> UInt64? {
    let stream = streams[index]
    let first = index * Self.slotCount
    let wish = CPUStream.Wish(
      ids: wantedIDs, formatless: formatless, conversion: conversion,
      slots: first..<first + Self.slotCount)
    let count = try stream.walk(wish, into: &found, order)
    collectDamage(stream)
    cursors[index] = Merge.Cursor(next: first, end: first + count, window: stream.source.bytes)
    return count > 0 ? found[first].timestamp : nil
  }

  /// Overwritten events that no page tells of are missing before the first record.
  private func noteOverrunWithoutMarks<Order: WordOrder>(
    _ stream: CPUStream, _ order: Order.Type
  ) throws(IngestError) {
    guard let overrun = stream.area.statistics?.overrun, overrun > 0 else { return }
    let scan = makeSource(
      stream.area,
      ChunkDecompressor(compression: stream.area.compression, isBigEndian: metadata.isBigEndian))
    if try !LossAccounting.hasLossMark(scan, layout: page, order) { stream.addLoss(overrun) }
  }

  private func collectDamage(_ stream: CPUStream) {
    for entry in stream.takeDamage() { damage.add(entry) }
  }
}

// MARK: - Gaps

extension TraceDatReader {
  /// Hands out a gap, which stands before the record that follows it on its CPU.
  private func emitGap(_ index: Int) {
    guard let gap = streams[index].gap else { return }
    builder.append(gap, at: found[cursors[index].next].timestamp)
    cursors[index].next += 1
  }

  /// Puts the gaps that last to the end behind the last record.
  private func emitEndGaps() {
    if endGaps == nil { endGaps = collectEndGaps() }
    let end = max(metadata.recordedUntil ?? 0, lastTimestamp.map { conversion($0) } ?? 0)
    while let gap = endGaps?.first, !builder.isFull {
      endGaps?.removeFirst()
      builder.append(gap, at: end)
    }
  }

  private func collectEndGaps() -> [LostEvents] {
    var gaps: [LostEvents] = []
    for stream in streams {
      let loss = LossAccounting.endLoss(stream, last: stream.lastTimestamp.map { conversion($0) })
      for gap in loss.gaps { stream.ledger.add(gap) }
      stream.ledger.eventsLost &+= loss.uncounted
      gaps += loss.gaps
      if var found = loss.damage {
        found.offset = min(found.offset, file.size ?? 0)
        damage.add(found)
      }
    }
    return gaps
  }
}
