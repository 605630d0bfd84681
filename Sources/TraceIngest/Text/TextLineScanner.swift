/// Takes lines of ftrace text apart, byte by byte, as the kernel and trace-cmd print them.
///
/// Task names may hold blanks, dashes, colons and brackets. What cannot be mistaken is ` [cpu] `
/// with a dash and a number before it and a stamp behind it; that is where a line is grasped.
enum TextLineScanner {
  /// More CPUs than any kernel is built for.
  static let cpuLimit: UInt64 = 8191
  /// Task names are padded to this width, so that the dash behind them stands here or later.
  private static let commWidth = 16

  /// Takes a line apart, given without its line end.
  static func scan(_ bytes: RawSpan, _ line: Range<Int>) -> TextLine {
    var cursor = TextCursor(bytes, line)
    cursor.skipSpace()
    switch cursor.current {
    case nil: return .blank
    case 0xef:
      // What some editors put at the start of a text.
      if cursor.take("\u{FEFF}") { return scan(bytes, cursor.place..<line.upperBound) }
    case UInt8(ascii: "#"): return comment(cursor)
    case UInt8(ascii: "="):
      if cursor.take("=>") { return .stack }
    case UInt8(ascii: "C"):
      if let notice = notice(cursor) { return notice }
    case UInt8(ascii: "c"):
      if cursor.take("cpus="), cursor.number(upTo: cpuLimit + 1) != nil, cursor.current == nil {
        return .header(TextHeader(isTelling: true))
      }
    case UInt8(ascii: "v"):
      if cursor.take("version = "), cursor.number(upTo: 99) != nil { return .header(TextHeader()) }
    default: break
    }
    if let event = event(bytes, line) { return .event(event) }
    return isFrame(cursor) ? .stack : .unreadable
  }

  /// A line of a stack as perf prints it: an address, and what lies there.
  private static func isFrame(_ start: borrowing TextCursor) -> Bool {
    var cursor = copy start
    var digits = 0
    while let byte = cursor.current, isHexDigit(byte) {
      cursor.place += 1
      digits += 1
    }
    return digits >= 4 && digits <= 16 && cursor.take(UInt8(ascii: " "))
      && cursor.byte(at: cursor.end - 1) == UInt8(ascii: ")")
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }

  // MARK: - Headers and notices

  private static func comment(_ start: consuming TextCursor) -> TextLine {
    var cursor = start
    if cursor.take("##### CPU "), let cpu = cursor.number(upTo: cpuLimit),
      cursor.take(" buffer started")
    {
      return .bufferStarted(cpu: UInt32(cpu))
    }
    if cursor.take("# tracer:") { return .header(TextHeader(isTelling: true)) }
    guard cursor.take("# entries-in-buffer/entries-written:") else { return .blank }
    cursor.skipBlanks()
    guard let held = cursor.number(upTo: .max), cursor.take(UInt8(ascii: "/")),
      let written = cursor.number(upTo: .max)
    else { return .blank }
    return .header(
      TextHeader(overwritten: written > held ? written - held : 0, held: held, isTelling: true))
  }

  /// The loss notices of both dialects, and `CPU 1 is empty`.
  private static func notice(_ start: borrowing TextCursor) -> TextLine? {
    var cursor = copy start
    if cursor.take("CPU "), cursor.number(upTo: cpuLimit) != nil, cursor.take(" is empty") {
      return .blank
    }
    cursor = copy start
    guard cursor.take("CPU:"), let cpu = cursor.number(upTo: cpuLimit), cursor.take(" [") else {
      return nil
    }
    if cursor.take("LOST EVENTS]") || cursor.take("EVENTS DROPPED]") {
      return .lost(cpu: UInt32(cpu), count: nil)
    }
    let isKernels = cursor.take("LOST ")
    guard let count = cursor.number(upTo: .max),
      isKernels ? cursor.take(" EVENTS]") : cursor.take(" EVENTS DROPPED]")
    else { return nil }
    return .lost(cpu: UInt32(cpu), count: count)
  }

  // MARK: - Events

  /// The first bracketed number that has a task before and a stamp behind it. A task's name may
  /// look like a whole line of its own: brackets inside the name's padded column come second.
  private static func event(_ bytes: RawSpan, _ line: Range<Int>) -> TextEvent? {
    var inName: TextEvent?
    var place = line.lowerBound
    while place < line.upperBound {
      if bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self) == UInt8(ascii: "["),
        let found = event(bytes, line, bracket: place)
      {
        if found.comm.upperBound - line.lowerBound >= commWidth { return found }
        if inName == nil { inName = found }
      }
      place += 1
    }
    return inName ?? latencyEvent(bytes, line)
  }

  /// `comm-pid 1d..2. stamp: name: payload`, by `trace-cmd report -l`: the CPU stands before its flags.
  private static func latencyEvent(_ bytes: RawSpan, _ line: Range<Int>) -> TextEvent? {
    for place in line where bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self) == 0x2d {
      var cursor = TextCursor(bytes, place + 1..<line.upperBound)
      guard cursor.number(upTo: UInt64(Int32.max)) != nil, cursor.take(UInt8(ascii: " ")) else {
        continue
      }
      cursor.skipBlanks()
      let columns = cursor.place
      guard let cpu = cursor.number(upTo: cpuLimit),
        let task = task(bytes, line, before: columns), task.hasDash
      else { continue }
      let flags = cursor.place
      guard skipFlags(&cursor), cursor.current == UInt8(ascii: " ") else { continue }
      cursor.place = flags
      if let event = event(&cursor, task, cpu, end: line.upperBound) { return event }
    }
    return nil
  }

  typealias Task = (comm: Range<Int>, pid: Int32, hasDash: Bool)

  private static func event(_ bytes: RawSpan, _ line: Range<Int>, bracket: Int) -> TextEvent? {
    var cursor = TextCursor(bytes, bracket + 1..<line.upperBound)
    guard let cpu = cursor.number(upTo: cpuLimit), cursor.take("] "),
      let task = task(bytes, line, before: bracket)
    else { return nil }
    return event(&cursor, task, cpu, end: line.upperBound)
  }

  /// What stands behind the task and its CPU.
  private static func event(
    _ cursor: inout TextCursor, _ task: Task, _ cpu: UInt64, end: Int
  ) -> TextEvent? {
    var flags = 0..<0
    guard let (timestamp, isTime) = stampBehindFlags(&cursor, &flags) else { return nil }
    cursor.skipBlanks()
    skipDifference(&cursor)
    let (name, hasSystem) = name(&cursor)
    // perf prints no dash, and always the system.
    guard task.hasDash || hasSystem else { return nil }
    return TextEvent(
      comm: task.comm, pid: task.pid, cpu: UInt32(cpu), timestamp: timestamp, stampIsTime: isTime,
      context: flags.isEmpty ? nil : TextContext(cursor, flags), name: name,
      payload: cursor.place..<end)
  }
}
