/// Writes a timeline's data as JSON in short: columns of numbers, strings and addresses by index.
///
/// Numbers stay below 2^53, which is what a script's numbers hold; times are relative to the start of
/// the timeline.
struct DataWriter {
  /// The data so far.
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// The largest integer that every script reads exactly.
  static let largest: UInt64 = (1 << 53) - 1

  // MARK: Structure

  mutating func open(_ bracket: Character, key: StaticString? = nil) {
    separate()
    name(key)
    append(bracket == "{" ? "{" : "[")
    needsComma = false
  }

  mutating func close(_ bracket: Character) {
    append(bracket == "}" ? "}" : "]")
    needsComma = true
  }

  private mutating func name(_ key: StaticString?) {
    guard let key else { return }
    append("\"")
    append(key)
    append("\":")
  }

  private mutating func separate() {
    if needsComma { append(",") }
    needsComma = true
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  // MARK: Values

  mutating func number(_ value: UInt64, key: StaticString? = nil) {
    separate()
    name(key)
    bytes.append(contentsOf: String(min(value, Self.largest)).utf8)
  }

  mutating func signed(_ value: Int64?, key: StaticString? = nil) {
    separate()
    name(key)
    guard let value else { return append("null") }
    let limit = Int64(Self.largest)
    bytes.append(contentsOf: String(max(-limit, min(value, limit))).utf8)
  }

  /// A string. `<` is escaped, so that it can neither end the element that holds it nor begin one.
  mutating func string(_ value: String, key: StaticString? = nil) {
    separate()
    name(key)
    var writer = JSONWriter()
    writer.write(.string(UntrustedText.escaped(value)), depth: 0)
    for byte in writer.bytes {
      if byte == UInt8(ascii: "<") { append("\\u003c") } else { bytes.append(byte) }
    }
  }

  // MARK: Columns

  /// A column of numbers.
  mutating func column(_ key: StaticString, _ values: some Sequence<UInt64>) {
    open("[", key: key)
    for value in values { number(value) }
    close("]")
  }

  /// A column of numbers that may be negative or missing.
  mutating func signedColumn(_ key: StaticString, _ values: some Sequence<Int64?>) {
    open("[", key: key)
    for value in values { signed(value) }
    close("]")
  }

  /// A column of numbers that grow, as differences from one to the next.
  mutating func growing(_ key: StaticString, _ values: some Sequence<UInt64>) {
    open("[", key: key)
    var last: UInt64 = 0
    for value in values {
      number(value > last ? value - last : 0)
      last = max(last, value)
    }
    close("]")
  }

  mutating func strings(_ key: StaticString, _ values: [String]) {
    open("[", key: key)
    for value in values { string(value) }
    close("]")
  }
}

/// Values by index, in the order in which they were first asked for.
struct IndexTable<Value: Hashable> {
  private(set) var values: [Value]
  private var places: [Value: UInt64]

  /// A table with one value to begin with, index 0.
  init(first: Value) {
    values = [first]
    places = [first: 0]
  }

  /// The value's index.
  mutating func index(of value: Value) -> UInt64 {
    if let place = places[value] { return place }
    let place = UInt64(values.count)
    values.append(value)
    places[value] = place
    return place
  }
}
