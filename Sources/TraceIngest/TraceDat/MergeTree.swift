/// The cursors of a merge, the one with the smallest stamp first; equal stamps go by index.
///
/// A tournament: every node keeps the loser of the match played there, so that moving the winner on
/// replays only the matches between its leaf and the root. Matches are decided without branches,
/// as nobody can foretell which CPU comes next.
struct MergeTree {
  /// A cursor's next record.
  struct Entry: BitwiseCopyable {
    var timestamp: UInt64
    /// The cursor's index; behind every index for a cursor without records.
    var rank: UInt64

    /// 1 where this entry comes before the other, 0 where it comes after.
    @inline(__always)
    func precedes(_ other: Entry) -> UInt64 {
      let isEarlier: UInt64 = timestamp < other.timestamp ? 1 : 0
      let isSame: UInt64 = timestamp == other.timestamp ? 1 : 0
      let isLower: UInt64 = rank < other.rank ? 1 : 0
      return isEarlier | (isSame & isLower)
    }

    /// Exchanges the two where `condition` is 1, not where it is 0; without a branch either way.
    @inline(__always)
    static func exchange(_ one: inout Entry, _ other: inout Entry, if condition: UInt64) {
      let mask = 0 &- condition
      let timestamps = (one.timestamp ^ other.timestamp) & mask
      let ranks = (one.rank ^ other.rank) & mask
      one = Entry(timestamp: one.timestamp ^ timestamps, rank: one.rank ^ ranks)
      other = Entry(timestamp: other.timestamp ^ timestamps, rank: other.rank ^ ranks)
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
        Entry.exchange(&nodes[node], &entry, if: nodes[node].precedes(entry))
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
      var other = nodes[node]
      Entry.exchange(&other, &entry, if: other.precedes(entry))
      nodes[node] = other
      node >>= 1
    }
    nodes[0] = entry
  }
}
