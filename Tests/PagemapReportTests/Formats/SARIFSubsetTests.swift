import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import Testing

@testable import PagemapReport

/// What pmtrace writes of SARIF, member by member; this needs no other program.
@Suite struct SARIFSubsetTests {
  @Test func nothingElseIsWritten() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "sarif-subset.schema.json")
    let schema = try JSONParser.parse([UInt8](try Data(contentsOf: url)))
    let validator = SchemaValidator(schema: schema)
    // Of a rule that the report does not know there is only the id.
    for (name, report) in FormatSamples.all where !report.rules.isEmpty {
      let document = try JSONParser.parse(FormatSamples.render("sarif", report))
      #expect(validator.errors(in: document) == [], "\(name)")
    }
  }

  /// GitHub refuses a file with more than 25,000 results.
  @Test func resultsAreCappedAndThatIsSaid() throws {
    var trace = Samples.fail
    trace.findings = (0..<9).map { number in
      var finding = Samples.leak
      finding.fingerprint = Fingerprint(of: ["\(number)"])
      return finding
    }
    let run = SARIFReporter.document(Samples.report(trace), resultLimit: 5)["runs"]?[0]
    guard case .array(let results)? = run?["results"],
      case .array(let notes)? = run?["invocations"]?[0]?["toolExecutionNotifications"]
    else {
      Issue.record("no results")
      return
    }
    #expect(results.count == 5)
    #expect(notes.contains { "\($0)".contains("4 results are left out") })
  }
}

/// Kernel test frameworks' own parser, after the specification (dev-tools/ktap.rst).
struct KTAPParser {
  /// A result line, and the subtest that stood before it.
  struct Result {
    var number: Int
    var isOk: Bool
    var name: String
    var directive: String?
    var tests: [Result] = []
  }

  private var lines: [Substring]
  private var place = 0
  private(set) var errors: [String] = []

  init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The results at the top.
  mutating func parse() -> [Result] {
    let results = level(indent: 0)
    while place < lines.count {
      if !lines[place].isEmpty { errors.append("left over: \(lines[place])") }
      place += 1
    }
    return results
  }

  private mutating func level(indent: Int) -> [Result] {
    let margin = String(repeating: " ", count: indent)
    guard take(margin + "KTAP version 1") else {
      errors.append("no version line at indent \(indent)")
      return []
    }
    var plan: Int?
    var results: [Result] = []
    var subtests: [Result]?
    while place < lines.count {
      let line = lines[place]
      if line.hasPrefix(margin + "  KTAP version 1") {
        if subtests != nil { errors.append("two subtests without a result: \(line)") }
        subtests = level(indent: indent + 2)
        continue
      }
      guard line.hasPrefix(margin), !line.dropFirst(indent).hasPrefix(" ") else { break }
      let rest = line.dropFirst(indent)
      if rest.hasPrefix("#") {
        place += 1
      } else if rest.hasPrefix("1.."), plan == nil {
        plan = Int(rest.dropFirst(3))
        place += 1
      } else if var result = Self.result(rest) {
        result.tests = subtests ?? []
        subtests = nil
        results.append(result)
        place += 1
      } else {
        break
      }
    }
    if subtests != nil { errors.append("a subtest without its result") }
    if plan != results.count { errors.append("plan \(plan ?? -1), results \(results.count)") }
    if results.map(\.number) != Array(1..<(results.count + 1)) { errors.append("numbers") }
    return results
  }

  private static func result(_ line: Substring) -> Result? {
    let parts = line.split(separator: " # ", maxSplits: 1)
    guard let head = parts.first else { return nil }
    let isOk = head.hasPrefix("ok ")
    guard isOk || head.hasPrefix("not ok ") else { return nil }
    let words = head.dropFirst(isOk ? 3 : 7).split(separator: " ", maxSplits: 1)
    guard let first = words.first, let number = Int(first) else { return nil }
    let name = words.count > 1 ? words[1].drop { $0 == "-" || $0 == " " } : ""
    return Result(
      number: number, isOk: isOk, name: String(name),
      directive: parts.count > 1 ? String(parts[1].prefix { $0 != " " }) : nil)
  }

  private mutating func take(_ line: String) -> Bool {
    guard place < lines.count, lines[place] == line else { return false }
    place += 1
    return true
  }
}

@Suite struct KTAPParserTests {
  @Test func everyReportIsReadAsItWasMeant() throws {
    for (name, report) in FormatSamples.all {
      var parser = KTAPParser(try FormatSamples.text("ktap", report))
      let results = parser.parse()
      #expect(parser.errors == [], "\(name)")
      #expect(results.count == report.traces.count, "\(name)")
      for (trace, result) in zip(report.traces, results) {
        switch trace.verdict {
        case .pass: #expect(result.isOk && result.directive == nil, "\(name)")
        case .fail, .unusable: #expect(!result.isOk, "\(name)")
        case .inconclusive: #expect(result.directive == "SKIP", "\(name)")
        }
        for test in result.tests {
          #expect(["SKIP", nil].contains(test.directive), "\(name): \(test.name)")
          #expect(!test.name.isEmpty, "\(name)")
        }
      }
    }
  }
}
