/// A place in a line, and the few steps a scanner takes from it.
struct TextCursor: ~Escapable {
  private let bytes: RawSpan
  /// The next byte.
  var place: Int
  /// Behind the line's last byte.
  let end: Int

  /// A cursor at the start of a line, which must lie in `bytes`.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ line: Range<Int>) {
    precondition(line.lowerBound >= 0 && line.upperBound <= bytes.byteCount)
    self.bytes = bytes
    place = line.lowerBound
    end = line.upperBound
  }

  /// The byte at a place of the line; nil outside of it.
  @inline(__always)
  func byte(at place: Int) -> UInt8? {
    guard place < end, place >= 0 else { return nil }
    // `end` is inside the bytes.
    return bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self)
  }

  /// The next byte; nil at the end.
  @inline(__always)
  var current: UInt8? { byte(at: place) }

  /// Steps over blanks.
  mutating func skipBlanks() {
    while current == UInt8(ascii: " ") { place += 1 }
  }

  /// Steps over blanks and tabs.
  mutating func skipSpace() {
    while current == UInt8(ascii: " ") || current == UInt8(ascii: "\t") { place += 1 }
  }

  /// Steps over this byte.
  mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    place += 1
    return true
  }

  /// Steps over exactly these characters, or stays.
  mutating func take(_ literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    let start = place
    let matches = literal.withUTF8Buffer { wanted in
      for index in 0..<length where byte(at: start + index) != wanted[index] { return false }
      return true
    }
    if matches { place += length }
    return matches
  }

  /// Steps over a decimal number of at most `limit`, or stays.
  mutating func number(upTo limit: UInt64) -> UInt64? {
    let start = place
    var value: UInt64 = 0
    while let digit = current, digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") {
      let (scaled, tooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = scaled.addingReportingOverflow(UInt64(digit &- UInt8(ascii: "0")))
      guard !tooBig, !overflow, sum <= limit else {
        place = start
        return nil
      }
      value = sum
      place += 1
    }
    return place > start ? value : nil
  }
}
