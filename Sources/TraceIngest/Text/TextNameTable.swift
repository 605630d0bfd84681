/// The event names a text reader met, each with the id that the selection gave it.
///
/// A name is looked up by its bytes, so that only a new one costs a `String` and a question.
struct TextNameTable: Sendable {
  /// What is to be done with lines of an event.
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
    let known = bytes.span.bytes
    var index = 0
    while index + 8 <= entry.length {
      let left = window.unsafeLoadUnaligned(
        fromByteOffset: name.lowerBound + index, as: UInt64.self)
      let right = known.unsafeLoadUnaligned(fromByteOffset: entry.start + index, as: UInt64.self)
      guard left == right else { return false }
      index += 8
    }
    while index < entry.length {
      let left = window.unsafeLoad(fromByteOffset: name.lowerBound + index, as: UInt8.self)
      guard left == bytes[entry.start + index] else { return false }
      index += 1
    }
    return true
  }

  /// A hash of the length and the last eight bytes, which tell names apart better than the first.
  private static func hash(_ window: RawSpan, _ name: Range<Int>) -> Int {
    var tail: UInt64 = 0
    if name.count >= 8 {
      tail = window.unsafeLoadUnaligned(fromByteOffset: name.upperBound - 8, as: UInt64.self)
    } else {
      for place in name {
        tail = tail << 8 | UInt64(window.unsafeLoad(fromByteOffset: place, as: UInt8.self))
      }
    }
    let mixed = (tail ^ UInt64(name.count)) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: mixed >> 33)
  }
}
