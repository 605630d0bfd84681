import TraceWords

/// A JSON document in memory, for documents whose size is bounded.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case signed(Int64)
  case unsigned(UInt64)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])
}

extension JSONValue {
  /// An address as people and kernels write it: `"0xff36ccee44c28298"`.
  package static func address(_ value: UInt64) -> JSONValue { .string(Format.address(value)) }

  /// A string, or null.
  package static func optional(_ value: String?) -> JSONValue {
    value.map(JSONValue.string) ?? .null
  }

  /// A number, or null.
  package static func optional(_ value: UInt64?) -> JSONValue {
    value.map(JSONValue.unsigned) ?? .null
  }

  /// The document as UTF-8: keys sorted, two spaces a level, a line end behind it.
  package func serialized() -> [UInt8] {
    var writer = JSONWriter()
    writer.write(self, depth: 0)
    writer.bytes.append(UInt8(ascii: "\n"))
    return writer.bytes
  }

  /// The document as UTF-8 in one line: keys sorted, a line end behind it.
  package func line() -> [UInt8] {
    var writer = JSONWriter()
    writer.isCompact = true
    writer.write(self, depth: 0)
    writer.bytes.append(UInt8(ascii: "\n"))
    return writer.bytes
  }
}

/// Writes JSON (RFC 8259).
struct JSONWriter {
  var bytes: [UInt8] = []
  /// Whether all of it goes into one line.
  var isCompact = false

  mutating func write(_ value: JSONValue, depth: Int) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .signed(let value): append("\(value)")
    case .unsigned(let value): append("\(value)")
    case .double(let value): append(value.isFinite ? "\(value)" : "null")
    case .string(let value): write(value)
    case .array(let values):
      write(values, depth: depth, brackets: ("[", "]")) { writer, value in
        writer.write(value, depth: depth + 1)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      write(sorted, depth: depth, brackets: ("{", "}")) { writer, member in
        writer.write(member.key)
        writer.append(writer.isCompact ? ":" : ": ")
        writer.write(member.value, depth: depth + 1)
      }
    }
  }

  private mutating func write<Element>(
    _ elements: [Element], depth: Int, brackets: (open: String, close: String),
    each: (inout JSONWriter, Element) -> Void
  ) {
    append(brackets.open)
    for (index, element) in elements.enumerated() {
      if index > 0 { append(",") }
      startLine(depth: depth + 1)
      each(&self, element)
    }
    if !elements.isEmpty { startLine(depth: depth) }
    append(brackets.close)
  }

  /// A string literal. What is not printable is escaped, so that a report in a terminal cannot
  /// steer it.
  private mutating func write(_ string: String) {
    append("\"")
    defer { append("\"") }
    if UntrustedText.isPlain(string), !string.utf8.contains(where: { $0 == 0x22 || $0 == 0x5c }) {
      return append(string)
    }
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case _ where UntrustedText.mustBeEscaped(scalar):
        append("\\u" + Format.hexadecimal(UInt64(scalar.value), digits: 4))
      default: append(String(scalar))
      }
    }
  }

  private mutating func startLine(depth: Int) {
    if isCompact { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }

  private mutating func append(_ string: String) { bytes.append(contentsOf: string.utf8) }
}
