/// Rows in aligned columns. The last column takes what is left of the line and goes on below itself.
struct TextTable {
  /// Where a cell's text stands in its column.
  enum Alignment { case left, right }

  private let columns: [Alignment]
  private var rows: [[Span]] = []
  /// Lines below a row, by the row's place.
  private var notes: [Int: Span] = [:]

  /// A table with a heading; an empty heading has no line of its own.
  init(_ columns: [(title: String, alignment: Alignment)]) {
    self.columns = columns.map(\.alignment)
    if columns.contains(where: { !$0.title.isEmpty }) {
      rows.append(columns.map { Span($0.title, .faint) })
    }
  }

  /// Adds a row; missing cells are empty.
  mutating func add(_ row: [Span]) {
    let missing = max(0, columns.count - row.count)
    rows.append(Array(row.prefix(columns.count)) + [Span](repeating: "", count: missing))
  }

  /// Adds a line below the last row, which takes the whole width.
  mutating func addNote(_ note: Span) { notes[rows.count - 1] = note }

  /// The columns that all but the last one take, gaps included.
  var leadingWidth: Int { widths.dropLast().reduce(0) { $0 + $1 + Self.gap } }

  /// Writes the rows. Where fewer than `narrow` columns are left to the last cell, it goes below
  /// its row instead, indented.
  func write(to page: inout TextPage, indent: Int, narrow: Int = 0) {
    let widths = widths
    let isNarrow = page.options.width - indent - leadingWidth < narrow
    for (place, row) in rows.enumerated() {
      var spans: [Span] = []
      for (cell, (width, alignment)) in zip(row, zip(widths, columns)).dropLast() {
        let filler = Span(String(repeating: " ", count: width - cell.width))
        let gap = Span(String(repeating: " ", count: Self.gap))
        spans += alignment == .left ? [cell, filler, gap] : [filler, cell, gap]
      }
      guard let last = row.last else { continue }
      if isNarrow {
        page.line(spans, indent: indent)
        if last.width > 0 { page.hanging([], last, indent: indent + Self.gap * 2) }
      } else if columns.last == .right {
        let filler = String(repeating: " ", count: (widths.last ?? last.width) - last.width)
        page.line(spans + [Span(filler), last], indent: indent)
      } else {
        page.hanging(spans, last, indent: indent)
      }
      if let note = notes[place] { page.hanging([], note, indent: indent + Self.gap * 2) }
    }
  }

  private static let gap = 2

  private var widths: [Int] {
    columns.indices.map { column in rows.reduce(0) { max($0, $1[column].width) } }
  }
}
