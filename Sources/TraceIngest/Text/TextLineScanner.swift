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
    cursor.skipBlanks()
    switch cursor.current {
    case nil: return .blank
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
    return event(bytes, line).map(TextLine.event) ?? .unreadable
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
      TextHeader(overwritten: written > held ? written - held : 0, isTelling: true))
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
    return inName
  }

  private static func event(_ bytes: RawSpan, _ line: Range<Int>, bracket: Int) -> TextEvent? {
    var cursor = TextCursor(bytes, bracket + 1..<line.upperBound)
    guard let cpu = cursor.number(upTo: cpuLimit), cursor.take("] "),
      let task = task(bytes, line, before: bracket)
    else { return nil }
    var flags = 0..<0
    guard let (timestamp, isTime) = stampBehindFlags(&cursor, &flags) else { return nil }
    cursor.skipBlanks()
    let name = name(&cursor)
    return TextEvent(
      comm: task.comm, pid: task.pid, cpu: UInt32(cpu), timestamp: timestamp, stampIsTime: isTime,
      context: flags.isEmpty ? nil : TextContext(cursor, flags), name: name,
      payload: cursor.place..<line.upperBound)
  }

  /// `comm-pid`, with an optional `(tgid)` or `(-----)`, read backwards from the bracket.
  private static func task(
    _ bytes: RawSpan, _ line: Range<Int>, before bracket: Int
  ) -> (comm: Range<Int>, pid: Int32)? {
    func byte(_ place: Int) -> UInt8 { bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self) }
    func isDigit(_ place: Int) -> Bool {
      byte(place) >= UInt8(ascii: "0") && byte(place) <= UInt8(ascii: "9")
    }
    let first = line.lowerBound
    var end = bracket
    func skipBlanks() { while end > first, byte(end - 1) == UInt8(ascii: " ") { end -= 1 } }
    skipBlanks()
    guard end < bracket, end > first else { return nil }
    if byte(end - 1) == UInt8(ascii: ")") {
      var open = end - 1
      while open > first, end - open < 16, byte(open) != UInt8(ascii: "(") { open -= 1 }
      guard byte(open) == UInt8(ascii: "(") else { return nil }
      end = open
      skipBlanks()
    }
    var start = end
    while start > first, end - start < 11, isDigit(start - 1) { start -= 1 }
    guard start < end, start > first, byte(start - 1) == UInt8(ascii: "-") else { return nil }
    var digits = TextCursor(bytes, start..<end)
    guard let pid = digits.number(upTo: UInt64(Int32.max)) else { return nil }
    var commStart = first
    while commStart < start - 1, byte(commStart) == UInt8(ascii: " ") { commStart += 1 }
    return (commStart..<start - 1, Int32(pid))
  }

  /// A stamp, with flags before it or without.
  private static func stampBehindFlags(
    _ cursor: inout TextCursor, _ flags: inout Range<Int>
  ) -> (UInt64, isTime: Bool)? {
    cursor.skipBlanks()
    let start = cursor.place
    if let stamp = stamp(&cursor) { return stamp }
    cursor.place = start
    guard skipFlags(&cursor) else { return nil }
    flags = start..<cursor.place
    cursor.skipBlanks()
    return stamp(&cursor)
  }

  /// 4 to 8 flag characters, `.....` or `dNh2.`, of which kernels have ever more.
  private static func skipFlags(_ cursor: inout TextCursor) -> Bool {
    let start = cursor.place
    while let byte = cursor.current, byte != UInt8(ascii: " ") {
      let isFlag =
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "#"): true
        default: false
        }
      guard isFlag, cursor.place - start < 8 else { return false }
      cursor.place += 1
    }
    return cursor.place - start >= 4
  }

  /// `19.042429:` in nanoseconds, whatever digits are behind the point, or a plain `123456:`.
  private static func stamp(_ cursor: inout TextCursor) -> (UInt64, isTime: Bool)? {
    guard let whole = cursor.number(upTo: .max) else { return nil }
    if cursor.take(UInt8(ascii: ":")) { return (whole, false) }
    guard cursor.take(UInt8(ascii: ".")) else { return nil }
    let start = cursor.place
    guard let fraction = cursor.number(upTo: 999_999_999), cursor.place - start <= 9 else {
      return nil
    }
    var scale: UInt64 = 1
    for _ in cursor.place - start..<9 { scale *= 10 }
    let (seconds, tooBig) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow) = seconds.addingReportingOverflow(fraction * scale)
    guard !tooBig, !overflow, cursor.take(UInt8(ascii: ":")) else { return nil }
    return (sum, true)
  }

  /// The event's name up to its colon, and behind it the blanks before the payload. Lines without
  /// a name (`sys_close <-do_syscall_64`, `<stack trace>`) leave the cursor where it is.
  private static func name(_ cursor: inout TextCursor) -> Range<Int> {
    let start = cursor.place
    var end = start
    while let byte = cursor.byte(at: end) {
      let isName =
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
      if !isName { break }
      end += 1
    }
    guard end > start, end - start <= 128, cursor.byte(at: end) == UInt8(ascii: ":") else {
      return start..<start
    }
    cursor.place = end + 1
    cursor.skipBlanks()
    return start..<end
  }
}
