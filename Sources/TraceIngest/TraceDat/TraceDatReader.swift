/// Reads a trace.dat, version 6 or 7.
final class TraceDatReader: TraceReader {
  let metadata: TraceMetadata
  let taskNames: TaskNames
  private let file: FileSource
  private let page: PageLayout
  private let conversion: TimestampConversion
  private let windowSize: Int
  private let chunkLimit: Int
  private var streams: [CPUStream] = []
  private var cursors: [Merge.Cursor] = []
  private var tree = MergeTree([])
  private var builder: BatchBuilder
  private var wantedIDs = [UInt64](repeating: 0, count: 1024)
  private var damage = TraceLedger()
  private var firstTimestamp: UInt64?
  private var hasStarted = false
  /// Gaps that last to the end, once all records were read.
  private var endGaps: [LostEvents]?

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

  private func makeSource(_ area: CPUArea, _ decompressor: ChunkDecompressor) -> PageSource {
    PageSource(
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

  /// The latest stamp by the ring buffer; nil before the first record.
  private var lastTimestamp: UInt64? {
    firstTimestamp.map { first in cursors.reduce(first) { max($0, $1.highestTimestamp) } }
  }

  func select(_ selection: EventSelection) {
    wantedIDs = selection.wantsAll ? [UInt64](repeating: .max, count: 1024) : selection.ids
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
      switch Merge.run(
        &cursors, &tree, into: &builder, wanted: wantedIDs.span, conversion: conversion, order)
      {
      case .full: isOpen = false
      case .finished:
        emitEndGaps()
        isOpen = false
      case .loss(let index): emitLoss(index)
      case .pageEnd(let index): try loadPage(index, order)
      case .damage(let index):
        streams[index].walker = cursors[index].walker
        streams[index].noteBrokenRecord()
        try loadPage(index, order)
      }
    }
    for index in streams.indices { account(index) }
    builder.finish(into: &batch)
    return !batch.records.isEmpty
  }

  /// Moves every stream to its first record.
  private func start<Order: WordOrder>(_ order: Order.Type) throws(IngestError) {
    hasStarted = true
    var timestamps: [UInt64?] = []
    for stream in streams {
      try noteOverrunWithoutMarks(stream, order)
      let hasRecord = try stream.loadPage(order)
      collectDamage(stream)
      timestamps.append(hasRecord ? stream.walker.timestamp : nil)
      cursors.append(Merge.Cursor(cpu: stream.area.cpu, buffer: stream.area.buffer))
      place(stream, timestamps.count - 1)
    }
    firstTimestamp = timestamps.compactMap { $0 }.min()
    tree = MergeTree(timestamps)
  }

  /// Moves the first stream of the merge to the first record of its next page.
  private func loadPage<Order: WordOrder>(
    _ index: Int, _ order: Order.Type
  ) throws(IngestError) {
    let stream = streams[index]
    account(index)
    let hasMore = try stream.loadPage(order)
    collectDamage(stream)
    place(stream, index)
    tree.replaceFirst(index, hasMore ? stream.walker.timestamp : nil)
  }

  /// Lets the merge go on at a stream's current record.
  private func place(_ stream: CPUStream, _ index: Int) {
    cursors[index].walker = stream.walker
    cursors[index].window = stream.source.bytes
    cursors[index].hasLoss = stream.pendingLoss != nil
  }

  /// Brings a stream's ledger up to date.
  private func account(_ index: Int) {
    guard cursors[index].records > 0 else { return }
    streams[index].ledger.eventsRead &+= cursors[index].records
    streams[index].lastTimestamp = cursors[index].lastTimestamp
    cursors[index].records = 0
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
  /// Puts a gap right before the current record of its CPU.
  private func emitLoss(_ index: Int) {
    let stream = streams[index]
    account(index)
    cursors[index].hasLoss = false
    guard let loss = stream.takeLoss() else { return }
    let before = conversion(cursors[index].walker.timestamp)
    let gap = LostEvents(
      buffer: stream.area.buffer, cpu: stream.area.cpu, count: loss.count,
      after: stream.lastTimestamp.map { conversion($0) }, before: before)
    stream.ledger.add(gap)
    builder.append(gap, at: before)
  }

  /// Puts the gaps that last to the end behind the last record.
  private func emitEndGaps() {
    for index in streams.indices { account(index) }
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
      gaps += loss.gaps
      if var found = loss.damage {
        found.offset = min(found.offset, file.size ?? 0)
        damage.add(found)
      }
    }
    return gaps
  }
}
