import TraceDecode

/// The values of one text line by their steps; a name is its place (upper half) and length.
struct TextValues {
  private var present: UInt64 = 0
  private var values = [UInt64](repeating: 0, count: 64)

  mutating func clear() { present = 0 }

  subscript(step: Int) -> UInt64? {
    get { step < 64 && present & (1 << UInt64(step)) != 0 ? values[step] : nil }
    set {
      guard let newValue, step < 64 else { return }
      present |= 1 << UInt64(step)
      values[step] = newValue
    }
  }
}

/// Reads `key=value` pairs out of the text behind an event's name, byte by byte.
struct ValueScanner {
  /// The next byte, and the place behind the last.
  var place: Int
  let end: Int
  /// The first value that is no number, though its field is one, with its key; nil without.
  private(set) var unreadable: Range<Int>?
  /// How many there are.
  private(set) var unreadableCount: UInt64 = 0

  /// A scanner for this part of `bytes`, which must lie in it.
  init(_ bytes: RawSpan, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    place = range.lowerBound
    end = range.upperBound
  }

  /// The byte at a place before `end`.
  private func byte(_ bytes: RawSpan, _ place: Int) -> UInt8 {
    precondition(place < end)
    return bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self)
  }

  /// Steps over `(ip)` or `(ip <- caller)`: what probes print first. Nil where the text does not
  /// start so, else whether it is a return.
  mutating func takeProbe(_ bytes: RawSpan) -> Bool? {
    guard place < end, byte(bytes, place) == UInt8(ascii: "(") else { return nil }
    var isReturn = false
    var ahead = place + 1
    while ahead < end, byte(bytes, ahead) != UInt8(ascii: ")") {
      if byte(bytes, ahead) == UInt8(ascii: "<"), ahead + 1 < end,
        byte(bytes, ahead + 1) == UInt8(ascii: "-")
      {
        isReturn = true
      }
      ahead += 1
    }
    guard ahead < end else { return nil }
    place = ahead + 1
    return isReturn
  }

  /// Reads all values whose keys the plan knows.
  mutating func read(
    _ bytes: RawSpan, of plan: borrowing EventPlan, in book: borrowing PlanBook,
    into values: inout TextValues
  ) {
    values.clear()
    var expected = plan.keys.lowerBound
    while let key = nextKey(bytes) {
      let start = place
      let found = find(bytes, key, of: plan, in: book, from: expected)
      if let found {
        expected = found + 1 < plan.keys.upperBound ? found + 1 : plan.keys.lowerBound
        let step = Int(book.keys[found].step)
        let known = unreadableCount
        read(bytes, step: step, of: plan, in: book, into: &values)
        if unreadableCount > known, unreadable == nil { unreadable = key.lowerBound..<place }
      }
      place = start
      skipValue(bytes)
    }
  }

  /// Steps behind the next `=` and answers the word before it.
  private mutating func nextKey(_ bytes: RawSpan) -> Range<Int>? {
    var start = place
    while place < end {
      let current = byte(bytes, place)
      place += 1
      if current == UInt8(ascii: "=") { return start..<place - 1 }
      if current == UInt8(ascii: " ") || current == UInt8(ascii: ",") { start = place }
    }
    return nil
  }

  /// Keys come in the order of the table more often than not: the search starts where it ended.
  private func find(
    _ bytes: RawSpan, _ key: Range<Int>, of plan: borrowing EventPlan, in book: borrowing PlanBook,
    from first: Int
  ) -> Int? {
    var candidate = first
    for _ in plan.keys {
      let known = book.keys[candidate]
      if Int(known.length) == key.count {
        var same = true
        for index in 0..<key.count
        where byte(bytes, key.lowerBound + index) != book.keyBytes[Int(known.start) + index] {
          same = false
          break
        }
        if same { return candidate }
      }
      candidate = candidate + 1 < plan.keys.upperBound ? candidate + 1 : plan.keys.lowerBound
    }
    return nil
  }

  private mutating func read(
    _ bytes: RawSpan, step: Int, of plan: borrowing EventPlan, in book: borrowing PlanBook,
    into values: inout TextValues
  ) {
    guard place < end else { return }
    let operation = book.steps[plan.head.steps.lowerBound + step].operation
    if operation == .name {
      values[step] = text(bytes).map { UInt64($0.lowerBound) << 32 | UInt64($0.count) }
    } else if operation == .element, byte(bytes, place) == UInt8(ascii: "{") {
      var index = 0
      repeat {
        place += 1
        values[step + index] = number(bytes, isPointer: false)
        index += 1
      } while index < PageArrays.capacity && place < end && byte(bytes, place) == UInt8(ascii: ",")
    } else {
      values[step] = number(bytes, isPointer: !plan.isProbe)
    }
  }

  /// The text of a name: in quotes, or up to a blank or comma. The kernel prints `(fault)` where it
  /// could not read one.
  private mutating func text(_ bytes: RawSpan) -> Range<Int>? {
    let isQuoted = byte(bytes, place) == UInt8(ascii: "\"")
    if byte(bytes, place) == UInt8(ascii: "(") { return nil }
    if isQuoted { place += 1 }
    let start = place
    while place < end {
      let current = byte(bytes, place)
      if isQuoted ? current == UInt8(ascii: "\"") : Self.endsValue(current) { break }
      place += 1
    }
    if isQuoted, place == end { return nil }
    return start..<place
  }

  private static func endsValue(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
  }

  /// Steps behind the value that starts here, all of it where it is in quotes.
  private mutating func skipValue(_ bytes: RawSpan) {
    if place < end, byte(bytes, place) == UInt8(ascii: "\"") {
      repeat { place += 1 } while place < end && byte(bytes, place) != UInt8(ascii: "\"")
    }
    while place < end, byte(bytes, place) != UInt8(ascii: " "),
      byte(bytes, place) != UInt8(ascii: ",")
    {
      place += 1
    }
  }

  /// A number; nil, and counted, where there is something else, or nothing.
  private mutating func number(_ bytes: RawSpan, isPointer: Bool) -> UInt64? {
    let start = place
    while place < end, !Self.endsValue(byte(bytes, place)) { place += 1 }
    if let value = number(bytes, start..<place, isPointer: isPointer) { return value }
    unreadableCount += 1
    return nil
  }

  /// A number that fills its word: `0x` and hexadecimal, decimal with an optional sign, or `(null)`.
  /// Static tracepoints print pointers as 16 hexadecimal digits without `0x`.
  private func number(_ bytes: RawSpan, _ word: Range<Int>, isPointer: Bool) -> UInt64? {
    let place = word.upperBound
    if isNull(bytes, word) { return 0 }
    var digits = word.lowerBound
    let isNegative = digits < place && byte(bytes, digits) == UInt8(ascii: "-")
    if isNegative { digits += 1 }
    let isLong = place - digits == 16
    var radix: UInt64 = isLong && (isPointer || hasLetter(bytes, digits..<place)) ? 16 : 10
    if place - digits > 2, byte(bytes, digits) == UInt8(ascii: "0"),
      byte(bytes, digits + 1) | 0x20 == UInt8(ascii: "x")
    {
      radix = 16
      digits += 2
    }
    guard digits < place else { return nil }
    var value: UInt64 = 0
    while digits < place {
      guard let digit = Self.digit(byte(bytes, digits)), digit < radix else { return nil }
      let (scaled, tooBig) = value.multipliedReportingOverflow(by: radix)
      let (sum, overflow) = scaled.addingReportingOverflow(digit)
      guard !tooBig, !overflow else { return nil }
      value = sum
      digits += 1
    }
    return isNegative ? 0 &- value : value
  }

  private func isNull(_ bytes: RawSpan, _ word: Range<Int>) -> Bool {
    word.count == 6 && zip(word, "(null)".utf8).allSatisfy { byte(bytes, $0) == $1 }
  }

  private func hasLetter(_ bytes: RawSpan, _ word: Range<Int>) -> Bool {
    word.contains { byte(bytes, $0) > UInt8(ascii: "9") }
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte &- UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte &- UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte &- UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
