/// Reads ftrace text: the kernel's `trace` and `trace_pipe`, and what `trace-cmd report` prints.
///
/// Lines are read one after another from a stream of bytes, in a window of bounded size, and their
/// records keep the order of the lines. Text does not tell when the recording ended, so what is
/// missing at its end cannot be proved missing.
package final class TextTraceReader: TraceReader {
  package var metadata: TraceMetadata { lines.metadata }
  package var taskNames: TaskNames { lines.taskNames }
  package var ledger: TraceLedger { lines.text.ledger }

  /// Reads bytes of the input into a buffer and answers how many; 0 at the end.
  package typealias ReadBytes = (UnsafeMutableRawBufferPointer) throws(IngestError) -> Int

  /// Lines of stack traces that were passed over.
  package var stackLines: UInt64 { lines.stackLines }

  private let readBytes: ReadBytes
  private var lines = TextLines()

  /// How much is read before an input without any ftrace line is refused.
  private static let probeLimit = 1 << 16

  /// Opens text that `readBytes` yields from its first byte on, and reads its first lines.
  ///
  /// - Throws: `IngestError.Code.notATrace` where none of the first lines is ftrace's, and what
  ///   `readBytes` throws.
  package init(readBytes: @escaping ReadBytes) throws(IngestError) {
    self.readBytes = readBytes
    try probe()
  }

  package func select(_ selection: EventSelection) { lines.selection = selection }

  package func read(into batch: inout RecordBatch) throws(IngestError) -> Bool {
    batch.removeAll()
    var isDone = false
    while batch.records.isEmpty, !isDone {
      lines.scan(into: &batch)
      guard batch.records.isEmpty else { break }
      if lines.window.isAtEnd {
        lines.finish(into: &batch)
        isDone = true
      } else {
        try lines.window.refill(readBytes)
      }
    }
    batch.bytes.append(contentsOf: repeatElement(0, count: RecordBatch.slack))
    if batch.records.isEmpty { batch.removeAll() }
    return !batch.records.isEmpty
  }
}

// MARK: - Is it a trace?

extension TextTraceReader {
  /// Looks for the first line that only ftrace prints, and takes none.
  private func probe() throws(IngestError) {
    var start = 0
    while lines.window.filled < Self.probeLimit, !lines.window.isAtEnd {
      try lines.window.refill(readBytes)
      let bytes = lines.window.bytes
      let seen = bytes.span.bytes
      while let end = LineWindow.lineEnd(seen, from: start, to: lines.window.filled) {
        if Self.isTelling(seen, start..<end) { return }
        start = end + 1
      }
      if lines.window.isAtEnd, Self.isTelling(seen, start..<lines.window.filled) { return }
    }
    guard lines.window.filled > 0 else {
      throw IngestError(
        .empty, offset: 0, expectation: "a trace was expected, but the input is empty",
        advice: "record it again")
    }
    throw IngestError(
      .notATrace, offset: 0,
      expectation: "the magic of a trace.dat or a line of ftrace text was expected, but the first "
        + "\(lines.window.filled) bytes hold neither",
      advice: "give a file written by trace-cmd or the kernel's trace file")
  }

  private static func isTelling(_ bytes: RawSpan, _ line: Range<Int>) -> Bool {
    switch TextLineScanner.scan(bytes, LineWindow.trimmed(bytes, line)) {
    case .event, .lost, .bufferStarted: true
    case .header(let header): header.isTelling
    default: false
    }
  }
}
