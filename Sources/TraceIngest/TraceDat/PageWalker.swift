/// The byte order of a trace, as a type so that the walker is compiled for each without branches.
protocol WordOrder {
  /// A number at a place in the window.
  static func load16(_ window: RawSpan, _ place: Int) -> UInt16
  static func load32(_ window: RawSpan, _ place: Int) -> UInt32
  static func load64(_ window: RawSpan, _ place: Int) -> UInt64
  /// The two bit fields of a record's first word: 5 bits of type or length, 27 bits of time.
  static func typeLength(_ word: UInt32) -> UInt32
  static func timeDelta(_ word: UInt32) -> UInt64
}

/// Numbers as on x86 and most others.
enum LittleEndianOrder: WordOrder {
  @inline(__always)
  static func load16(_ window: RawSpan, _ place: Int) -> UInt16 {
    UInt16(littleEndian: window.unsafeLoadUnaligned(fromByteOffset: place, as: UInt16.self))
  }
  @inline(__always)
  static func load32(_ window: RawSpan, _ place: Int) -> UInt32 {
    UInt32(littleEndian: window.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
  }
  @inline(__always)
  static func load64(_ window: RawSpan, _ place: Int) -> UInt64 {
    UInt64(littleEndian: window.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
  }
  @inline(__always)
  static func typeLength(_ word: UInt32) -> UInt32 { word & 31 }
  @inline(__always)
  static func timeDelta(_ word: UInt32) -> UInt64 { UInt64(word >> 5) }
}

/// Numbers as on s390 and older Power machines, where bit fields start at the top too.
enum BigEndianOrder: WordOrder {
  @inline(__always)
  static func load16(_ window: RawSpan, _ place: Int) -> UInt16 {
    UInt16(bigEndian: window.unsafeLoadUnaligned(fromByteOffset: place, as: UInt16.self))
  }
  @inline(__always)
  static func load32(_ window: RawSpan, _ place: Int) -> UInt32 {
    UInt32(bigEndian: window.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
  }
  @inline(__always)
  static func load64(_ window: RawSpan, _ place: Int) -> UInt64 {
    UInt64(bigEndian: window.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
  }
  @inline(__always)
  static func typeLength(_ word: UInt32) -> UInt32 { word >> 27 }
  @inline(__always)
  static func timeDelta(_ word: UInt32) -> UInt64 { UInt64(word & 0x7ff_ffff) }
}

/// Walks the records of one page. All places are offsets into the window that holds the page.
struct PageWalker: BitwiseCopyable {
  /// What a step came to.
  enum Step {
    /// A record: `timestamp`, `payload` and `payloadLength` are its.
    case record
    /// The page has no further record.
    case end
    /// What stands at `position` cannot be a record.
    case damaged
  }

  /// Where the next record starts.
  private(set) var position = 0
  /// Where the page's data ends.
  private(set) var dataEnd = 0
  /// The current record's stamp by the ring buffer.
  private(set) var timestamp: UInt64 = 0
  /// Where the current record's payload starts, and its length in bytes.
  private(set) var payload = 0
  private(set) var payloadLength = 0

  /// `type_len` values with a meaning of their own; 1 to 28 are lengths in words.
  private enum RecordType {
    static let lengthWord: UInt32 = 0
    static let padding: UInt32 = 29
    static let timeExtend: UInt32 = 30
  }

  /// An exhausted page.
  init() {}

  /// The data from `start` to `end` of a page with this stamp.
  init(start: Int, end: Int, timestamp: UInt64) {
    position = start
    dataEnd = end
    self.timestamp = timestamp
  }

  /// Moves to the next record.
  @inline(__always)
  mutating func step<Order: WordOrder>(_ window: RawSpan, _ order: Order.Type) -> Step {
    guard position &+ 4 <= dataEnd else { return position == dataEnd ? .end : .damaged }
    let word = Order.load32(window, position)
    let typeLength = Order.typeLength(word)
    guard typeLength &- 1 < 28 else { return stepOverOther(window, word, order) }
    let length = Int(truncatingIfNeeded: typeLength) &* 4
    let start = position &+ 4
    guard start &+ length <= dataEnd else { return .damaged }
    timestamp &+= Order.timeDelta(word)
    payload = start
    payloadLength = length
    position = start &+ length
    return .record
  }

  /// Moves over time extends, absolute stamps and padding, to a record with a length word or to
  /// any that follows.
  @inline(never)
  private mutating func stepOverOther<Order: WordOrder>(
    _ window: RawSpan, _ first: UInt32, _ order: Order.Type
  ) -> Step {
    var word = first
    while true {
      guard position &+ 8 <= dataEnd else {
        return isNullPadding(word, order) ? .end : .damaged
      }
      let second = Order.load32(window, position &+ 4)
      let delta = Order.timeDelta(word)
      switch Order.typeLength(word) {
      case RecordType.lengthWord:
        return takeLongRecord(length: second, delta: delta)
      case RecordType.padding:
        // A delta of 0 marks the rest of the page as unused, any other a discarded record.
        if delta == 0 {
          position = dataEnd
          return .end
        }
        guard Int(second) <= dataEnd &- position &- 4, second >= 4, second & 3 == 0 else {
          return .damaged
        }
        timestamp &+= delta
        position = position &+ 4 &+ Int(second)
      case RecordType.timeExtend:
        timestamp &+= UInt64(second) << 27 &+ delta
        position = position &+ 8
      default:
        // An absolute stamp has 59 bits; the upper ones are those of the page.
        timestamp = (timestamp & 0xf800_0000_0000_0000) | (UInt64(second) << 27 &+ delta)
        position = position &+ 8
      }
      guard position &+ 4 <= dataEnd else { return position == dataEnd ? .end : .damaged }
      word = Order.load32(window, position)
      if Order.typeLength(word) &- 1 < 28 { return step(window, order) }
    }
  }

  private func isNullPadding<Order: WordOrder>(_ word: UInt32, _ order: Order.Type) -> Bool {
    Order.typeLength(word) == RecordType.padding && Order.timeDelta(word) == 0
  }

  /// Takes a record whose length stands in a word of its own, which that length includes.
  private mutating func takeLongRecord(length: UInt32, delta: UInt64) -> Step {
    let start = position &+ 8
    guard length > 4, Int(length) <= dataEnd &- position else { return .damaged }
    let rounded = (Int(length) &- 4 &+ 3) & ~3
    guard start &+ rounded <= dataEnd else { return .damaged }
    timestamp &+= delta
    payload = start
    payloadLength = rounded
    position = start &+ rounded
    return .record
  }
}
