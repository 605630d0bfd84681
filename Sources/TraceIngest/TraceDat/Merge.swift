/// Hands out the records of all CPUs in the order of time, as long as no page has to be fetched.
///
/// All that a record costs is in `run`: cursors are plain values, the loop has them, the tournament
/// and the batch's storage at hand, and leaves for whatever is rarer than a record.
enum Merge {
  /// Where the merge stands in the data of one CPU.
  struct Cursor: BitwiseCopyable {
    /// The current record, and what follows it on its page.
    var walker = PageWalker()
    /// The bytes that hold the page.
    var window = UnsafeRawBufferPointer(start: nil, count: 0)
    var cpu: UInt32
    var buffer: UInt16
    /// Whether records are missing before the current one.
    var hasLoss = false
    /// Records handed out since somebody looked, and the stamp of the latest.
    var records: UInt64 = 0
    var lastTimestamp: UInt64 = 0
    /// The highest stamp of all; damage may let stamps go backwards.
    var highestTimestamp: UInt64 = 0
  }

  /// Why no further record was handed out.
  enum Stop {
    /// The batch is full.
    case full
    /// All cursors are exhausted.
    case finished
    /// Records are missing before the current record of this cursor.
    case loss(Int)
    /// This cursor's page has no further record.
    case pageEnd(Int)
    /// What follows on this cursor's page is no record.
    case damage(Int)
  }

  /// Hands out records until something stops it. At `.pageEnd` and `.damage` the cursor is still
  /// the first of `tree`: tell by `replaceFirst` where it goes on.
  ///
  /// - Parameter wanted: a bit for every `common_type` that the batch shall hold.
  static func run<Order: WordOrder>(
    _ cursors: inout [Cursor], _ tree: inout MergeTree, into batch: inout BatchBuilder,
    wanted: borrowing Span<UInt64>,
    conversion: TimestampConversion, _ order: Order.Type
  ) -> Stop {
    var cursors = cursors.mutableSpan
    var nodes = tree.nodes.mutableSpan
    while !batch.isFull {
      guard let index = MergeTree.first(nodes) else { return .finished }
      guard !cursors[index].hasLoss else { return .loss(index) }
      var walker = cursors[index].walker
      let bytes = cursors[index].window
      let window = bytes.bytes
      let timestamp = walker.timestamp
      cursors[index].records &+= 1
      cursors[index].lastTimestamp = timestamp
      cursors[index].highestTimestamp = max(cursors[index].highestTimestamp, timestamp)
      let id = order.load16(window, walker.payload)
      if wanted[Int(id >> 6)] & (1 << UInt64(id & 63)) != 0 {
        batch.append(
          RecordHeader(
            timestamp: conversion(timestamp), payloadOffset: 0,
            payloadLength: UInt32(truncatingIfNeeded: walker.payloadLength),
            cpu: cursors[index].cpu, eventID: id, buffer: cursors[index].buffer, kind: .binary),
          payload: bytes, at: walker.payload)
      }
      let step = walker.step(window, order)
      cursors[index].walker = walker
      guard step == .record else { return step == .end ? .pageEnd(index) : .damage(index) }
      MergeTree.replaceFirst(&nodes, index, walker.timestamp)
    }
    return .full
  }
}
