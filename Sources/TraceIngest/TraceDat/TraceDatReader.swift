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
  private var queue = MergeQueue()
  private var wantedIDs = [UInt64](repeating: 0, count: 1024)
  private var damage = TraceLedger()
  private var firstTimestamp: UInt64?
  private var lastTimestamp: UInt64?
  private var hasStarted = false
  /// Gaps that last to the end, once all records were read.
  private var endGaps: [LostEvents]?

  /// A batch ends at so many records or payload bytes.
  private static let recordLimit = 4096
  private static let byteLimit = 1 << 18
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
    while batch.records.count < Self.recordLimit, batch.bytes.count < Self.byteLimit,
      let index = queue.first
    {
      let stream = streams[index]
      if stream.pendingLoss != nil { emitLoss(stream, into: &batch) }
      if drain(stream, upTo: queue.runLimit, into: &batch, order) {
        queue.replaceFirst(timestamp: stream.walker.timestamp)
      } else {
        let hasMore = try stream.loadPage(order)
        collectDamage(stream)
        queue.replaceFirst(timestamp: hasMore ? stream.walker.timestamp : nil)
      }
    }
    if queue.first == nil { emitEndGaps(into: &batch) }
    batch.bytes.append(contentsOf: repeatElement(0, count: RecordBatch.slack))
    return !batch.records.isEmpty
  }

  /// Moves every stream to its first record.
  private func start<Order: WordOrder>(_ order: Order.Type) throws(IngestError) {
    hasStarted = true
    for (index, stream) in streams.enumerated() {
      try noteOverrunWithoutMarks(stream, order)
      let hasRecord = try stream.loadPage(order)
      collectDamage(stream)
      guard hasRecord else { continue }
      let timestamp = stream.walker.timestamp
      firstTimestamp = min(firstTimestamp ?? .max, timestamp)
      queue.insert(index, timestamp: timestamp)
    }
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

  /// Hands out the records of a stream from the current one on, up to a stamp.
  ///
  /// - Returns: whether the stream stands at a record; if not, its page is exhausted.
  private func drain<Order: WordOrder>(
    _ stream: CPUStream, upTo limit: UInt64, into batch: inout RecordBatch, _ order: Order.Type
  ) -> Bool {
    var walker = stream.walker
    let pointer = stream.source.bytes
    let window = pointer.bytes
    let wanted = wantedIDs
    let wantedBits = wanted.span
    var count: UInt64 = 0
    var latest = lastTimestamp ?? 0
    var previous: UInt64 = 0
    var step = PageWalker.Step.record
    repeat {
      count &+= 1
      previous = walker.timestamp
      if previous > latest { latest = previous }
      let id = order.load16(window, walker.payload)
      let isWanted = wantedBits[Int(id >> 6)] & (1 << UInt64(id & 63)) != 0
      if isWanted { append(id, walker, pointer, stream.area, to: &batch) }
      step = walker.step(window, order)
      if step != .record || (isWanted && batch.records.count >= Self.recordLimit) { break }
    } while walker.timestamp <= limit
    stream.walker = walker
    stream.lastTimestamp = previous
    stream.ledger.eventsRead &+= count
    lastTimestamp = latest
    if step == .damaged { stream.noteBrokenRecord() }
    return step == .record
  }

  /// Copies a wanted record to the batch.
  @inline(__always)
  private func append(
    _ id: UInt16, _ walker: PageWalker, _ window: UnsafeRawBufferPointer, _ area: CPUArea,
    to batch: inout RecordBatch
  ) {
    batch.records.append(
      RecordHeader(
        timestamp: conversion(walker.timestamp),
        payloadOffset: UInt32(truncatingIfNeeded: batch.bytes.count),
        payloadLength: UInt32(truncatingIfNeeded: walker.payloadLength), cpu: area.cpu,
        eventID: id, buffer: area.buffer, kind: .binary))
    let payload = walker.payload..<walker.payload &+ walker.payloadLength
    batch.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: window[payload]))
  }

  private func collectDamage(_ stream: CPUStream) {
    for entry in stream.takeDamage() { damage.add(entry) }
  }
}

// MARK: - Gaps

extension TraceDatReader {
  /// Puts a gap right before the current record of its CPU.
  private func emitLoss(_ stream: CPUStream, into batch: inout RecordBatch) {
    guard let loss = stream.takeLoss() else { return }
    let before = conversion(stream.walker.timestamp)
    let gap = LostEvents(
      buffer: stream.area.buffer, cpu: stream.area.cpu, count: loss.count,
      after: stream.lastTimestamp.map { conversion($0) }, before: before)
    stream.ledger.add(gap)
    Self.append(gap, at: before, to: &batch)
  }

  /// Puts the gaps that last to the end behind the last record.
  private func emitEndGaps(into batch: inout RecordBatch) {
    if endGaps == nil { endGaps = collectEndGaps() }
    let end = max(metadata.recordedUntil ?? 0, lastTimestamp.map { conversion($0) } ?? 0)
    while let gap = endGaps?.first, batch.records.count < Self.recordLimit {
      endGaps?.removeFirst()
      Self.append(gap, at: end, to: &batch)
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

  private static func append(
    _ gap: LostEvents, at timestamp: UInt64, to batch: inout RecordBatch
  ) {
    batch.records.append(
      RecordHeader(
        timestamp: timestamp, payloadOffset: UInt32(truncatingIfNeeded: batch.losses.count),
        payloadLength: 0, cpu: gap.cpu, eventID: 0, buffer: gap.buffer, kind: .lostEvents))
    batch.losses.append(gap)
  }
}
