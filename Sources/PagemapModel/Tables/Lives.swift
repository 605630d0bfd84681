/// Which life of its address an object lives: addresses are reused within milliseconds.
///
/// A serial number is unlike that of every other life of any object of the trace; an epoch counts the
/// lives of one address, of whatever kind, without growing for ever.
struct Lives: Sendable {
  private(set) var nextSerial: UInt64 = 1
  private var epochs = PackedIndex()
  private var floor: UInt32 = 0
  private static let limit = 8192

  /// A number that no other object's life has.
  mutating func takeSerial() -> UInt64 {
    defer { nextSerial += 1 }
    return nextSerial
  }

  /// The epoch of the life that `address` has, or had last.
  func epoch(of address: UInt64) -> UInt32 { known(address) ?? 1 }

  /// The epoch that the next life of `address` will have, as things stand.
  func upcoming(_ address: UInt64) -> UInt32 { (known(address) ?? floor) &+ 1 }

  /// The epoch of the life that begins at `address`. When the table is full it is emptied, and
  /// counting goes on above all numbers given so far, so that no (address, epoch) comes twice.
  mutating func begin(_ address: UInt64) -> UInt32 {
    let known = known(address)
    let epoch = known.map { $0 &+ 1 } ?? first
    if known == nil, epochs.count >= Self.limit {
      floor = epoch &- 1
      epochs = PackedIndex()
    }
    epochs.set(address, to: epoch)
    return epoch
  }

  /// The epoch of the life that would begin at `address` now.
  func nextEpoch(of address: UInt64) -> UInt32 { known(address).map { $0 &+ 1 } ?? first }

  private func known(_ address: UInt64) -> UInt32? {
    let epoch = epochs[address]
    return epoch == PackedIndex.absent ? nil : epoch
  }

  /// The epoch of a first life at an address that is not known.
  private var first: UInt32 {
    guard epochs.count >= Self.limit else { return floor &+ 1 }
    var highest = floor
    epochs.forEach { highest = max(highest, $1) }
    return highest &+ 1
  }
}
