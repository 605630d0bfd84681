import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceIngest

/// What the fixtures prove of the rules: which recordings of a real kernel each rule fires on, and
/// for which of them a composed trace breaks it.
struct Proofs: Sendable {
  /// The recordings in which a rule has findings, those without a suffix first.
  private(set) var recordings: [RuleID: [String]] = [:]
  /// The rules that a composed trace of the tests breaks.
  private(set) var composed: Set<RuleID> = []

  init(root: URL) throws {
    try readRecordings(root.appending(path: "fixtures/recordings"))
    try readTests(root.appending(path: "Tests/PagemapRulesTests"))
  }

  /// How many recordings are named.
  private static let limit = 2

  /// In words, for a table.
  func words(_ rule: RuleID) -> String {
    guard let names = recordings[rule] else {
      return composed.contains(rule) ? "composed" : "no fixture"
    }
    return "recorded: " + names.prefix(Self.limit).map { "`\($0)`" }.joined(separator: ", ")
  }

  private struct Truth: Decodable {
    struct Finding: Decodable {
      var `class`: String
      var address: String
    }
    var expect: [Finding]
  }

  private mutating func readRecordings(_ folder: URL) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let names = files.filter { $0.hasSuffix(".dat") }.map { String($0.dropLast(4)) }
    for name in names.sorted(by: isPlainer) {
      let text = try Data(contentsOf: folder.appending(path: "\(name).json"))
      let truth = try JSONDecoder().decode(Truth.self, from: text)
      guard !truth.expect.isEmpty else { continue }
      let path = folder.appending(path: "\(name).dat").path
      let analysis = try Analyzer.analyze(
        TraceOpener.open(path: path), path: path, options: AnalysisOptions())
      let proved = analysis.findings.filter { finding in
        truth.expect.contains {
          $0.class == finding.category.rawValue
            && $0.address == "0x" + String(finding.object.address, radix: 16)
        }
      }
      for rule in Set(proved.map(\.rule)) { recordings[rule, default: []].append(name) }
    }
  }

  private func isPlainer(_ one: String, _ other: String) -> Bool {
    let ranks = (one.contains("."), other.contains("."))
    return ranks.0 == ranks.1 ? one < other : !ranks.0
  }

  /// What the tests compose of a rule is in a file of its own, whose name begins with the rule's:
  /// `PM013….swift`.
  private mutating func readTests(_ folder: URL) throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      guard file.hasSuffix(".swift"), let id = RuleID(String(file.prefix(5))) else { continue }
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      if text.contains("BreakingTrace(") || text.contains("PagemapScenario()") {
        composed.insert(id)
      }
    }
  }
}
