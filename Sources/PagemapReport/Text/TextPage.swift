/// A run of characters of one style. Whatever it is made of is escaped, so that nothing a trace
/// holds reaches the terminal as it is.
struct Span {
  /// The characters, escaped.
  let text: String
  /// How they look in a terminal that shows colours.
  let style: Style

  init(_ text: String, _ style: Style = .plain) {
    self.text = UntrustedText.escaped(text)
    self.style = style
  }

  /// Columns in a terminal, where every character takes one.
  var width: Int { text.count }
}

extension Span: ExpressibleByStringInterpolation {
  init(stringLiteral text: String) { self.init(text) }
}

/// The looks there are, by meaning; the raw value is the terminal's SGR parameter.
enum Style: String {
  case plain = ""
  case strong = "1"
  case faint = "2"
  case bad = "1;31"
  case good = "1;32"
  case caution = "1;33"
  case unusable = "1;35"
  case hint = "36"
}

/// Lines of text, wrapped, without spaces at their ends.
struct TextPage {
  /// The lines so far, as UTF-8.
  private(set) var bytes: [UInt8] = []
  /// How it is to look.
  let options: RenderOptions

  init(options: RenderOptions) { self.options = options }

  /// The column that labelled text starts at.
  static let labelColumn = 15

  /// An empty line.
  mutating func space() { bytes.append(UInt8(ascii: "\n")) }

  /// One line as it is, however long.
  mutating func line(_ spans: [Span], indent: Int = 0) {
    var spans = spans
    while let last = spans.last, last.text.allSatisfy({ $0 == " " }) { spans.removeLast() }
    if !spans.isEmpty { pad(indent) }
    for (index, span) in spans.enumerated() {
      let isLast = index == spans.count - 1
      append(isLast ? Self.trimmed(span.text) : span.text, span.style)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  /// A line of `first` followed by `text`, which goes on below itself where it is too long.
  mutating func hanging(_ first: [Span], _ text: Span, indent: Int = 0) {
    let start = first.reduce(indent) { $0 + $1.width }
    for (index, part) in Self.wrap(text.text, options.width - start).enumerated() {
      if index == 0 {
        line(first + [Span(part, text.style)], indent: indent)
      } else {
        line([Span(part, text.style)], indent: start)
      }
    }
  }

  /// Text behind a label at the left: `    why        The count …`.
  mutating func labelled(_ label: String, _ text: Span, indent: Int = 2) {
    let gap = max(1, Self.labelColumn - indent - label.count)
    hanging([Span(label, .faint), Span(String(repeating: " ", count: gap))], text, indent: indent)
  }

  /// A section's heading.
  mutating func heading(_ title: String) {
    space()
    line([Span(title, .strong)])
  }

  private mutating func pad(_ count: Int) {
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: count))
  }

  private mutating func append(_ text: String, _ style: Style) {
    guard options.color, style != .plain, !text.isEmpty else {
      bytes.append(contentsOf: text.utf8)
      return
    }
    bytes.append(contentsOf: "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m".utf8)
  }
}

extension TextPage {
  /// The text in lines of at most `width` columns, broken at spaces. A word that is longer than a
  /// line stays whole: addresses and paths are there to be copied.
  static func wrap(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var columns = 0
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if columns > 0, columns + 1 + word.count > width {
        lines.append(trimmed(line))
        line = String(word)
        columns = word.count
      } else {
        let isFirst = line.isEmpty && columns == 0
        line += isFirst ? String(word) : " " + word
        columns += word.count + (isFirst ? 0 : 1)
      }
    }
    return lines + [trimmed(line)]
  }

  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
