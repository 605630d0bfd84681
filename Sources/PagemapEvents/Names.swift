/// Device names, each stored once; an event holds the index.
///
/// A name is cut at 64 bytes, and beyond 4096 names all further ones share an index of their own,
/// so that no input can make it grow. A look-up hashes the bytes and compares one name, as a rule.
package struct Names: Sendable {
  private var bytes: [UInt8] = []
  /// Where every name ends in `bytes`.
  private var ends: [Int] = []
  /// An open hash table of indices; -1 is free.
  private var slots = [Int16](repeating: -1, count: slotCount)

  private static let limit = 4096
  private static let slotCount = 8192
  private static let longest = 64

  package init() {}

  /// The index of a name, which is added where it is new.
  package mutating func intern(_ name: borrowing RawSpan) -> UInt64 {
    let length = min(name.byteCount, Self.longest)
    var slot = Self.hash(name, length) & (Self.slotCount - 1)
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if matches(index, name, length) { return UInt64(index) }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    guard ends.count < Self.limit else { return UInt64(Self.limit) }
    for place in 0..<length {
      bytes.append(name.unsafeLoad(fromByteOffset: place, as: UInt8.self))
    }
    ends.append(bytes.count)
    slots[slot] = Int16(truncatingIfNeeded: ends.count - 1)
    return UInt64(ends.count - 1)
  }

  /// The name with this index; nil where there is none.
  package subscript(index: UInt64) -> String? {
    guard index < UInt64(ends.count) else { return nil }
    return String(decoding: bytes[range(Int(index))], as: UTF8.self)
  }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  private func matches(_ index: Int, _ name: borrowing RawSpan, _ length: Int) -> Bool {
    let range = range(index)
    guard range.count == length else { return false }
    for place in 0..<length
    where name.unsafeLoad(fromByteOffset: place, as: UInt8.self) != bytes[range.lowerBound + place]
    {
      return false
    }
    return true
  }

  /// FNV-1a, its halves folded.
  private static func hash(_ name: borrowing RawSpan, _ length: Int) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for place in 0..<length {
      hash ^= UInt64(name.unsafeLoad(fromByteOffset: place, as: UInt8.self))
      hash = hash &* 0x100_0000_01b3
    }
    return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7fff_ffff)
  }
}
