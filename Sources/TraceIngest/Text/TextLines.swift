/// The lines of a text, one window after another: what they tell goes to a batch, to the ledger and
/// to the metadata.
struct TextLines {
  /// What is read and not yet scanned.
  var window = LineWindow()
  /// Which events are handed on.
  var selection = EventSelection.all
  /// Counts and losses.
  private(set) var text = TextLedger()
  /// The names that lines gave tasks, by their ids.
  private(set) var taskNames = TaskNames()
  /// Lines of stack traces that were passed over.
  private(set) var stackLines: UInt64 = 0
  /// What the lines tell of the trace.
  private(set) var metadata = TraceMetadata(container: .text)

  private var names = TextNameTable()
  private var knownPids = [Int32](repeating: -1, count: 1024)
  /// Whether the line before belongs to a marker, whose text may have several lines.
  private var isBehindMarker = false
  /// How many values the first event of each name had, for the last line.
  private var valueCounts: [[UInt8]: Int] = [:]
  /// Whether the rest of a line that did not fit the window is still to be passed over.
  private var isInsideLongLine = false
  private var sawStamp = false
  private var isFinished = false

  private static let recordLimit = 4096
  private static let taskLimit = 65_536

  init() {
    metadata.buffers = [TraceBuffer(name: "", cpus: [])]
  }

  /// Hands on the lines that the window holds whole, as far as the batch takes them.
  mutating func scan(into batch: inout RecordBatch) {
    let bytes = window.bytes
    let span = bytes.span.bytes
    while batch.records.count < Self.recordLimit {
      guard let end = LineWindow.lineEnd(span, from: window.position, to: window.filled) else {
        if window.isFull { skipLongLine() }
        return
      }
      let line = LineWindow.trimmed(span, window.position..<end)
      if isInsideLongLine {
        isInsideLongLine = false
      } else {
        take(TextLineScanner.scan(span, line), line, in: bytes, into: &batch)
      }
      window.position = end + 1
    }
  }

  private mutating func take(
    _ scanned: TextLine, _ line: Range<Int>, in bytes: [UInt8], into batch: inout RecordBatch
  ) {
    switch scanned {
    case .blank: break
    case .header(let header): text.take(header)
    case .bufferStarted(let cpu): text.bufferStarted(cpu)
    case .lost(let cpu, let count): text.lost(cpu, count)
    case .stack: stackLines &+= 1
    case .event(let event): take(event, in: bytes, into: &batch)
    case .unreadable:
      if isBehindMarker { return }
      text.add(
        Damage(
          kind: .unreadableLine, offset: window.nextOffset, length: UInt64(line.count) + 1,
          message: "a line of ftrace text was expected"))
    }
  }

  /// Events whose text is what a program wrote, line ends included.
  private static let markers: [[UInt8]] = ["tracing_mark_write", "print", "bprint", "bputs"].map {
    Array($0.utf8)
  }

  private mutating func take(_ event: TextEvent, in bytes: [UInt8], into batch: inout RecordBatch) {
    let span = bytes.span.bytes
    if !sawStamp {
      sawStamp = true
      metadata.timestampsAreNanoseconds = event.stampIsTime
    }
    text.count(event, at: window.nextOffset, into: &batch)
    learn(event, in: bytes)
    isBehindMarker = Self.markers.contains { bytes[event.name] == $0[...] }
    guard let id = id(of: event, in: bytes) else { return }
    if let dialect = TextDialect.ofPayload(span, event.payload) {
      text.add(
        Damage(
          kind: .unreadableLine, offset: window.nextOffset, length: nil, cpu: event.cpu,
          message: "values as probes print them were expected, but this is \(dialect.name)"))
      return
    }
    var header = RecordHeader(
      timestamp: event.timestamp, payloadOffset: UInt32(batch.bytes.count),
      payloadLength: UInt32(event.payload.count), cpu: event.cpu, pid: event.pid, eventID: id,
      kind: .text)
    if let context = event.context {
      header.hasContext = true
      header.contextFlags = context.flags
      header.contextCounts = context.counts
    }
    batch.records.append(header)
    batch.bytes.append(contentsOf: bytes[event.payload])
  }

  /// The id that the selection gave the event's name; nil where nobody wants it.
  private mutating func id(of event: TextEvent, in bytes: [UInt8]) -> UInt16? {
    let span = bytes.span.bytes
    switch names.answer(span, event.name) {
    case .wanted(let id): return id
    case .unwanted: return nil
    case .unknown:
      let name = span.extracting(event.name).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      let id = selection.idOfName(name) ?? (selection.wantsAll ? UInt16.max : nil)
      names.add(span, event.name, id: id)
      if valueCounts.count < Self.recordLimit {
        valueCounts[Array(bytes[event.name])] = Self.values(event, bytes)
      }
      return id
    }
  }

  /// Keeps the first name of a task that the text tells; `<...>` is the kernel's word for unknown.
  private mutating func learn(_ event: TextEvent, in bytes: [UInt8]) {
    let slot = Int(event.pid) & 1023
    guard knownPids[slot] != event.pid, bytes[event.comm] != [0x3c, 0x2e, 0x2e, 0x2e, 0x3e] else {
      return
    }
    knownPids[slot] = event.pid
    guard event.pid != 0, taskNames.count < Self.taskLimit, taskNames[event.pid] == nil else {
      return
    }
    taskNames[event.pid] = String(decoding: bytes[event.comm], as: UTF8.self)
  }

  private static func values(_ event: TextEvent, _ bytes: [UInt8]) -> Int {
    event.payload.isEmpty ? -1 : bytes[event.payload].count { $0 == UInt8(ascii: "=") }
  }

  /// Passes over the part of a line that fills the window.
  private mutating func skipLongLine() {
    if !isInsideLongLine {
      text.add(
        Damage(
          kind: .unreadableLine, offset: window.nextOffset, length: nil,
          message: "a line of ftrace text was expected, but this one is longer than "
            + "\(LineWindow.capacity) bytes"))
    }
    isInsideLongLine = true
    window.drop()
  }

  /// Takes in a last line without its end, and the losses that no record followed.
  mutating func finish(into batch: inout RecordBatch) {
    guard !isFinished else { return }
    isFinished = true
    if window.position < window.filled, !isInsideLongLine { takeRest(into: &batch) }
    window.drop()
    text.finish(at: window.nextOffset, into: &batch)
    metadata.buffers = [TraceBuffer(name: "", cpus: text.ledger.cpus.map(\.cpu))]
  }

  /// Takes a last line without its end. An event with as many values as earlier ones of its name is whole
  /// but for its last value, which may be cut: it is taken in, and nothing is proven by it.
  private mutating func takeRest(into batch: inout RecordBatch) {
    let bytes = window.bytes
    let line = LineWindow.trimmed(bytes.span.bytes, window.position..<window.filled)
    switch TextLineScanner.scan(bytes.span.bytes, line) {
    case .event(let event)
    where !event.name.isEmpty && valueCounts[Array(bytes[event.name])] == Self.values(event, bytes):
      take(event, in: bytes, into: &batch)
      text.doubtLast()
      return
    case .unreadable where isBehindMarker: return
    case .event, .unreadable, .blank: break
    case let rest: return take(rest, line, in: bytes, into: &batch)
    }
    text.add(
      Damage(
        kind: .truncated, offset: window.nextOffset, length: UInt64(line.count),
        message: "the end of the last line was expected, but the text ends"))
  }
}
