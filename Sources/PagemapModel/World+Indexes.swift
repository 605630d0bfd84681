/// Who belongs to whom, so that no event has to look through all objects for the few that it
/// concerns. The objects themselves say what is true: an index may name some that have gone.
struct MemberIndex: Sendable {
  private var members: [UInt64: Set<UInt64>] = [:]

  /// Whether anything belongs to `key`.
  func contains(_ key: UInt64) -> Bool { members[key] != nil }

  /// What belongs to `key`, lowest first.
  subscript(key: UInt64) -> [UInt64] { members[key]?.sorted() ?? [] }

  /// Notes that `member` belongs to `key`.
  mutating func add(_ member: UInt64, to key: UInt64) {
    members[key, default: []].insert(member)
  }

  /// Notes that `member` no longer belongs to `key`. Answers whether nothing is left of `key`.
  @discardableResult
  mutating func remove(_ member: UInt64, from key: UInt64) -> Bool {
    guard let index = members.index(forKey: key) else { return true }
    members.values[index].remove(member)
    guard members.values[index].isEmpty else { return false }
    members.remove(at: index)
    return true
  }

  /// Takes away all that belongs to `key`. Answers it, lowest first.
  mutating func removeAll(of key: UInt64) -> [UInt64] {
    members.removeValue(forKey: key)?.sorted() ?? []
  }
}

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

  private mutating func settle(from place: Int) {
    var reach = place > 0 ? ranges[place - 1].reach : 0
    for index in place..<ranges.count {
      reach = max(reach, ranges[index].last)
      ranges[index].reach = reach
    }
  }
}

extension World {
  /// Tasks in calls beyond this number are not looked at one by one.
  static var callerLimit: Int { 4096 }

  /// The pagemaps of an owner group, in the order in which their lives began.
  package func pagemaps(ofOwner owner: UInt64) -> [Pagemap] {
    pagemapsOfOwner[owner].compactMap { pagemaps[$0] }.filter { $0.owner == owner }
      .sorted { $0.serial < $1.serial }
  }

  /// The addresses of the pagemaps of a `struct dev_pagemap`.
  func pagemaps(ofPgmap pgmap: UInt64) -> [UInt64] {
    pagemapsOfPgmap[pgmap].filter { address in
      pagemaps[address].map { $0.pgmap == pgmap } ?? false
    }
  }

  /// Notes which group and which device memory a pagemap belongs to.
  mutating func index(_ address: UInt64, owner: UInt64? = nil, pgmap: UInt64? = nil) {
    if let owner, owner != 0 { pagemapsOfOwner.add(address, to: owner) }
    if let pgmap, pgmap != 0 { pagemapsOfPgmap.add(address, to: pgmap) }
  }

  /// Takes a pagemap that is forgotten from the indexes.
  mutating func unindex(_ pagemap: Pagemap) {
    if let owner = pagemap.owner { pagemapsOfOwner.remove(pagemap.address, from: owner) }
    if let pgmap = pagemap.pgmap { pagemapsOfPgmap.remove(pagemap.address, from: pgmap) }
  }

  /// Takes device memory that is no longer mapped from the indexes.
  mutating func unindex(_ memory: DevicePagemap, _ pgmap: UInt64) {
    deviceFrames.remove(memory.start >> 12, memory.end >> 12)
    if let owner = memory.owner { pgmapsOfOwner.remove(pgmap, from: owner) }
  }

  /// The peer of a serial number, while it is in its group.
  package func peer(ofSerial serial: UInt64) -> Peer? {
    peersBySerial[serial].flatMap { peers[$0] }.flatMap { $0.serial == serial ? $0 : nil }
  }
}
