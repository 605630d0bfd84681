/// The physical memory that pagemaps map, in page frames: whether a frame is device memory.
///
/// The ranges are sorted by their first frames, in blocks, so that a range that comes between others
/// moves those of its block only.
struct DeviceFrames: Sendable {
  private struct Range {
    var first: UInt64
    var last: UInt64
    /// The highest `last` of this range and all before it in its block.
    var reach: UInt64
  }

  private var blocks: [[Range]] = []
  /// Of each block the highest `last` in it and in all blocks before it.
  private var reaches: [UInt64] = []
  /// A block that has more ranges is split.
  private static let blockLimit = 128

  /// Adds the frames from `first` to `last`.
  mutating func add(_ first: UInt64, _ last: UInt64) {
    let range = Range(first: first, last: last, reach: last)
    guard !blocks.isEmpty else {
      (blocks, reaches) = ([[range]], [last])
      return
    }
    let block = max(0, blockCount(startingUpTo: first) - 1)
    let place = count(in: block, startingUpTo: first)
    blocks[block].insert(range, at: place)
    settle(block, from: place)
    if blocks[block].count > Self.blockLimit { split(block) }
    settleReaches(from: block)
  }

  /// Takes away what `add` added.
  mutating func remove(_ first: UInt64, _ last: UInt64) {
    var block = blockCount(startingUpTo: first)
    while block > 0 {
      block -= 1
      var place = count(in: block, startingUpTo: first)
      while place > 0, blocks[block][place - 1].first == first {
        place -= 1
        guard blocks[block][place].last == last else { continue }
        remove(place, of: block)
        return
      }
      guard place == 0 else { return }
    }
  }

  /// Whether any range has the frame.
  func contains(_ frame: UInt64) -> Bool {
    let block = blockCount(startingUpTo: frame) - 1
    guard block >= 0 else { return false }
    if block > 0, reaches[block - 1] >= frame { return true }
    let place = count(in: block, startingUpTo: frame)
    return place > 0 && blocks[block][place - 1].reach >= frame
  }

  private mutating func remove(_ place: Int, of block: Int) {
    blocks[block].remove(at: place)
    if blocks[block].isEmpty {
      blocks.remove(at: block)
      reaches.remove(at: block)
    } else {
      settle(block, from: place)
    }
    settleReaches(from: block)
  }

  private mutating func split(_ block: Int) {
    let half = blocks[block].count / 2
    blocks.insert(Array(blocks[block][half...]), at: block + 1)
    blocks[block].removeLast(blocks[block].count - half)
    reaches.insert(0, at: block + 1)
    settle(block + 1, from: 0)
  }

  /// How many blocks have a range that starts at `frame` or below.
  private func blockCount(startingUpTo frame: UInt64) -> Int {
    Self.count(of: blocks.count) { blocks[$0][0].first <= frame }
  }

  /// How many ranges of a block do.
  private func count(in block: Int, startingUpTo frame: UInt64) -> Int {
    Self.count(of: blocks[block].count) { blocks[block][$0].first <= frame }
  }

  /// How many of so many places `isBelow` says so of, which are all ahead of the others.
  @inline(__always)
  private static func count(of places: Int, _ isBelow: (Int) -> Bool) -> Int {
    var (low, high) = (0, places)
    while low < high {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Brings the reach of a block's ranges in line from `place` on.
  private mutating func settle(_ block: Int, from place: Int) {
    var reach = place > 0 ? blocks[block][place - 1].reach : 0
    for index in place..<blocks[block].count {
      reach = max(reach, blocks[block][index].last)
      blocks[block][index].reach = reach
    }
  }

  /// Brings the reach of the blocks in line from one on.
  private mutating func settleReaches(from block: Int) {
    var reach = block > 0 ? reaches[block - 1] : 0
    for index in block..<blocks.count {
      reach = max(reach, blocks[index].last?.reach ?? 0)
      reaches[index] = reach
    }
  }
}
