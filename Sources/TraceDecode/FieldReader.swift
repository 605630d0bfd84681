/// Reads one number out of payloads: where it is, how long, signed or not, worked out beforehand.
///
/// A read is one load of eight bytes and two shifts. The load may reach behind the payload, into
/// the next one or into the zero bytes that `RecordBatch.slack` keeps behind the last.
///
/// It is public, alone of its module, because the compiler puts only public functions into callers
/// of another module, and a read is too short to be worth a call.
public struct FieldReader: BitwiseCopyable, Hashable, Sendable {
  /// Where the number starts in the payload, in bytes.
  public let offset: UInt16
  /// How many bytes it has: 1 to 8.
  public let size: UInt8
  /// Whether its highest bit is a sign that is carried to 64 bits.
  public let isSigned: Bool
  @usableFromInline let isBigEndian: Bool

  /// A reader of `size` bytes at `offset`; nil where that is not a number in a payload.
  package init?(offset: Int, size: Int, isSigned: Bool, isBigEndian: Bool) {
    guard size >= 1, size <= 8, offset >= 0, offset + size <= FormatGrammar.payloadLimit else {
      return nil
    }
    self.offset = UInt16(truncatingIfNeeded: offset)
    self.size = UInt8(truncatingIfNeeded: size)
    self.isSigned = isSigned
    self.isBigEndian = isBigEndian
  }

  /// A reader of an integer field; nil where the field is none.
  package init?(_ field: EventField, isBigEndian: Bool) {
    guard field.kind == .integer else { return nil }
    self.init(
      offset: field.offset, size: field.size, isSigned: field.isSigned, isBigEndian: isBigEndian)
  }

  /// Where the number ends in the payload: payloads must be at least this long.
  package var end: Int { Int(offset) + Int(size) }

  /// The number in the payload that starts at `start` of `bytes` and has `length` bytes; nil where
  /// the payload ends before the number does.
  package func read(_ bytes: RawSpan, at start: Int, length: Int) -> UInt64? {
    let place = start + Int(offset)
    guard end <= length, start >= 0, length <= bytes.byteCount - start else { return nil }
    guard bytes.byteCount - place >= 8 else { return readSlowly(bytes, at: place) }
    return read(unchecked: bytes, at: start)
  }

  /// As `read(_:at:length:)`, for callers that have made sure that the payload is long enough and
  /// that eight bytes follow the number's start; traps where they do not.
  @inlinable @inline(__always)
  public func read(unchecked bytes: RawSpan, at start: Int) -> UInt64 {
    let loaded = bytes.unsafeLoadUnaligned(
      fromByteOffset: start &+ Int(offset), as: UInt64.self)
    return extend(
      isBigEndian ? UInt64(bigEndian: loaded) : leftAligned(UInt64(littleEndian: loaded)))
  }

  /// A little-endian number moved to the upper end, what lies behind it shifted out.
  @inlinable @inline(__always)
  func leftAligned(_ value: UInt64) -> UInt64 { value &<< shift }

  /// A number at the upper end moved to the lower one, with its sign.
  @inlinable @inline(__always)
  func extend(_ value: UInt64) -> UInt64 {
    isSigned ? UInt64(bitPattern: Int64(bitPattern: value) &>> Int64(shift)) : value &>> shift
  }

  @inlinable @inline(__always)
  var shift: UInt64 { 64 &- UInt64(size) &* 8 }

  private func readSlowly(_ bytes: RawSpan, at place: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<Int(size) {
      let byte = bytes.unsafeLoad(fromByteOffset: place + index, as: UInt8.self)
      value |= UInt64(byte) << UInt64(8 * (isBigEndian ? 7 - index : index))
    }
    return extend(isBigEndian ? value : leftAligned(value))
  }
}

/// Finds the text of a `__data_loc` or `__rel_loc` field, or of a `char` array.
package struct TextReader: BitwiseCopyable, Hashable, Sendable {
  private let word: FieldReader?
  private let offset: Int
  private let size: Int
  private let isRelative: Bool

  /// A reader for a text field; nil where the field is none.
  package init?(_ field: EventField, isBigEndian: Bool) {
    offset = field.offset
    size = field.size
    switch field.kind {
    case .string:
      word = nil
      isRelative = false
    case .dynamicString(let relative):
      word = FieldReader(
        offset: field.offset, size: 4, isSigned: false, isBigEndian: isBigEndian)
      isRelative = relative
    default: return nil
    }
  }

  /// Where the text lies in `bytes`, without the NUL that ends it; nil where the record has no text
  /// there (the kernel could not read it) or the word points out of the payload.
  package func range(in bytes: RawSpan, at start: Int, length: Int) -> Range<Int>? {
    guard start >= 0, length >= 0, start <= bytes.byteCount, length <= bytes.byteCount - start
    else { return nil }
    var place = offset
    var count = size
    if let word {
      guard let value = word.read(bytes, at: start, length: length) else { return nil }
      place = Int(value & 0xffff) + (isRelative ? offset + 4 : 0)
      count = Int(value >> 16)
    }
    guard count > 0, place + count <= length else { return nil }
    let first = start + place
    var end = first
    while end < first + count, bytes.unsafeLoad(fromByteOffset: end, as: UInt8.self) != 0 {
      end += 1
    }
    return first..<end
  }
}
