/// Which pagemaps belong to an owner group, to a `struct dev_pagemap`, or were put on a shrinker's list.
/// The pagemaps themselves say what is true: an index may name some that have gone.
struct PagemapIndexes: Sendable {
  private(set) var byOwner = MemberIndex()
  private(set) var byPgmap = MemberIndex()
  private(set) var byList = MemberIndex()

  /// Notes which group and which device memory a pagemap belongs to.
  mutating func add(_ address: UInt64, owner: UInt64?, pgmap: UInt64?) {
    if let owner, owner != 0 { byOwner.add(address, to: owner) }
    if let pgmap, pgmap != 0 { byPgmap.add(address, to: pgmap) }
  }

  /// Notes that a pagemap was put on a shrinker's list.
  mutating func add(_ address: UInt64, list shrinker: UInt64) { byList.add(address, to: shrinker) }

  /// Notes that a pagemap is not on a shrinker's list.
  mutating func remove(_ address: UInt64, list shrinker: UInt64) {
    byList.remove(address, from: shrinker)
  }

  /// Takes a pagemap that is forgotten out.
  mutating func remove(_ pagemap: Pagemap) {
    if let owner = pagemap.home.owner { byOwner.remove(pagemap.address, from: owner) }
    if let pgmap = pagemap.home.pgmap { byPgmap.remove(pagemap.address, from: pgmap) }
  }
}

/// The destroyed pagemaps that are still known, so that a use after the end is seen, but not for ever.
struct Graves: Sendable {
  private var addresses: [UInt64] = []

  /// Adds one. Answers those that are to be forgotten, where there are too many.
  mutating func bury(_ address: UInt64) -> [UInt64]? {
    addresses.append(address)
    guard addresses.count > 256 else { return nil }
    defer { addresses.removeFirst(128) }
    return Array(addresses.prefix(128))
  }
}

/// Puts of ending zdds that may not have taken effect: each follows the event, by the same task.
struct ZddPuts: Sendable {
  private var waiting: [(pagemap: UInt64, task: TaskKey)] = []

  /// Whether none is waited for.
  var isEmpty: Bool { waiting.isEmpty }

  /// A put is to follow.
  mutating func expect(_ pagemap: UInt64, by task: TaskKey) { waiting.append((pagemap, task)) }

  /// Those that are not waited for any longer, where there are too many.
  mutating func giveUp() -> [(pagemap: UInt64, task: TaskKey)] {
    guard waiting.count > 64 else { return [] }
    defer { waiting.removeFirst(32) }
    return Array(waiting.prefix(32))
  }

  /// The task has put what it had to. Answers the pagemap of its first wait; nil where none is left.
  mutating func settle(_ task: TaskKey) -> UInt64? {
    guard let place = waiting.firstIndex(where: { $0.task == task }) else { return nil }
    return waiting.remove(at: place).pagemap
  }
}
