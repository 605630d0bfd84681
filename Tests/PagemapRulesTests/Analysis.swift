import Foundation
import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// Takes trace bytes through the whole pipeline, as the command does.
func analyze(_ bytes: [UInt8], options: AnalysisOptions = AnalysisOptions()) throws
  -> TraceAnalysis
{
  let path = NSTemporaryDirectory() + "/pmtrace-rules-\(UUID().uuidString).dat"
  try Data(bytes).write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try Analyzer.analyze(TraceOpener.open(path: path), path: "trace.dat", options: options)
}

extension TraceAnalysis {
  /// Findings that are more than information.
  var violations: [Finding] { findings.filter { $0.severity > .info } }
  /// Whether any finding is certain and more than information.
  var hasCertainViolation: Bool { violations.contains(where: \.isCertain) }
  /// What became of a rule.
  func outcome(of rule: Int) -> RuleOutcome.Outcome? {
    rules.first { $0.rule == RuleID(rule) }?.outcome
  }
  /// One line a finding, for messages of failed tests.
  var lines: [String] {
    findings.map { finding in
      "\(finding.rule) \(finding.severity) certain \(finding.isCertain): \(finding.title.plain) "
        + "\(finding.object.kind) \(String(finding.object.address, radix: 16))"
    }
  }
}

/// Expects that a trace passes, and that no finding is more than information.
func expectLegal(
  _ kernel: PagemapScenario, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let analysis = try analyze(kernel.finish())
  #expect(analysis.exitCode == 0, comment, sourceLocation: sourceLocation)
  #expect(analysis.verdict == .pass, comment, sourceLocation: sourceLocation)
  let findings = analysis.lines.filter { !$0.contains(" info ") }
  #expect(findings == [], comment, sourceLocation: sourceLocation)
  #expect(analysis.ledger?.isIncomplete == false, comment, sourceLocation: sourceLocation)
}

/// What a test expects of a finding.
struct Expected {
  var rule: Int
  var category: FindingClass
  var severity: Severity = .error
  var isCertain = true
  var kind: ObjectReference.Kind
  var address: UInt64
  /// Which life of the address; nil where it may be any.
  var epoch: UInt32? = 1
}

/// Expects exactly one finding above info, and the exit code that follows from it.
@discardableResult
func expectFinding(
  _ expected: Expected, in kernel: PagemapScenario, exitCode: Int32? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> Finding {
  let analysis = try analyze(kernel.finish())
  try #require(
    analysis.violations.count == 1, "\(analysis.lines)", sourceLocation: sourceLocation)
  let finding = analysis.violations[0]
  #expect(finding.rule == RuleID(expected.rule), sourceLocation: sourceLocation)
  #expect(finding.category == expected.category, sourceLocation: sourceLocation)
  #expect(finding.severity == expected.severity, sourceLocation: sourceLocation)
  #expect(finding.isCertain == expected.isCertain, sourceLocation: sourceLocation)
  #expect(finding.object.kind == expected.kind, sourceLocation: sourceLocation)
  #expect(
    String(finding.object.address, radix: 16) == String(expected.address, radix: 16),
    sourceLocation: sourceLocation)
  #expect(
    finding.object.epoch == expected.epoch ?? finding.object.epoch, sourceLocation: sourceLocation)
  let fails = expected.isCertain && expected.severity == .error
  #expect(analysis.exitCode == exitCode ?? (fails ? 1 : 0), sourceLocation: sourceLocation)
  #expect(
    analysis.outcome(of: expected.rule) == (expected.isCertain ? .violated : .inconclusive),
    sourceLocation: sourceLocation)
  #expect(!finding.evidence.isEmpty, sourceLocation: sourceLocation)
  let order = finding.evidence.map(\.sequence)
  #expect(order == order.sorted(), "evidence is in trace order", sourceLocation: sourceLocation)
  return finding
}
