/// Reads the addresses of a stack trace: `caller` of the event `kernel_stack`.
///
/// Kernels have printed the field in several ways, and none tells how many addresses a record has:
/// `caller[8]` stands for as many as `size` says, whatever is in the brackets, `caller[]` for all
/// that is left of the record, and `__data_loc unsigned long[] caller` names a place and a length.
package struct AddressReader: BitwiseCopyable, Hashable, Sendable {
  private let offset: Int
  private let elementSize: Int
  private let isBigEndian: Bool
  private let size: FieldReader?
  private let word: FieldReader?
  private let isRelative: Bool

  /// A reader for a field, with the field that tells the number of addresses; nil where the field
  /// is no array of words.
  package init?(_ field: EventField, count: EventField?, longSize: Int, isBigEndian: Bool) {
    guard longSize == 4 || longSize == 8, field.offset >= 0 else { return nil }
    self.isBigEndian = isBigEndian
    size = count.flatMap { FieldReader($0, isBigEndian: isBigEndian) }
    offset = field.offset
    elementSize = longSize
    switch field.kind {
    case .array(_, let recorded):
      guard recorded == longSize else { return nil }
      word = nil
      isRelative = false
    case .opaque:
      word = nil
      isRelative = false
    case .dynamicArray(let relative):
      word = FieldReader(
        offset: field.offset, size: 4, isSigned: false, isBigEndian: isBigEndian)
      isRelative = relative
    default: return nil
    }
  }

  /// Appends the addresses in the payload that starts at `start` of `bytes` and has `length` bytes,
  /// at most `limit` of them.
  ///
  /// - Returns: false where the payload has no room for what its words announce.
  package func read(
    _ bytes: RawSpan, at start: Int, length: Int, limit: Int, into addresses: inout [UInt64]
  ) -> Bool {
    guard start >= 0, length >= 0, length <= bytes.byteCount - start, offset <= length else {
      return false
    }
    var place = offset
    var available = length - offset
    if let word {
      guard let value = word.read(bytes, at: start, length: length) else { return false }
      place = Int(value & 0xffff) + (isRelative ? offset + 4 : 0)
      let announced = Int(value >> 16)
      guard place <= length, announced <= length - place else { return false }
      available = announced
    }
    var count = available / elementSize
    if let size, word == nil {
      guard let announced = size.read(bytes, at: start, length: length), announced <= count else {
        return false
      }
      count = Int(announced)
    }
    for index in 0..<min(count, limit) {
      addresses.append(word(bytes, start + place + index * elementSize))
    }
    return true
  }

  /// The word at a place that has been checked.
  private func word(_ bytes: RawSpan, _ place: Int) -> UInt64 {
    if elementSize == 4 {
      let value = bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self)
      return UInt64(isBigEndian ? UInt32(bigEndian: value) : UInt32(littleEndian: value))
    }
    let value = bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
    return isBigEndian ? UInt64(bigEndian: value) : UInt64(littleEndian: value)
  }
}
