import TraceWords

/// Rows whose first cells stand in columns; what follows them is as long as it is.
struct LiveColumns {
  private let alignments: [TextTable.Alignment]
  private var cells: [[Span]] = []
  private var tails: [[Span]] = []

  /// Columns by the place of their text; further ones are aligned to the left.
  init(_ alignments: [TextTable.Alignment] = []) { self.alignments = alignments }

  mutating func add(_ row: [Span], _ tail: [Span] = []) {
    cells.append(row)
    tails.append(tail)
  }

  /// The rows, each cell as wide as the widest of its column.
  var rows: [[Span]] {
    var widths: [Int] = []
    for row in cells {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], DisplayWidth.columns(cell.text))
      }
    }
    return zip(cells, tails).map { row, tail in
      row.enumerated().flatMap { column, cell -> [Span] in
        let filler = widths[column] - DisplayWidth.columns(cell.text)
        let space = Span(String(repeating: " ", count: filler))
        let isRight = alignments.indices.contains(column) && alignments[column] == .right
        return [Span("  ")] + (isRight ? [space, cell] : [cell, space])
      } + (tail.isEmpty ? [] : [Span("  ")] + tail)
    }
  }
}

/// Numbers that change while one looks: short, and of about the same length.
enum LiveFormat {
  /// `0`, `0.4`, `12.3`, `1,234`.
  static func rate(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "0" }
    guard value < 1e18 else { return "many" }
    if value >= 100 { return Format.count(UInt64(value.rounded())) }
    let tenths = UInt64((value * 10).rounded())
    return tenths == 0 ? "<0.1" : Format.fixed(tenths, scale: 1, decimals: tenths % 10 == 0 ? 0 : 1)
  }

  /// `12.5 MiB/s`.
  static func bytes(_ value: Double) -> String {
    guard value.isFinite, value >= 0.5, value < 1e18 else { return "0 B/s" }
    return Format.bytes(UInt64(value.rounded())) + "/s"
  }
}
