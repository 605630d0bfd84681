/// A way of printing events that is not read: its columns, or its values, are others. What it is shows in
/// a line, and which option to leave out is known.
enum TextDialect: CaseIterable, Sendable {
  /// `trace-cmd report -R`, or `-r EVENT`.
  case rawReport
  /// The kernel's `trace_options/fields`.
  case fields
  /// The kernel's `trace_options/raw`.
  case raw
  /// The kernel's `trace_options/hex`.
  case hex
  /// The kernel's `trace_options/latency-format`, or a tracer of latencies.
  case latencyFormat
  /// The kernel's tracer `function_graph`.
  case functionGraph
  /// The kernel's `trace_options/context-info`, switched off.
  case noContext
  /// `trace-cmd report` of several files.
  case severalFiles
  /// Escape sequences in the lines.
  case coloured

  /// What it is.
  var name: String {
    switch self {
    case .rawReport: "trace-cmd report -R (raw values)"
    case .fields: "the kernel's trace_options/fields"
    case .raw: "the kernel's trace_options/raw"
    case .hex: "the kernel's trace_options/hex"
    case .latencyFormat: "the kernel's trace_options/latency-format"
    case .functionGraph: "the kernel's function_graph tracer"
    case .noContext: "the kernel's trace_options/nocontext-info"
    case .severalFiles: "trace-cmd report of several files"
    case .coloured: "coloured text (escape sequences)"
    }
  }

  /// What to do.
  var advice: String {
    switch self {
    case .rawReport: "print it again without -R and -r, or give the trace.dat"
    case .fields: "write 0 to trace_options/fields and print it again"
    case .raw: "write 0 to trace_options/raw and print it again"
    case .hex: "write 0 to trace_options/hex and print it again"
    case .latencyFormat: "write 0 to trace_options/latency-format and print it again"
    case .functionGraph: "write nop to current_tracer and record it again"
    case .noContext: "write 1 to trace_options/context-info and print it again"
    case .severalFiles: "print and give the files one by one, or give the trace.dat files"
    case .coloured: "print it without colours"
    }
  }

  /// The error that refuses it; `offset` is where its line starts.
  func refusal(at offset: UInt64) -> IngestError {
    IngestError(
      .notATrace, offset: offset,
      expectation: "lines of `task-pid [cpu] flags time: event: values` were expected, but this is "
        + name,
      advice: advice)
  }
}

// MARK: - What a line shows

extension TextDialect {
  /// The dialect that a line shows; nil where it shows none. `isTrace` tells whether a header of the
  /// kernel was met, behind which lines of plain numbers are its events.
  static func of(_ bytes: RawSpan, _ line: Range<Int>, isTrace: Bool) -> TextDialect? {
    var cursor = TextCursor(bytes, line)
    cursor.skipBlanks()
    if cursor.current == UInt8(ascii: "#") { return ofComment(cursor) }
    if endsInFileHeader(cursor) { return .severalFiles }
    if case .event(let event) = TextLineScanner.scan(bytes, line) {
      // Tasks and devices may have any name: only the columns between tell.
      let columns = event.comm.upperBound..<min(event.payload.lowerBound + 1, line.upperBound)
      if hasEscape(cursor, columns) { return .coloured }
      return ofPayload(bytes, event.payload)
    }
    if hasEscape(cursor, line) { return .coloured }
    if isTrace, isRaw(cursor) { return .raw }
    if isTrace, isHex(cursor) { return .hex }
    return isBare(cursor) ? .noContext : nil
  }

  /// The dialect that an event's values show: probes print their addresses in brackets.
  static func ofPayload(_ bytes: RawSpan, _ payload: Range<Int>) -> TextDialect? {
    var cursor = TextCursor(bytes, payload)
    guard cursor.take("__probe_ip=") || cursor.take("__probe_func=") else { return nil }
    while let byte = cursor.current, byte != UInt8(ascii: " ") { cursor.place += 1 }
    return cursor.take(" (") ? .fields : .rawReport
  }

  private static func hasEscape(_ cursor: borrowing TextCursor, _ range: Range<Int>) -> Bool {
    for place in range where cursor.byte(at: place) == 0x1b { return true }
    return false
  }

  private static func ofComment(_ start: borrowing TextCursor) -> TextDialect? {
    var cursor = copy start
    if cursor.take("# tracer: function_graph") { return .functionGraph }
    while cursor.current != nil {
      if cursor.take(" latency trace v") { return .latencyFormat }
      cursor.place += 1
    }
    return nil
  }

  /// `FILE: cpus=4`, the first line of each of several files.
  private static func endsInFileHeader(_ start: borrowing TextCursor) -> Bool {
    var cursor = copy start
    while cursor.current != nil {
      if cursor.take(": cpus="), cursor.number(upTo: TextLineScanner.cpuLimit + 1) != nil {
        return cursor.current == nil
      }
      cursor.place += 1
    }
    return false
  }

  /// `PID CPU TIME values`, all of them numbers.
  private static func isRaw(_ start: borrowing TextCursor) -> Bool {
    var cursor = copy start
    for _ in 0..<3 {
      guard cursor.number(upTo: .max) != nil, cursor.take(UInt8(ascii: " ")) else { return false }
    }
    return true
  }

  /// Pairs of hexadecimal digits and blanks.
  private static func isHex(_ start: borrowing TextCursor) -> Bool {
    var cursor = copy start
    var digits = 0
    while let byte = cursor.current {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): digits += 1
      case UInt8(ascii: " "): break
      default: return false
      }
      cursor.place += 1
    }
    return digits >= 16
  }

  /// `event: (address) values`, without a task and a stamp.
  private static func isBare(_ start: borrowing TextCursor) -> Bool {
    var cursor = copy start
    guard TextLineScanner.identifier(&cursor) else { return false }
    return cursor.take(": (") && cursor.current.map { $0 != UInt8(ascii: "+") } ?? false
  }
}
