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
  /// Looks for the first line of an event that is printed as it can be read, and takes none.
  private func probe() throws(IngestError) {
    var found = Found()
    var start = 0
    while lines.window.filled < Self.probeLimit, !lines.window.isAtEnd {
      do throws(IngestError) {
        try lines.window.refill(readBytes)
      } catch {
        // What was read is a trace: reading on will say what is wrong.
        guard found.isTrace || found.isEvent else { throw error }
        return
      }
      let bytes = lines.window.bytes
      let seen = bytes.span.bytes
      while let end = LineWindow.lineEnd(seen, from: start, to: lines.window.filled) {
        if try look(at: start..<end, of: seen, &found) { return }
        start = end + 1
      }
      if lines.window.isAtEnd, start < lines.window.filled,
        try look(at: start..<lines.window.filled, of: seen, &found)
      {
        return
      }
    }
    guard lines.window.filled > 0 else {
      throw IngestError(
        .empty, offset: 0, expectation: "a trace was expected, but the input is empty",
        advice: "record it again")
    }
    if found.isEvent || found.isTrace && found.unreadable == nil { return }
    throw refusal(found)
  }

  /// What the first lines showed.
  private struct Found {
    /// A header that only ftrace prints.
    var isTrace = false
    /// An event, but none of a probe.
    var isEvent = false
    /// The first line that is none of ftrace's.
    var unreadable: Int?
  }

  /// Answers whether the line settles that the text can be read.
  private func look(
    at place: Range<Int>, of bytes: RawSpan, _ found: inout Found
  ) throws(IngestError) -> Bool {
    let line = LineWindow.trimmed(bytes, place)
    if let dialect = TextDialect.of(bytes, line, isTrace: found.isTrace) {
      throw dialect.refusal(at: UInt64(place.lowerBound))
    }
    switch TextLineScanner.scan(bytes, line) {
    case .event(let event):
      found.isEvent = true
      // A probe's values begin with its address; a tracepoint's do in every dialect with a name.
      var payload = TextCursor(bytes, event.payload)
      return payload.take(UInt8(ascii: "("))
    case .lost, .bufferStarted: found.isTrace = true
    case .header(let header): found.isTrace = found.isTrace || header.isTelling
    case .unreadable: found.unreadable = found.unreadable ?? place.lowerBound
    case .blank, .stack: break
    }
    return false
  }

  private func refusal(_ found: Found) -> IngestError {
    guard found.isTrace else {
      return IngestError(
        .notATrace, offset: 0,
        expectation: "the magic of a trace.dat or a line of ftrace text was expected, but the "
          + "first \(lines.window.filled) bytes hold neither",
        advice: "give a file written by trace-cmd or the kernel's trace file")
    }
    return IngestError(
      .notATrace, offset: UInt64(found.unreadable ?? 0),
      expectation: "lines of `task-pid [cpu] flags time: event: values` were expected behind the "
        + "header, but none is there",
      advice: "print it again with the default trace_options")
  }
}
