/// The lives of pagemaps in the order they began, so that the newest ones that last are found
/// without a look at all.
struct PagemapRoster: Sendable {
  /// One life: the object's address, and its serial number.
  struct Life: Sendable {
    let address: UInt64
    let serial: UInt64
  }

  /// The lives that last, and some that have ended.
  private(set) var lives: [Life] = []
  /// How many last.
  private(set) var liveCount = 0

  /// Whether so many have ended that the list is worth going through.
  var isSparse: Bool { lives.count > 2 * liveCount + 64 }

  /// A life begins; `replaces` tells whether it takes the place of one that lasted.
  mutating func begin(_ life: Life, replaces: Bool) {
    lives.append(life)
    if !replaces { liveCount += 1 }
  }

  /// A life ended.
  mutating func end() { liveCount = max(0, liveCount - 1) }

  /// Keeps only these lives.
  mutating func keep(_ lasting: [Life]) {
    lives = lasting
    liveCount = lasting.count
  }
}
