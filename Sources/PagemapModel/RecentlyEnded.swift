/// Objects that ended a moment ago, by address: an event that still names one came too late.
///
/// Addresses are reused within milliseconds, so an entry is only evidence together with proof that
/// nothing could have begun a new life there.
struct RecentlyEnded {
  /// The end of one object.
  struct End {
    var note: EventNote
    var epoch: UInt32
    var serial: UInt64
    /// What else is to be known: of a zdd how many migrations to the device had been entered by then,
    /// since only these make new zdds; of a peer its owner.
    var detail: UInt64
  }

  private var ends: [UInt64: End] = [:]
  private var order: [UInt64] = []
  private static let limit = 512

  subscript(address: UInt64) -> End? { ends[address] }

  var isEmpty: Bool { ends.isEmpty }

  mutating func note(_ address: UInt64, _ end: End) {
    if ends.updateValue(end, forKey: address) == nil { order.append(address) }
    guard order.count > Self.limit else { return }
    for old in order.prefix(Self.limit / 2) { ends[old] = nil }
    order.removeFirst(Self.limit / 2)
  }

  /// A new life began there.
  mutating func forget(_ address: UInt64) {
    guard !ends.isEmpty, ends.removeValue(forKey: address) != nil else { return }
    order.removeAll { $0 == address }
  }
}
