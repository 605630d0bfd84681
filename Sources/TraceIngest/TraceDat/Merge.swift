/// Hands out the wanted records of all CPUs in the order of time, as long as no CPU has to walk on
/// through its data.
enum Merge {
  /// Where the merge stands among the wanted records that a CPU has found.
  struct Cursor: BitwiseCopyable {
    /// The next header, and the end of the headers.
    var next = 0
    var end = 0
    /// The bytes that hold the payloads.
    var window = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// Why no further record was handed out.
  enum Stop {
    /// The batch is full.
    case full
    /// All cursors are exhausted.
    case finished
    /// The next header of this cursor stands for a gap.
    case gap(Int)
    /// This cursor has no further header.
    case end(Int)
  }

  /// Hands out records until something stops it. At `.end` the cursor is still the first of `tree`:
  /// tell by `replaceFirst` where it goes on.
  static func run(
    _ cursors: inout [Cursor], _ tree: inout MergeTree, _ found: borrowing Span<RecordHeader>,
    into batch: BatchBuilder
  ) -> Stop {
    var cursors = cursors.mutableSpan
    var nodes = tree.nodes.mutableSpan
    while !batch.isFull {
      guard let index = MergeTree.first(nodes) else { return .finished }
      let place = cursors[index].next
      guard case .binary = found[place].kind else { return .gap(index) }
      batch.append(found[place], payloadIn: cursors[index].window)
      cursors[index].next = place &+ 1
      guard place &+ 1 < cursors[index].end else { return .end(index) }
      MergeTree.replaceFirst(&nodes, index, found[place &+ 1].timestamp)
    }
    return .full
  }
}
