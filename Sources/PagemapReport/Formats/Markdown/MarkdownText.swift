/// Strings in markdown as GitHub and GitLab read it. A trace's own strings only stand in code, where
/// neither markup nor mentions nor links are looked for.
enum MarkdownText {
  /// A code span. A backtick, which could end it, is written `\x60`.
  static func code(_ text: String) -> String {
    let plain = UntrustedText.escaped(text).replacing("`", with: "\\x60")
    let trimmed = plain.drop { $0 == " " }
    return trimmed.isEmpty ? "-" : "`\(trimmed.count == plain.count ? plain : "\\x20\(trimmed)")`"
  }

  /// A code span inside a table, where a bar would end the cell.
  static func cell(_ text: String) -> String { code(text).replacing("|", with: "\\|") }

  /// Lines in a block of code that none of them can end.
  static func block(_ lines: [String]) -> String {
    let plain = lines.map { UntrustedText.escaped($0).replacing("`", with: "\\x60") }
    return "```text\n" + plain.joined(separator: "\n") + "\n```\n"
  }

  /// Sentences of our own, which may hold kernel names with underscores and stars.
  static func prose(_ text: String) -> String {
    var result = ""
    for scalar in UntrustedText.escaped(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "@", "$", "!":
        result += "\\"
        result.unicodeScalars.append(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
