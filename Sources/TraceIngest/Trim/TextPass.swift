/// One pass over the lines of a text that can be read again.
struct TextPass {
  private let file: FileSource
  private var window = LineWindow()

  /// A line, or what stands in the place of one.
  enum Line {
    /// A line and where it stands in the window, its end included.
    case whole(TextLine, Range<Int>)
    /// A line that is longer than any window.
    case tooLong
    /// What stands behind the last line's end.
    case rest(Range<Int>)
  }

  init(_ file: FileSource) { self.file = file }

  /// Hands every line to `body`: the line, the window it stands in, and its place in the file.
  mutating func run(
    _ body: (Line, [UInt8], UInt64) -> Void
  ) throws(IngestError) {
    var isInsideLongLine = false
    while true {
      let bytes = window.bytes
      let span = bytes.span.bytes
      while let end = LineWindow.lineEnd(span, from: window.position, to: window.filled) {
        let start = window.position
        if isInsideLongLine {
          isInsideLongLine = false
        } else {
          let line = TextLineScanner.scan(span, LineWindow.trimmed(span, start..<end))
          body(.whole(line, start..<end + 1), bytes, window.nextOffset)
        }
        window.position = end + 1
      }
      if window.isFull {
        if !isInsideLongLine { body(.tooLong, bytes, window.nextOffset) }
        isInsideLongLine = true
        window.drop()
      }
      if window.isAtEnd {
        let rest = window.position..<window.filled
        if !rest.isEmpty, !isInsideLongLine { body(.rest(rest), bytes, window.nextOffset) }
        return
      }
      let place = window.offset + UInt64(window.filled)
      try window.refill { buffer throws(IngestError) in try file.read(at: place, into: buffer) }
    }
  }
}
