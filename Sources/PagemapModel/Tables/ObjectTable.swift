/// The objects of one kind, by address: what every room keeps its own of.
///
/// Open addressing finds an object's place in dense blocks, where it is changed as it stands: no look-up
/// copies an object, no growth moves one. The last object takes the place of one that is removed, so
/// that going through all costs what lives. Each room's table is private to its file.
struct ObjectTable<Object: Sendable>: Sendable {
  private var places = PackedIndex()
  private var blocks: [[Object]] = []
  private var keys: [UInt64] = []
  /// Objects of the kind that ended a moment ago.
  var ended = RecentlyEnded()

  /// log2 of the objects of a block.
  private static var shift: Int { 5 }

  /// How many objects it has.
  var count: Int { keys.count }
  /// Whether it has none.
  var isEmpty: Bool { keys.isEmpty }
  /// The addresses, in no order that means anything.
  var addresses: [UInt64] { keys }

  /// Whether an object is at an address.
  func contains(_ address: UInt64) -> Bool {
    !keys.isEmpty && places[address] != PackedIndex.absent
  }

  /// A copy of the object at an address; nil where there is none.
  subscript(address: UInt64) -> Object? {
    guard !keys.isEmpty else { return nil }
    let place = places[address]
    return place == PackedIndex.absent
      ? nil : blocks[Int(place) >> Self.shift][Int(place) & (1 << Self.shift - 1)]
  }

  /// Looks at the object at an address where it stands; nil where there is none.
  @inline(__always)
  func look<Result>(at address: UInt64, _ body: (borrowing Object) -> Result) -> Result? {
    guard !keys.isEmpty else { return nil }
    let place = places[address]
    guard place != PackedIndex.absent else { return nil }
    // What a subscript of an array gives is a copy: a place in its buffer is looked at as it stands.
    return blocks[Int(place) >> Self.shift].withUnsafeBufferPointer {
      body($0[Int(place) & (1 << Self.shift - 1)])
    }
  }

  /// Changes the object at an address where it stands; nil where there is none.
  @inline(__always)
  mutating func with<Result>(_ address: UInt64, _ body: (inout Object) -> Result) -> Result? {
    guard !keys.isEmpty else { return nil }
    let place = places[address]
    guard place != PackedIndex.absent else { return nil }
    return body(&blocks[Int(place) >> Self.shift][Int(place) & (1 << Self.shift - 1)])
  }

  /// Puts an object at an address. Answers the one that was there.
  @discardableResult
  mutating func insert(_ object: Object, at address: UInt64) -> Object? {
    let place = places[address]
    if place != PackedIndex.absent {
      let old = self[place]
      self[place] = object
      return old
    }
    places.set(address, to: UInt32(truncatingIfNeeded: keys.count))
    keys.append(address)
    if blocks.isEmpty || blocks[blocks.count - 1].count == 1 << Self.shift {
      var block: [Object] = []
      if !blocks.isEmpty { block.reserveCapacity(1 << Self.shift) }
      blocks.append(block)
    }
    blocks[blocks.count - 1].append(object)
    return nil
  }

  /// Takes the object at an address away. Answers it; nil where there is none.
  @discardableResult
  mutating func remove(_ address: UInt64) -> Object? {
    guard !keys.isEmpty else { return nil }
    let place = places.remove(address)
    guard place != PackedIndex.absent else { return nil }
    let last = blocks[blocks.count - 1].removeLast()
    if blocks[blocks.count - 1].isEmpty { blocks.removeLast() }
    let moved = keys.removeLast()
    guard Int(place) < keys.count else { return last }
    let removed = self[place]
    self[place] = last
    keys[Int(place)] = moved
    places.set(moved, to: place)
    return removed
  }

  /// Takes all objects away that `isOver` says so of.
  mutating func removeAll(where isOver: (UInt64, borrowing Object) -> Bool) {
    for place in keys.indices.reversed() where isOver(keys[place], self[UInt32(place)]) {
      remove(keys[place])
    }
  }

  /// Takes all objects away.
  mutating func removeAll() {
    (places, blocks, keys) = (PackedIndex(), [], [])
  }

  /// Looks at all objects where they stand, in no order that means anything.
  func forEach(_ body: (UInt64, borrowing Object) -> Void) {
    var place = 0
    for block in blocks {
      block.withUnsafeBufferPointer { objects in
        for index in objects.indices {
          body(keys[place], objects[index])
          place += 1
        }
      }
    }
  }

  /// Copies of the objects that `isWanted` says so of, in no order that means anything.
  func filter(_ isWanted: (borrowing Object) -> Bool) -> [Object] {
    var found: [Object] = []
    forEach { if isWanted($1) { found.append(copy $1) } }
    return found
  }

  /// How many objects `isWanted` says so of.
  func count(where isWanted: (borrowing Object) -> Bool) -> Int {
    var count = 0
    forEach { if isWanted($1) { count += 1 } }
    return count
  }

  /// Copies of all objects, each with its address, the lowest first.
  var sorted: [(key: UInt64, value: Object)] {
    keys.sorted().compactMap { key in self[key].map { (key, $0) } }
  }

  private subscript(place: UInt32) -> Object {
    get { blocks[Int(place) >> Self.shift][Int(place) & (1 << Self.shift - 1)] }
    _modify { yield &blocks[Int(place) >> Self.shift][Int(place) & (1 << Self.shift - 1)] }
  }
}
