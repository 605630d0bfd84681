/// Writes HTML. Markup is what stands in the source (`StaticString`); everything else is text and is
/// escaped, so that no string of a trace can become markup.
struct Markup {
  /// The document so far, UTF-8.
  private(set) var bytes: [UInt8] = []

  /// An attribute; nil as its value leaves it out, an empty value writes its name alone.
  typealias Attribute = (name: StaticString, value: String?)

  /// Markup of the source, which alone is not escaped.
  mutating func raw(_ markup: StaticString) {
    markup.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// A file of the report's own, or data that was escaped for the place it goes to.
  mutating func trusted(_ content: [UInt8]) { bytes.append(contentsOf: content) }

  /// Text, with what steers a reader written out.
  mutating func text(_ text: String) {
    for byte in UntrustedText.escaped(text).utf8 {
      switch byte {
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "<"): raw("&lt;")
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "\""): raw("&quot;")
      case UInt8(ascii: "'"): raw("&#39;")
      default: bytes.append(byte)
      }
    }
  }

  /// The start of an element.
  mutating func open(_ tag: StaticString, _ attributes: Attribute...) {
    open(tag, all: attributes)
  }

  private mutating func open(_ tag: StaticString, all attributes: [Attribute]) {
    raw("<")
    raw(tag)
    for attribute in attributes {
      guard let value = attribute.value else { continue }
      raw(" ")
      raw(attribute.name)
      guard !value.isEmpty else { continue }
      raw("=\"")
      text(value)
      raw("\"")
    }
    raw(">")
  }

  /// The end of an element.
  mutating func close(_ tag: StaticString) {
    raw("</")
    raw(tag)
    raw(">")
  }

  /// An element that holds text alone.
  mutating func element(_ tag: StaticString, _ attributes: Attribute..., text content: String) {
    open(tag, all: attributes)
    text(content)
    close(tag)
  }

  /// An element with what `content` writes.
  mutating func element(
    _ tag: StaticString, _ attributes: Attribute..., content: (inout Markup) -> Void
  ) {
    open(tag, all: attributes)
    content(&self)
    close(tag)
  }

  /// Ends a line: for people who read the source, and for comparisons.
  mutating func line() { bytes.append(UInt8(ascii: "\n")) }
}

// MARK: Parts that come again

extension Markup {
  /// A small rounded word: `certain`, `known`.
  mutating func tag(_ style: String, _ content: String, title: String? = nil) {
    element("span", ("class", "tag \(style)"), ("title", title), text: content)
  }

  /// A table, its heads with their alignment.
  mutating func table(
    _ heads: [Column], label: String, sortable: Bool = false, rows: (inout Markup) -> Void
  ) {
    raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\"")
    raw(" aria-label=\"")
    text(label)
    raw("\">")
    element("table", ("class", sortable ? "sortable" : nil)) { page in
      page.raw("<thead><tr>")
      for head in heads {
        page.element("th", ("scope", "col"), ("class", head.style), text: head.title)
      }
      page.raw("</tr></thead><tbody>")
      page.line()
      rows(&page)
      page.raw("</tbody>")
    }
    raw("</div>")
    line()
  }

  /// A row of cells; those of numbers stand right.
  mutating func row(_ columns: [Column], _ cells: [String]) {
    raw("<tr>")
    for (column, cell) in zip(columns, cells) {
      element("td", ("class", column.style), text: cell)
    }
    raw("</tr>")
    line()
  }

  /// A term and what is to be said of it.
  mutating func entry(_ term: String, _ text: String, style: String? = nil) {
    element("dt", text: term)
    element("dd", ("class", style), text: text)
    line()
  }
}

/// A column of a table: its head and the class of its cells.
struct Column {
  var title: String
  /// `n` for numbers, `m` for addresses, names and code; nil for words.
  var style: String?

  init(_ title: String, _ style: String? = nil) {
    self.title = title
    self.style = style
  }
}
