/// A strict parser of the Prometheus text exposition format 0.0.4, written from its specification
/// and apart from the writer, so that one checks the other.
///
/// Beside the grammar it checks what the specification says of metrics: one HELP and TYPE a name and
/// ahead of its samples, all lines of a metric together, no sample twice, counters and histograms as
/// they must be.
struct PrometheusParser {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// One sample: the name as it is written, the labels in their order, the value as it is written.
  struct Sample: Equatable {
    var name: String
    var labels: [String: String]
    var value: Double
    var text: String
  }

  /// One metric.
  struct Family: Equatable {
    var name: String
    var help = ""
    var type = ""
    var samples: [Sample] = []
  }

  private var families: [Family] = []
  private var names: Set<String> = []

  /// The metrics of a page, in its order.
  static func parse(_ bytes: [UInt8]) throws -> [Family] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(description: "not UTF-8")
    }
    guard text.isEmpty || text.hasSuffix("\n") else {
      throw Failure(description: "the last line must end with a line feed")
    }
    var parser = PrometheusParser()
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    lines.removeLast()
    for (number, line) in lines.enumerated() {
      do {
        try parser.take(line)
      } catch let failure as Failure {
        throw Failure(description: "line \(number + 1): \(failure): \(line)")
      }
    }
    for family in parser.families { try check(family) }
    return parser.families
  }

  private mutating func take(_ line: Substring) throws {
    if line.hasPrefix("# HELP ") {
      let (name, help) = try Self.comment(line.dropFirst(7))
      guard names.insert(name).inserted else { throw Failure(description: "second HELP") }
      families.append(Family(name: name, help: try Self.unescaped(help, quotes: false)))
    } else if line.hasPrefix("# TYPE ") {
      let (name, type) = try Self.comment(line.dropFirst(7))
      guard let last = families.indices.last, families[last].name == name,
        families[last].type.isEmpty, families[last].samples.isEmpty
      else { throw Failure(description: "TYPE must follow its HELP, once") }
      guard ["counter", "gauge", "histogram", "summary", "untyped"].contains(type) else {
        throw Failure(description: "no such type")
      }
      families[last].type = String(type)
    } else {
      var reader = LineReader(rest: line)
      let sample = try reader.sample()
      guard let last = families.indices.last, families[last].type != "",
        Self.belongs(sample.name, families[last])
      else { throw Failure(description: "a sample apart from its metric") }
      guard
        !families[last].samples.contains(where: {
          $0.name == sample.name && $0.labels == sample.labels
        })
      else { throw Failure(description: "the same sample twice") }
      families[last].samples.append(sample)
    }
  }

  private static func comment(_ rest: Substring) throws -> (name: String, text: Substring) {
    guard let space = rest.firstIndex(of: " ") else { throw Failure(description: "no text") }
    let name = rest[..<space]
    guard isName(name, colons: true) else { throw Failure(description: "no metric's name") }
    return (String(name), rest[rest.index(after: space)...])
  }

  private static func belongs(_ name: String, _ family: Family) -> Bool {
    guard family.type == "histogram" else { return name == family.name }
    return ["_bucket", "_sum", "_count"].contains { name == family.name + $0 }
  }

  static func isName(_ text: some StringProtocol, colons: Bool) -> Bool {
    guard let first = text.utf8.first else { return false }
    func isLetter(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
        || (colons && byte == UInt8(ascii: ":"))
    }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || digits.contains($0) }
  }

  static func unescaped(_ text: some StringProtocol, quotes: Bool) throws -> String {
    var result = ""
    var isEscaped = false
    for scalar in text.unicodeScalars {
      switch (isEscaped, scalar) {
      case (true, "\\"): result += "\\"
      case (true, "n"): result += "\n"
      case (true, "\"") where quotes: result += "\""
      case (true, _): throw Failure(description: "no such escape")
      case (false, "\\"): break
      default: result.unicodeScalars.append(scalar)
      }
      isEscaped = !isEscaped && scalar == "\\"
    }
    guard !isEscaped else { throw Failure(description: "a backslash at the end") }
    return result
  }

  // MARK: What a metric must be

  private static func check(_ family: Family) throws {
    guard !family.type.isEmpty else { throw Failure(description: "\(family.name): no TYPE") }
    switch family.type {
    case "counter":
      // Not of the format, but of its authors' naming rules.
      guard family.name.hasSuffix("_total"), family.samples.allSatisfy({ $0.value >= 0 }) else {
        throw Failure(description: "\(family.name): no counter")
      }
    case "histogram": try checkHistogram(family)
    default:
      guard !family.name.hasSuffix("_total") else {
        throw Failure(description: "\(family.name): named as a counter")
      }
    }
  }

  private static func checkHistogram(_ family: Family) throws {
    let groups = Dictionary(grouping: family.samples) { sample in
      sample.labels.filter { $0.key != "le" }
    }
    for (labels, samples) in groups {
      let buckets = samples.filter { $0.name.hasSuffix("_bucket") }
      let bounds = buckets.map { $0.labels["le"].flatMap(Double.init) ?? .nan }
      let counts = buckets.map(\.value)
      let count = samples.filter { $0.name.hasSuffix("_count") }.map(\.value)
      let sum = samples.filter { $0.name.hasSuffix("_sum") }
      guard bounds == bounds.sorted(), counts == counts.sorted(), bounds.last == .infinity,
        Set(bounds).count == bounds.count, count == [counts.last ?? -1], sum.count == 1
      else { throw Failure(description: "\(family.name) \(labels): no histogram") }
    }
  }
}

/// Reads one line with a sample.
private struct LineReader {
  var rest: Substring

  mutating func sample() throws -> PrometheusParser.Sample {
    let name = rest.prefix { $0 != "{" && $0 != " " }
    guard PrometheusParser.isName(name, colons: true) else { throw failure("a metric's name") }
    rest = rest.dropFirst(name.count)
    var labels: [String: String] = [:]
    if take("{") {
      repeat {
        if rest.first == "}" { break }
        let label = rest.prefix { $0 != "=" }
        guard PrometheusParser.isName(label, colons: false), !label.hasPrefix("__") else {
          throw failure("a label's name")
        }
        rest = rest.dropFirst(label.count)
        guard take("="), take("\"") else { throw failure("a label's value") }
        guard labels.updateValue(try value(), forKey: String(label)) == nil else {
          throw failure("no label twice")
        }
      } while take(",")
      guard take("}") else { throw failure("a closing brace") }
    }
    guard take(" "), let number = Self.number(rest) else { throw failure("a value") }
    return PrometheusParser.Sample(
      name: String(name), labels: labels, value: number, text: String(rest))
  }

  private mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func value() throws -> String {
    var text = ""
    var isEscaped = false
    while let character = rest.popFirst() {
      if character == "\"", !isEscaped { return try PrometheusParser.unescaped(text, quotes: true) }
      isEscaped = !isEscaped && character == "\\"
      text.append(character)
    }
    throw failure("the end of a label's value")
  }

  private static func number(_ text: Substring) -> Double? {
    switch text {
    case "+Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default:
      text.wholeMatch(of: /[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/) == nil
        ? nil : Double(text)
    }
  }

  private func failure(_ wanted: String) -> PrometheusParser.Failure {
    PrometheusParser.Failure(description: "expected \(wanted) at '\(rest.prefix(20))'")
  }
}
