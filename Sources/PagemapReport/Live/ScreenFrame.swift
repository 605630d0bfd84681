/// One picture of a terminal's screen: lines that never wrap, drawn over the picture before, so that
/// nothing flickers.
struct ScreenFrame {
  /// The screen's size.
  let width: Int
  let height: Int
  private let color: Bool
  private var lines: [[Span]] = []

  init(width: Int, height: Int, color: Bool) {
    self.width = max(1, width)
    self.height = max(1, height)
    self.color = color
  }

  /// Lines that are left.
  var room: Int { height - lines.count }

  /// Adds a line, of which as much is shown as fits; none where the screen is full.
  mutating func line(_ spans: [Span]) {
    if room > 0 { lines.append(spans) }
  }

  /// Adds a line whose end stands at the screen's right edge, where both fit.
  mutating func line(_ left: [Span], right: [Span]) {
    let gap = width - Self.columns(left) - Self.columns(right)
    line(gap > 1 ? left + [Span(String(repeating: " ", count: gap))] + right : left)
  }

  private static func columns(_ spans: [Span]) -> Int {
    spans.reduce(0) { $0 + DisplayWidth.columns($1.text) }
  }

  /// The whole picture: the cursor goes home, each line is cleared behind its end, and so is what
  /// lies below the last one.
  var bytes: [UInt8] {
    var bytes = Array("\u{1b}[H".utf8)
    for (index, line) in lines.enumerated() {
      if index > 0 { bytes += Array("\r\n".utf8) }
      let taken = write(line, to: &bytes)
      // Behind a full line the cursor stands on its last character, which must stay.
      if taken < width { bytes += Array("\u{1b}[K".utf8) }
    }
    if lines.count < height {
      bytes += Array((lines.isEmpty ? "" : "\r\n").utf8) + Array("\u{1b}[J".utf8)
    }
    return bytes
  }

  /// Writes as much of a line as fits. Answers the columns that it takes.
  private func write(_ spans: [Span], to bytes: inout [UInt8]) -> Int {
    let isCut = Self.columns(spans) > width
    let limit = isCut && width > 1 ? width - 1 : width
    var taken = 0
    for span in spans {
      let text = DisplayWidth.prefix(span.text, columns: limit - taken)
      taken += DisplayWidth.columns(text)
      if color, span.style != .plain, !text.isEmpty {
        bytes += Array("\u{1b}[\(span.style.rawValue)m\(text)\u{1b}[0m".utf8)
      } else {
        bytes += Array(text.utf8)
      }
      if text.utf8.count < span.text.utf8.count { break }
    }
    guard isCut, width > 1 else { return taken }
    bytes += Array(">".utf8)
    return taken + 1
  }
}
