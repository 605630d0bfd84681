/// The cursors of a merge, the one with the smallest stamp first; equal stamps go by index.
///
/// A binary heap. The reader drains the first cursor up to `runLimit`, then puts it back.
struct MergeQueue {
  private struct Entry {
    var timestamp: UInt64
    var index: Int

    func precedes(_ other: Entry) -> Bool {
      timestamp < other.timestamp || (timestamp == other.timestamp && index < other.index)
    }
  }

  private var heap: [Entry] = []

  /// The index of the cursor whose record comes next; nil where all are exhausted.
  var first: Int? { heap.first?.index }

  /// The largest stamp up to which the first cursor's records come before all others'.
  var runLimit: UInt64 {
    guard heap.count > 1 else { return .max }
    let other = heap.count > 2 && heap[2].precedes(heap[1]) ? heap[2] : heap[1]
    if heap[0].index < other.index { return other.timestamp }
    // The first is strictly earlier here, so the stamp cannot be 0.
    return other.timestamp &- 1
  }

  /// Adds a cursor.
  mutating func insert(_ index: Int, timestamp: UInt64) {
    heap.append(Entry(timestamp: timestamp, index: index))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Moves the first cursor to where its next record belongs, or takes it out where it has none.
  mutating func replaceFirst(timestamp: UInt64?) {
    guard !heap.isEmpty else { return }
    if let timestamp {
      heap[0].timestamp = timestamp
    } else {
      heap[0] = heap[heap.count - 1]
      heap.removeLast()
    }
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].precedes(heap[smallest]) {
        smallest = child
      }
      guard smallest != parent else { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
