import PagemapReport

/// A strict parser of JSON (RFC 8259), written apart from the writer so that one checks the other.
struct JSONParser {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private let bytes: [UInt8]
  private var place = 0

  /// The document that these bytes are; numbers without fraction become integers.
  static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(description: "not UTF-8")
    }
    var parser = JSONParser(bytes: Array(text.utf8))
    let value = try parser.value()
    parser.skipSpace()
    guard parser.place == parser.bytes.count else { throw parser.failure("the end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func failure(_ wanted: String) -> Failure {
    Failure(description: "byte \(place): expected \(wanted)")
  }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x0a, 0x0d, 0x09].contains(byte) { place += 1 }
  }

  private mutating func take(_ text: String) -> Bool {
    guard bytes[place...].starts(with: text.utf8) else { return false }
    place += text.utf8.count
    return true
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case _ where take("null"): return .null
    case _ where take("true"): return .bool(true)
    case _ where take("false"): return .bool(false)
    default: return try number()
    }
  }

  private mutating func object() throws -> JSONValue {
    var members: [String: JSONValue] = [:]
    place += 1
    skipSpace()
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      let key = try string()
      skipSpace()
      guard take(":") else { throw failure("a colon") }
      guard members.updateValue(try value(), forKey: key) == nil else {
        throw failure("no second \(key)")
      }
      skipSpace()
    } while take(",")
    guard take("}") else { throw failure("a closing brace") }
    return .object(members)
  }

  private mutating func array() throws -> JSONValue {
    var values: [JSONValue] = []
    place += 1
    skipSpace()
    if take("]") { return .array(values) }
    repeat {
      values.append(try value())
      skipSpace()
    } while take(",")
    guard take("]") else { throw failure("a closing bracket") }
    return .array(values)
  }

  private mutating func string() throws -> String {
    guard take("\"") else { throw failure("a string") }
    var result: [UInt8] = []
    while let byte = next {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
      case 0..<0x20: throw failure("no control character")
      case UInt8(ascii: "\\"): try escape(into: &result)
      default: result.append(byte)
      }
    }
    throw failure("the end of a string")
  }

  private mutating func escape(into result: inout [UInt8]) throws {
    guard let byte = next else { throw failure("an escape") }
    place += 1
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09,
      UInt8(ascii: "\""): byte, UInt8(ascii: "\\"): byte,
    ]
    if let plain = simple[byte] {
      result.append(plain)
      return
    }
    let digits = String(decoding: bytes[place..<min(place + 4, bytes.count)], as: UTF8.self)
    guard byte == UInt8(ascii: "u"), digits.utf8.count == 4, let code = UInt32(digits, radix: 16),
      let scalar = Unicode.Scalar(code)
    else { throw failure("a known escape") }
    place += 4
    result += Array(String(scalar).utf8)
  }

  private mutating func number() throws -> JSONValue {
    let start = place
    while let byte = next, "+-.0123456789eE".utf8.contains(byte) { place += 1 }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil else {
      throw failure("a value")
    }
    if let value = UInt64(text) { return .unsigned(value) }
    if let value = Int64(text) { return .signed(value) }
    guard let value = Double(text) else { throw failure("a number") }
    return .double(value)
  }
}

extension JSONValue {
  /// The member of an object; nil where this is none or has none of that name.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// The element of an array.
  subscript(index: Int) -> JSONValue? {
    guard case .array(let values) = self, values.indices.contains(index) else { return nil }
    return values[index]
  }

  /// The names of an object's members, sorted.
  var keys: [String] {
    guard case .object(let members) = self else { return [] }
    return members.keys.sorted()
  }
}
