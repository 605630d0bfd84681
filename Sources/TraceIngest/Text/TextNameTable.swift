/// The event names a text reader met, each with the id that the selection gave it.
///
/// A name is looked up by its bytes, so that only a new one costs a `String` and a question.
struct TextNameTable: Sendable {
  /// The answer for a name.
  enum Answer: Hashable, Sendable {
    /// The id that records of this name carry.
    case wanted(UInt16)
    /// Count them only.
    case unwanted
    /// Not asked yet.
    case unknown
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// An open hash table of places in `entries`; -1 is free.
  private var slots = [Int16](repeating: -1, count: 8192)

  private struct Entry {
    var start: Int
    var length: Int
    var id: UInt16?
  }

  /// More names than a kernel has events; what comes later is asked for each time.
  private static let limit = 4096

  /// What is known of the name at this place.
  func answer(_ window: RawSpan, _ name: Range<Int>) -> Answer {
    var slot = Self.hash(window, name) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if matches(entry, window, name) { return entry.id.map(Answer.wanted) ?? .unwanted }
      slot = (slot + 1) & (slots.count - 1)
    }
    return .unknown
  }

  /// Keeps the answer for a name that was unknown.
  mutating func add(_ window: RawSpan, _ name: Range<Int>, id: UInt16?) {
    guard entries.count < Self.limit else { return }
    var slot = Self.hash(window, name) & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = Int16(truncatingIfNeeded: entries.count)
    entries.append(Entry(start: bytes.count, length: name.count, id: id))
    for place in name {
      bytes.append(window.unsafeLoad(fromByteOffset: place, as: UInt8.self))
    }
  }

  private func matches(_ entry: Entry, _ window: RawSpan, _ name: Range<Int>) -> Bool {
    guard entry.length == name.count else { return false }
    for index in 0..<entry.length
    where window.unsafeLoad(fromByteOffset: name.lowerBound + index, as: UInt8.self)
      != bytes[entry.start + index]
    {
      return false
    }
    return true
  }

  /// FNV-1a, its halves folded.
  private static func hash(_ window: RawSpan, _ name: Range<Int>) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for place in name {
      hash ^= UInt64(window.unsafeLoad(fromByteOffset: place, as: UInt8.self))
      hash = hash &* 0x100_0000_01b3
    }
    return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7fff_ffff)
  }
}
