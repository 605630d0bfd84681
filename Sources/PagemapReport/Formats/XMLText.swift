import TraceWords

/// Writes XML 1.0, two spaces a level. What goes in may be any string: characters that XML cannot
/// hold come out as escapes that people can see.
struct XMLText {
  private(set) var bytes = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
  private var open: [String] = []

  /// Starts an element that others go into.
  mutating func start(_ name: String, _ attributes: [(String, String)] = []) {
    line("<\(name)\(Self.list(attributes))>")
    open.append(name)
  }

  /// Ends the element that was started last.
  mutating func end() {
    guard let name = open.popLast() else { return }
    line("</\(name)>")
  }

  /// An element without content.
  mutating func empty(_ name: String, _ attributes: [(String, String)]) {
    line("<\(name)\(Self.list(attributes))/>")
  }

  /// An element that holds text, whose lines are joined; it is escaped here.
  mutating func element(_ name: String, _ attributes: [(String, String)] = [], lines: [String]) {
    let text = lines.map { Self.escaped($0) }.joined(separator: "\n")
    line("<\(name)\(Self.list(attributes))>\(text)</\(name)>")
  }

  private mutating func line(_ text: String) {
    bytes += String(repeating: "  ", count: open.count).utf8
    bytes += text.utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func list(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
  }

  /// The text for content and attributes alike. Line ends and tabs are escaped like every other
  /// control character, so that no attribute loses them.
  static func escaped(_ text: String) -> String {
    let special = "&<>\"'".utf8
    if UntrustedText.isPlain(text), !text.utf8.contains(where: special.contains) { return text }
    var result = ""
    for scalar in UntrustedText.escaped(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      case "\u{fffe}", "\u{ffff}":
        result += "\\u{" + Format.hexadecimal(UInt64(scalar.value), digits: 4) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
