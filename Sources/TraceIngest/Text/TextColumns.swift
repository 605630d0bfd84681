/// The columns of an event's line, one by one.
extension TextLineScanner {
  /// `(+464)`: the time since the event before, by `trace-cmd report --ts-diff`.
  static func skipDifference(_ cursor: inout TextCursor) {
    let start = cursor.place
    guard cursor.take("(+"), cursor.number(upTo: .max) != nil, cursor.take(UInt8(ascii: ")")) else {
      cursor.place = start
      return
    }
    cursor.skipBlanks()
  }

  /// `comm-pid`, with an optional `(tgid)` or `(-----)`, or perf's `comm pid`, read backwards from the
  /// bracket.
  static func task(
    _ bytes: RawSpan, _ line: Range<Int>, before bracket: Int
  ) -> Task? {
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
    guard start < end, start > first else { return nil }
    let hasDash = byte(start - 1) == UInt8(ascii: "-")
    guard hasDash || byte(start - 1) == UInt8(ascii: " ") else { return nil }
    var digits = TextCursor(bytes, start..<end)
    guard let pid = digits.number(upTo: UInt64(Int32.max)) else { return nil }
    var commStart = first
    while commStart < start - 1, byte(commStart) == UInt8(ascii: " ") { commStart += 1 }
    var commEnd = start - 1
    while !hasDash, commEnd > commStart, byte(commEnd - 1) == UInt8(ascii: " ") { commEnd -= 1 }
    guard commEnd > commStart || hasDash else { return nil }
    return (commStart..<commEnd, Int32(pid), hasDash)
  }

  /// A stamp, with flags before it or without.
  static func stampBehindFlags(
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
  static func skipFlags(_ cursor: inout TextCursor) -> Bool {
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
  static func stamp(_ cursor: inout TextCursor) -> (UInt64, isTime: Bool)? {
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

  /// The event's name up to its colon, and behind it the blanks before the payload; `system:` may stand
  /// before it. Lines without a name (`sys_close <-do_syscall_64`, `<stack trace>`) leave the cursor where
  /// it is.
  static func name(_ cursor: inout TextCursor) -> (name: Range<Int>, hasSystem: Bool) {
    let start = cursor.place
    guard identifier(&cursor), cursor.take(UInt8(ascii: ":")) else {
      cursor.place = start
      return (start..<start, false)
    }
    var name = start..<cursor.place - 1
    let second = cursor.place
    let hasSystem = identifier(&cursor) && cursor.current == UInt8(ascii: ":")
    if hasSystem {
      name = second..<cursor.place
      cursor.place += 1
    } else {
      cursor.place = second
    }
    cursor.skipBlanks()
    return (name, hasSystem)
  }

  /// Steps over a name of an event; answers false, and stays, where there is none.
  static func identifier(_ cursor: inout TextCursor) -> Bool {
    let start = cursor.place
    while let byte = cursor.current {
      let isName =
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
      if !isName { break }
      cursor.place += 1
    }
    guard cursor.place > start, cursor.place - start <= 128 else {
      cursor.place = start
      return false
    }
    return true
  }
}
