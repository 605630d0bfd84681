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

extension World {
  /// A life of a pagemap begins at an address. Answers its serial number.
  mutating func beginPagemap(at address: UInt64) -> UInt64 {
    let serial = takeSerial()
    let replaces = pagemaps.withValue(of: address) { $0.state != .destroyed } ?? false
    roster.begin(PagemapRoster.Life(address: address, serial: serial), replaces: replaces)
    if roster.isSparse {
      // The one that begins is not among the objects yet.
      roster.keep(roster.lives.filter { $0.serial == serial || lasts($0) })
    }
    return serial
  }

  /// The pagemap at an address is destroyed.
  mutating func endPagemap(at address: UInt64) {
    let hasEnded = pagemaps.withValue(of: address) { pagemap in
      defer { pagemap.state = .destroyed }
      return pagemap.state != .destroyed
    }
    if hasEnded == true { roster.end() }
  }

  /// Whether a life has not ended.
  func lasts(_ life: PagemapRoster.Life) -> Bool {
    guard let index = pagemaps.index(forKey: life.address) else { return false }
    return pagemaps.values[index].serial == life.serial
      && pagemaps.values[index].state != .destroyed
  }
}
