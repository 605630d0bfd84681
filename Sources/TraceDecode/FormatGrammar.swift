/// The grammar of event formats as the kernel prints them, and nothing beyond it.
///
/// Format texts come out of files that anybody may have written, and the C library that reads them
/// was not made for that. So a text must pass this grammar first, and what the library then gets is
/// not the text but what the grammar understood of it, printed anew: name, ID, field lines and an
/// empty print format. The print format itself, a small C program, is never looked at.
package struct FormatGrammar: Sendable {
  /// The event's name.
  package private(set) var name: String
  /// The event's ID.
  package private(set) var id: UInt16
  /// The field lines in their order.
  package private(set) var lines: [FieldLine] = []

  /// A line `field:TYPE NAME; offset:N; size:N; signed:N;`.
  package struct FieldLine: Hashable, Sendable {
    /// The type's words and stars, `unsigned long` or `struct file *`, without brackets.
    package var type: String
    /// Whether `[]` stands between type and name, as dynamic fields have it.
    package var isDynamic: Bool
    /// The field's name.
    package var name: String
    /// The number in the brackets behind the name; 0 for `[]`, nil without brackets.
    package var count: Int?
    /// Bytes from the payload's start.
    package var offset: Int
    /// The number of bytes it takes, of an array all of them.
    package var size: Int
    /// Whether numbers in it are signed.
    package var isSigned: Bool
  }

  /// More field lines than any event of the kernel has.
  package static let fieldLimit = 512
  /// No payload reaches beyond this: a ring-buffer page has at most 64 KiB.
  package static let payloadLimit = 65_535

  /// Reads a format text.
  ///
  /// - Throws: `FormatError` with the first place where the text leaves the grammar.
  package init(_ text: [UInt8]) throws(FormatError) {
    var cursor = FormatCursor(text)
    (name, id) = try Self.heading(&cursor)
    guard cursor.take("format:\n") else { throw cursor.error("expected \"format:\"") }
    while !cursor.take("print fmt:") {
      if cursor.take(UInt8(ascii: "\n")) { continue }
      guard lines.count < Self.fieldLimit else {
        throw cursor.error("more than \(Self.fieldLimit) fields")
      }
      lines.append(try Self.fieldLine(&cursor))
    }
    guard lines.first?.name == "common_type", lines.first?.offset == 0, lines.first?.size == 2
    else { throw cursor.error("the first field is not common_type of 2 bytes at offset 0") }
  }

  /// Reads no more than the name and the ID: enough to see that nobody wants the event.
  ///
  /// - Throws: `FormatError` where the text does not start as formats do.
  package static func scan(_ text: [UInt8]) throws(FormatError) -> (name: String, id: UInt16) {
    var cursor = FormatCursor(text)
    return try heading(&cursor)
  }

  private static func heading(
    _ cursor: inout FormatCursor
  ) throws(FormatError) -> (name: String, id: UInt16) {
    guard cursor.take("name: "), let name = cursor.identifier(), cursor.take("\n") else {
      throw cursor.error("expected \"name: \" and the event's name")
    }
    guard cursor.take("ID: "), let id = cursor.number(upTo: payloadLimit), cursor.take("\n") else {
      throw cursor.error("expected \"ID: \" and a number up to 65535")
    }
    return (name, UInt16(truncatingIfNeeded: id))
  }
}

// MARK: - Field lines

extension FormatGrammar {
  private static func fieldLine(_ cursor: inout FormatCursor) throws(FormatError) -> FieldLine {
    guard cursor.take("\tfield:") else {
      throw cursor.error("expected a field line or \"print fmt:\"")
    }
    var line = try declaration(&cursor)
    line.offset = try property("offset:", &cursor)
    line.size = try property("size:", &cursor)
    if !cursor.take("\n") {
      let signed = try property("signed:", &cursor)
      guard signed <= 1 else { throw cursor.error("expected signed:0 or signed:1") }
      line.isSigned = signed == 1
      guard cursor.take("\n") else { throw cursor.error("expected the end of the line") }
    }
    guard line.offset + line.size <= payloadLimit else {
      throw cursor.error("field \(line.name) reaches beyond \(payloadLimit) bytes")
    }
    if line.isDynamic, line.size % 4 != 0 || line.size == 0 {
      throw cursor.error("dynamic field \(line.name) is not made of words of 4 bytes")
    }
    return line
  }

  /// `\toffset:8;` and its kin.
  private static func property(
    _ key: StaticString, _ cursor: inout FormatCursor
  ) throws(FormatError) -> Int {
    guard cursor.take("\t"), cursor.take(key), let value = cursor.number(upTo: payloadLimit),
      cursor.take(";")
    else { throw cursor.error("expected \"\(key)\", a number up to 65535 and \";\"") }
    return value
  }

  /// Type, name and brackets, up to the semicolon.
  private static func declaration(_ cursor: inout FormatCursor) throws(FormatError) -> FieldLine {
    var words: [String] = []
    var isDynamic = false
    var name: String?
    while name == nil {
      guard words.count < 16 else { throw cursor.error("a type of more than 16 words") }
      if cursor.take("*") {
        words.append("*")
      } else if cursor.take("[]") {
        guard !isDynamic, words.first == "__data_loc" || words.first == "__rel_loc" else {
          throw cursor.error("brackets before the name of a field that is not dynamic")
        }
        isDynamic = true
      } else if let word = cursor.identifier() {
        if cursor.current == UInt8(ascii: ";") || cursor.current == UInt8(ascii: "[") {
          // `char[] dev` has its brackets behind a type's word, all others behind the name.
          var ahead = cursor
          if isDynamic || !ahead.take("[] ") { name = word } else { words.append(word) }
        } else {
          words.append(word)
        }
      } else {
        throw cursor.error("expected a type's word, \"*\" or the field's name")
      }
      cursor.skipBlanks()
    }
    guard let name, words.contains(where: { $0 != "*" }), words.first != "*" else {
      throw cursor.error("a field without a type")
    }
    if words[0] == "__data_loc" || words[0] == "__rel_loc", !isDynamic || words.count < 2 {
      throw cursor.error("dynamic field \(name) without brackets behind its type")
    }
    let count = try brackets(&cursor)
    guard cursor.take(";") else { throw cursor.error("expected \";\" behind the field's name") }
    return FieldLine(
      type: words.joined(separator: " "), isDynamic: isDynamic, name: name, count: count,
      offset: 0, size: 0, isSigned: false)
  }

  /// `[16]`, `[]`, `[20+1]` or `[4 * 8]`: the number of entries.
  private static func brackets(_ cursor: inout FormatCursor) throws(FormatError) -> Int? {
    guard cursor.take("[") else { return nil }
    if cursor.take("]") { return 0 }
    var sum = 0
    var product = try length(&cursor)
    while !cursor.take("]") {
      if cursor.take("+") {
        sum += product
        product = try length(&cursor)
      } else if cursor.take("*") {
        product *= try length(&cursor)
      } else {
        throw cursor.error("expected \"]\" behind an array's length")
      }
      guard sum + product <= payloadLimit else { throw cursor.error("a too big array's length") }
    }
    return sum + product
  }

  private static func length(_ cursor: inout FormatCursor) throws(FormatError) -> Int {
    cursor.skipBlanks()
    guard let value = cursor.number(upTo: payloadLimit) else {
      throw cursor.error("expected an array's length up to 65535")
    }
    cursor.skipBlanks()
    return value
  }
}

// MARK: - The clean text

extension FormatGrammar {
  /// The format printed anew: what the C library is given instead of the original.
  package var cleanText: String {
    var text = "name: \(name)\nID: \(id)\nformat:\n"
    var isCommon = true
    for line in lines {
      if isCommon, !line.name.hasPrefix("common_") {
        isCommon = false
        text += "\n"
      }
      let brackets = line.count.map { $0 == 0 ? "[]" : "[\($0)]" } ?? ""
      text += "\tfield:\(line.type)\(line.isDynamic ? "[]" : "") \(line.name)\(brackets);"
      text += "\toffset:\(line.offset);\tsize:\(line.size);\tsigned:\(line.isSigned ? 1 : 0);\n"
    }
    return text + (isCommon ? "\n" : "") + "\nprint fmt: \"\"\n"
  }
}
