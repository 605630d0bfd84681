/// What Markdown is made with.
enum Markdown {
  /// The first line of every document.
  static let notice = "<!-- Made from the code by 'make docs'; changes belong there. -->"

  /// The text in lines of at most 100 columns, broken at spaces; all but the first one indented.
  static func wrap(_ text: String, indent: Int = 0) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines = [""]
    for word in text.split(separator: " ") {
      let line = lines[lines.count - 1]
      let isFirst = line.isEmpty || line == margin
      if !isFirst, line.count + 1 + word.count > 100 {
        lines.append(margin + word)
      } else {
        lines[lines.count - 1] = line + (isFirst ? "" : " ") + word
      }
    }
    return lines.joined(separator: "\n")
  }

  /// A list entry.
  static func bullet(_ text: String) -> String { "- " + wrap(text, indent: 2) }

  /// A table row.
  static func row(_ cells: [String]) -> String {
    "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }

  /// A table with its heading.
  static func table(_ heading: [String], _ rows: [[String]]) -> String {
    let rule = "|" + String(repeating: "---|", count: heading.count)
    return ([row(heading), rule] + rows.map(row)).joined(separator: "\n")
  }

  /// The text with its identifiers, the words that hold an underscore, as code.
  static func code(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      guard word.contains("_"), !word.contains("`") else { return String(word) }
      let edges: Set<Character> = ["(", ")", ",", ".", ":", ";", "'", "?"]
      let start = word.prefix { edges.contains($0) }
      let rest = word.dropFirst(start.count)
      var end = rest.reversed().prefix { edges.contains($0) }.count
      if rest.hasSuffix("'s") { end = 2 }
      if rest.hasSuffix("'s,") { end = 3 }
      return "\(start)`\(rest.dropLast(end))`\(rest.suffix(end))"
    }.joined(separator: " ")
  }

  /// The text as a sentence: a capital letter, unless it begins with an identifier, and a full stop.
  static func sentence(_ text: String) -> String {
    let word = text.prefix { $0 != " " }
    let isName = word.contains("_") || word.contains("(") || word == "xe's"
    let start = isName ? text : text.prefix(1).uppercased() + text.dropFirst()
    return code(start) + (start.hasSuffix(".") ? "" : ".")
  }
}
