/// The cursors of a merge, the one with the smallest stamp first; equal stamps go by index.
///
/// A tournament: every node keeps the loser of the match played there, so that moving the winner on
/// replays only the matches between its leaf and the root.
struct MergeTree {
  /// A cursor's next record.
  struct Entry: BitwiseCopyable {
    var timestamp: UInt64
    /// The cursor's index; behind every index for a cursor without records.
    var rank: UInt64

    @inline(__always)
    func precedes(_ other: Entry) -> Bool {
      timestamp < other.timestamp || (timestamp == other.timestamp && rank < other.rank)
    }
  }

  /// The overall winner, then the losers of the matches; leaf `i` plays at node `(i + count) / 2`.
  var nodes: [Entry]

  private static let exhausted: UInt64 = 1 << 32

  /// A tournament of as many cursors as there are stamps; nil for one without records.
  init(_ timestamps: [UInt64?]) {
    // Until its first match is played a node holds what precedes every cursor.
    nodes = timestamps.map { _ in Entry(timestamp: 0, rank: 0) }
    var isPlayed = timestamps.map { _ in false }
    for (index, timestamp) in timestamps.enumerated() {
      var entry = Self.entry(index, timestamp)
      var node = (index + timestamps.count) / 2
      while node > 0, isPlayed[node] {
        if nodes[node].precedes(entry) { swap(&nodes[node], &entry) }
        node /= 2
      }
      nodes[node] = entry
      isPlayed[node] = true
    }
  }

  /// The entry of a cursor; nil stands for one without records.
  @inline(__always)
  static func entry(_ index: Int, _ timestamp: UInt64?) -> Entry {
    Entry(
      timestamp: timestamp ?? .max,
      rank: UInt64(truncatingIfNeeded: index) | (timestamp == nil ? exhausted : 0))
  }

  /// The index of the cursor whose record comes next; nil where all are exhausted.
  @inline(__always)
  static func first(_ nodes: borrowing MutableSpan<Entry>) -> Int? {
    guard !nodes.isEmpty, nodes[0].rank < exhausted else { return nil }
    return Int(truncatingIfNeeded: nodes[0].rank)
  }

  /// Moves the first cursor to where its next record belongs, or behind all others where it has
  /// none.
  mutating func replaceFirst(_ index: Int, _ timestamp: UInt64?) {
    var nodes = nodes.mutableSpan
    Self.replaceFirst(&nodes, index, timestamp)
  }

  /// As `replaceFirst(_:_:)`, for loops that hold the nodes.
  @inline(__always)
  static func replaceFirst(_ nodes: inout MutableSpan<Entry>, _ index: Int, _ timestamp: UInt64?) {
    var entry = entry(index, timestamp)
    var node = (index &+ nodes.count) >> 1
    while node > 0 {
      let other = nodes[node]
      if other.precedes(entry) {
        nodes[node] = entry
        entry = other
      }
      node >>= 1
    }
    nodes[0] = entry
  }
}
