/// A place in a format text, and the few steps that the grammar takes from it.
///
/// Every step answers nil or false and stays where it is when the text does not go on as asked.
struct FormatCursor {
  private let text: [UInt8]
  private(set) var place = 0

  init(_ text: [UInt8]) {
    self.text = text
  }

  /// The byte at the cursor; nil behind the end.
  var current: UInt8? { place < text.count ? text[place] : nil }

  /// Steps over exactly these characters.
  mutating func take(_ literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard length <= text.count - place else { return false }
    let matches = literal.withUTF8Buffer { wanted in
      wanted.indices.allSatisfy { wanted[$0] == text[place + $0] }
    }
    if matches { place += length }
    return matches
  }

  /// Steps over this byte.
  mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    place += 1
    return true
  }

  /// Steps over blanks.
  mutating func skipBlanks() {
    while take(UInt8(ascii: " ")) {}
  }

  /// Steps over a decimal number of at most `limit`.
  mutating func number(upTo limit: Int) -> Int? {
    let start = place
    var value = 0
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      value = value * 10 + Int(byte &- UInt8(ascii: "0"))
      guard value <= limit else {
        place = start
        return nil
      }
      place += 1
    }
    return place > start ? value : nil
  }

  /// Steps over a C identifier of at most 128 characters.
  mutating func identifier() -> String? {
    let start = place
    while let byte = current, Self.isIdentifier(byte, first: place == start), place - start < 128 {
      place += 1
    }
    guard place > start else { return nil }
    return String(decoding: text[start..<place], as: UTF8.self)
  }

  private static func isIdentifier(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "_"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): !first
    default: false
    }
  }

  /// What to throw where the text is not what was expected here.
  func error(_ expectation: String) -> FormatError {
    FormatError(offset: place, expectation: expectation)
  }
}
