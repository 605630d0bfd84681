/// The physical memory that pagemaps map, in page frames: whether a frame is device memory.
struct DeviceFrames: Sendable {
  private struct Range {
    var first: UInt64
    var last: UInt64
    /// The highest `last` of this range and all before it.
    var reach: UInt64
  }

  private var ranges: [Range] = []

  /// Adds the frames from `first` to `last`.
  mutating func add(_ first: UInt64, _ last: UInt64) {
    let place = count(startingUpTo: first)
    ranges.insert(Range(first: first, last: last, reach: last), at: place)
    settle(from: place)
  }

  /// Takes away what `add` added.
  mutating func remove(_ first: UInt64, _ last: UInt64) {
    var place = count(startingUpTo: first)
    while place > 0, ranges[place - 1].first == first {
      place -= 1
      guard ranges[place].last == last else { continue }
      ranges.remove(at: place)
      settle(from: place)
      return
    }
  }

  /// Whether any range has the frame.
  func contains(_ frame: UInt64) -> Bool {
    let place = count(startingUpTo: frame)
    return place > 0 && ranges[place - 1].reach >= frame
  }

  /// How many ranges start at `frame` or below.
  private func count(startingUpTo frame: UInt64) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].first <= frame { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Brings the reach of the ranges in line from `place` on, up to where nothing changes.
  private mutating func settle(from place: Int) {
    var reach = place > 0 ? ranges[place - 1].reach : 0
    for index in place..<ranges.count {
      reach = max(reach, ranges[index].last)
      if index > place, ranges[index].reach == reach { return }
      ranges[index].reach = reach
    }
  }
}
