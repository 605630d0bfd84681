/// Objects that ended a moment ago, by address: an event that still names one came too late.
///
/// Addresses are reused within milliseconds, so an entry is only evidence together with proof that
/// nothing could have begun a new life there. Of two addresses that share a place only the newer one
/// is kept: nothing is searched, nothing grows.
package struct RecentlyEnded: Sendable {
  /// The end of one object.
  package struct End: Sendable {
    /// The event that ended it.
    package let note: EventNote
    /// Which life of the address it was.
    package let epoch: UInt32
    /// Unlike every other life of any object of the trace.
    package let serial: UInt64
    /// What else is to be known: of a zdd how many migrations to the device had been entered by then,
    /// since only these make new zdds; of a peer its owner; of mapped memory its pagemap.
    package let detail: UInt64
  }

  private var addresses = [UInt64](repeating: 0, count: size)
  private var ends: [End?] = []
  /// Whether nothing was ever noted.
  private(set) var isEmpty = true
  private static let size = 256

  private static func place(of address: UInt64) -> Int {
    // Objects of one kind are of one size: their addresses differ in the middle bits.
    Int(truncatingIfNeeded: (address &* 0x9e37_79b9_7f4a_7c15) >> 56)
  }

  subscript(address: UInt64) -> End? {
    guard !isEmpty else { return nil }
    let place = Self.place(of: address)
    return addresses[place] == address ? ends[place] : nil
  }

  mutating func note(_ address: UInt64, _ end: End) {
    if isEmpty {
      ends = [End?](repeating: nil, count: Self.size)
      isEmpty = false
    }
    let place = Self.place(of: address)
    addresses[place] = address
    ends[place] = end
  }

  /// A new life began there.
  mutating func forget(_ address: UInt64) {
    guard !isEmpty else { return }
    let place = Self.place(of: address)
    if addresses[place] == address { ends[place] = nil }
  }
}
