import Glibc

/// Reads ftrace text: the kernel's `trace` and `trace_pipe`, and what `trace-cmd report` prints.
///
/// Lines are read one after another from a stream of bytes, in a window of bounded size, and their
/// records keep the order of the lines. Text does not tell when the recording ended, so what is
/// missing at its end cannot be proved missing.
package final class TextTraceReader: TraceReader {
  package private(set) var metadata = TraceMetadata(container: .text)
  package private(set) var taskNames = TaskNames()
  package var ledger: TraceLedger { text.ledger }

  /// Reads bytes of the input into a buffer and answers how many; 0 at the end.
  package typealias ReadBytes = (UnsafeMutableRawBufferPointer) throws(IngestError) -> Int

  /// Lines of stack traces that were passed over.
  package private(set) var stackLines: UInt64 = 0

  private let readBytes: ReadBytes
  private var window = LineWindow()
  private var selection = EventSelection.all
  private var names = TextNameTable()
  private var text = TextLedger()
  private var knownPids = [Int32](repeating: -1, count: 1024)
  /// Whether the rest of a line that did not fit the window is still to be passed over.
  private var isInsideLongLine = false
  private var sawStamp = false
  private var isFinished = false

  /// How much is read before an input without any ftrace line is refused.
  private static let probeLimit = 1 << 16
  private static let recordLimit = 4096
  private static let taskLimit = 65_536

  /// Opens text that `readBytes` yields from its first byte on, and reads its first lines.
  ///
  /// - Throws: `IngestError.Code.notATrace` where none of the first lines is ftrace's, and what
  ///   `readBytes` throws.
  package init(readBytes: @escaping ReadBytes) throws(IngestError) {
    self.readBytes = readBytes
    metadata.buffers = [TraceBuffer(name: "", cpus: [])]
    try probe()
  }

  package func select(_ selection: EventSelection) { self.selection = selection }

  package func read(into batch: inout RecordBatch) throws(IngestError) -> Bool {
    batch.removeAll()
    var isDone = false
    while batch.records.isEmpty, !isDone {
      scanLines(into: &batch)
      guard batch.records.isEmpty else { break }
      if window.isAtEnd {
        finish(into: &batch)
        isDone = true
      } else {
        try window.refill(readBytes)
      }
    }
    batch.bytes.append(contentsOf: repeatElement(0, count: RecordBatch.slack))
    if batch.records.isEmpty { batch.removeAll() }
    return !batch.records.isEmpty
  }
}

// MARK: - Lines

extension TextTraceReader {
  /// Looks for the first line that only ftrace prints, and takes none.
  private func probe() throws(IngestError) {
    var start = 0
    while window.filled < Self.probeLimit, !window.isAtEnd {
      try window.refill(readBytes)
      let bytes = window.bytes
      let seen = bytes.span.bytes
      while let end = Self.lineEnd(seen, from: start, to: window.filled) {
        if Self.isTelling(seen, start..<end) { return }
        start = end + 1
      }
      if window.isAtEnd, Self.isTelling(seen, start..<window.filled) { return }
    }
    guard window.filled > 0 else {
      throw IngestError(
        .empty, offset: 0, expectation: "a trace was expected, but the input is empty",
        advice: "record it again")
    }
    throw IngestError(
      .notATrace, offset: 0,
      expectation: "the magic of a trace.dat or a line of ftrace text was expected, but the first "
        + "\(window.filled) bytes hold neither",
      advice: "give a file written by trace-cmd or the kernel's trace file")
  }

  private static func isTelling(_ bytes: RawSpan, _ line: Range<Int>) -> Bool {
    switch TextLineScanner.scan(bytes, trimmed(bytes, line)) {
    case .event, .lost, .bufferStarted: true
    case .header(let header): header.isTelling
    default: false
    }
  }

  /// Hands on the lines that the window holds whole, as far as the batch takes them.
  private func scanLines(into batch: inout RecordBatch) {
    let bytes = window.bytes
    let span = bytes.span.bytes
    while batch.records.count < Self.recordLimit {
      guard let end = Self.lineEnd(span, from: window.position, to: window.filled) else {
        if window.isFull { skipLongLine() }
        return
      }
      let line = Self.trimmed(span, window.position..<end)
      if isInsideLongLine {
        isInsideLongLine = false
      } else {
        take(TextLineScanner.scan(span, line), line, in: bytes, into: &batch)
      }
      window.position = end + 1
    }
  }

  private func take(
    _ scanned: TextLine, _ line: Range<Int>, in bytes: [UInt8], into batch: inout RecordBatch
  ) {
    switch scanned {
    case .blank: break
    case .header(let header): text.overwritten &+= header.overwritten
    case .bufferStarted(let cpu): text.bufferStarted(cpu)
    case .lost(let cpu, let count): text.lost(cpu, count)
    case .stack: stackLines &+= 1
    case .event(let event): take(event, in: bytes, into: &batch)
    case .unreadable:
      text.ledger.add(
        Damage(
          kind: .unreadableLine, offset: window.nextOffset, length: UInt64(line.count) + 1,
          message: "a line of ftrace text was expected"))
    }
  }

  private func take(_ event: TextEvent, in bytes: [UInt8], into batch: inout RecordBatch) {
    let span = bytes.span.bytes
    if !sawStamp {
      sawStamp = true
      metadata.timestampsAreNanoseconds = event.stampIsTime
    }
    text.count(event, into: &batch)
    learn(event, in: bytes)
    guard let id = id(of: event, in: span) else { return }
    batch.records.append(
      RecordHeader(
        timestamp: event.timestamp, payloadOffset: UInt32(batch.bytes.count),
        payloadLength: UInt32(event.payload.count), cpu: event.cpu, pid: event.pid, eventID: id,
        kind: .text))
    batch.bytes.append(contentsOf: bytes[event.payload])
  }

  /// The id that the selection gave the event's name; nil where nobody wants it.
  private func id(of event: TextEvent, in span: RawSpan) -> UInt16? {
    switch names.answer(span, event.name) {
    case .wanted(let id): return id
    case .unwanted: return nil
    case .unknown:
      let name = span.extracting(event.name).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      let id = selection.idOfName(name) ?? (selection.wantsAll ? UInt16.max : nil)
      names.add(span, event.name, id: id)
      return id
    }
  }

  /// Keeps the first name of a task that the text tells; `<...>` is the kernel's word for unknown.
  private func learn(_ event: TextEvent, in bytes: [UInt8]) {
    let slot = Int(event.pid) & 1023
    guard knownPids[slot] != event.pid else { return }
    knownPids[slot] = event.pid
    guard event.pid != 0, taskNames.count < Self.taskLimit, taskNames[event.pid] == nil,
      bytes[event.comm] != [0x3c, 0x2e, 0x2e, 0x2e, 0x3e]
    else { return }
    taskNames[event.pid] = String(decoding: bytes[event.comm], as: UTF8.self)
  }

  /// Passes over the part of a line that fills the window.
  private func skipLongLine() {
    if !isInsideLongLine {
      text.ledger.add(
        Damage(
          kind: .unreadableLine, offset: window.nextOffset, length: nil,
          message: "a line of ftrace text was expected, but this one is longer than "
            + "\(LineWindow.capacity) bytes"))
    }
    isInsideLongLine = true
    window.drop()
  }

  /// Notes a last line without its end, which may be cut anywhere and is not handed on, and the
  /// losses that no record followed.
  private func finish(into batch: inout RecordBatch) {
    guard !isFinished else { return }
    isFinished = true
    let left = window.filled - window.position
    if left > 0, !isInsideLongLine {
      text.ledger.add(
        Damage(
          kind: .truncated, offset: window.nextOffset, length: UInt64(left),
          message: "the end of the last line was expected, but the text ends"))
    }
    window.drop()
    text.finish(into: &batch)
    metadata.buffers = [TraceBuffer(name: "", cpus: text.ledger.cpus.map(\.cpu))]
  }

  private static func lineEnd(_ bytes: RawSpan, from start: Int, to end: Int) -> Int? {
    guard start < end else { return nil }
    return bytes.withUnsafeBytes { buffer in
      let found = buffer.baseAddress.flatMap { memchr($0 + start, 0x0a, end - start) }
      guard let found, let base = buffer.baseAddress else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  /// The line without the carriage return that some transport added.
  private static func trimmed(_ bytes: RawSpan, _ line: Range<Int>) -> Range<Int> {
    guard let last = line.last,
      bytes.unsafeLoad(fromByteOffset: last, as: UInt8.self) == UInt8(ascii: "\r")
    else { return line }
    return line.lowerBound..<last
  }
}
