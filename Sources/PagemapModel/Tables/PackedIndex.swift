/// A map from 64-bit keys to 32-bit numbers, 12 bytes an entry: open addressing with linear probing
/// in one array that is at most four fifths full.
///
/// The hash has a random key, so that no trace can be made to collide. Nothing that is told of the
/// contents may therefore depend on their order.
struct PackedIndex: Sendable {
  /// What stands for no number.
  static let absent = UInt32.max

  private struct Entry: BitwiseCopyable {
    var low: UInt32 = 0
    var high: UInt32 = 0
    var value: UInt32 = PackedIndex.absent

    var key: UInt64 { UInt64(high) << 32 | UInt64(low) }
  }

  private var entries = [Entry](repeating: Entry(), count: 16)
  private var mask = 15
  private var shift: UInt64 = 60
  private let salt: UInt64
  private let factor: UInt64
  /// How many keys it has.
  private(set) var count = 0

  init() {
    salt = UInt64.random(in: 0 ... .max)
    factor = UInt64.random(in: 0 ... .max) | 1
  }

  /// Bytes that it takes.
  var memory: Int { entries.capacity * MemoryLayout<Entry>.stride }

  @inline(__always)
  private func home(of key: UInt64) -> Int {
    let product = (key ^ salt).multipliedFullWidth(by: factor)
    // Neighbouring keys differ in the low bits of both halves: the second product spreads them.
    let mixed = (product.high ^ product.low) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> shift)
  }

  /// Where a key is, or else the empty place where it belongs.
  @inline(__always)
  private func place(of key: UInt64) -> Int {
    var place = home(of: key)
    while entries[place].value != Self.absent, entries[place].key != key {
      place = (place &+ 1) & mask
    }
    return place
  }

  /// The number of a key; `absent` where it has none.
  @inline(__always)
  subscript(key: UInt64) -> UInt32 { entries[place(of: key)].value }

  /// Gives a key a number other than `absent`. Answers the one that it had, or `absent`.
  @discardableResult
  mutating func set(_ key: UInt64, to value: UInt32) -> UInt32 {
    let place = place(of: key)
    let before = entries[place].value
    entries[place] = Entry(
      low: UInt32(truncatingIfNeeded: key), high: UInt32(truncatingIfNeeded: key >> 32),
      value: value)
    guard before == Self.absent else { return before }
    count += 1
    if count * 5 > entries.count * 4 { grow() }
    return before
  }

  /// Takes a key away. Answers the number that it had, or `absent`.
  @discardableResult
  mutating func remove(_ key: UInt64) -> UInt32 {
    var hole = place(of: key)
    let before = entries[hole].value
    guard before != Self.absent else { return before }
    // What lies behind and would not be found past the hole moves into it.
    var next = hole
    while true {
      next = (next &+ 1) & mask
      let entry = entries[next]
      guard entry.value != Self.absent else { break }
      let home = home(of: entry.key)
      if (next &- home) & mask >= (next &- hole) & mask {
        entries[hole] = entry
        hole = next
      }
    }
    entries[hole] = Entry()
    count -= 1
    return before
  }

  /// Calls `body` with each key and its number, in no order that means anything.
  func forEach(_ body: (UInt64, UInt32) -> Void) {
    for entry in entries where entry.value != Self.absent { body(entry.key, entry.value) }
  }

  private mutating func grow() {
    let old = entries
    entries = [Entry](repeating: Entry(), count: old.count * 2)
    mask = entries.count - 1
    shift -= 1
    for entry in old where entry.value != Self.absent { entries[place(of: entry.key)] = entry }
  }
}
