/// Which life of its address an object lives: addresses are reused within milliseconds.
///
/// A serial number is unlike that of every other life of any object of the trace; an epoch counts the
/// lives of one address, of whatever kind, without growing for ever.
struct Lives: Sendable {
  private(set) var nextSerial: UInt64 = 1
  private var epochs: [UInt64: UInt32] = [:]
  private var floor: UInt32 = 0
  private static let limit = 8192

  /// A number that no other object's life has.
  mutating func takeSerial() -> UInt64 {
    defer { nextSerial += 1 }
    return nextSerial
  }

  /// The epoch of the life that `address` has, or had last.
  func epoch(of address: UInt64) -> UInt32 { epochs[address] ?? 1 }

  /// The epoch that the next life of `address` will have, as things stand.
  func upcoming(_ address: UInt64) -> UInt32 { (epochs[address] ?? floor) &+ 1 }

  /// The epoch of the life that begins at `address`. When the table is full it is emptied, and
  /// counting goes on above all numbers given so far, so that no (address, epoch) comes twice.
  mutating func begin(_ address: UInt64) -> UInt32 {
    let epoch = nextEpoch(of: address)
    if epochs.count >= Self.limit, epochs[address] == nil {
      floor = epoch &- 1
      epochs.removeAll(keepingCapacity: true)
    }
    epochs[address] = epoch
    return epoch
  }

  /// The epoch of the life that would begin at `address` now.
  func nextEpoch(of address: UInt64) -> UInt32 {
    if let epoch = epochs[address] { return epoch &+ 1 }
    return (epochs.count < Self.limit ? floor : max(floor, epochs.values.max() ?? 0)) &+ 1
  }
}
