import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// A composed trace that breaks one rule.
struct BreakingTrace: Sendable {
  /// Tells the story; `gap` is called once, within the life of the object it is about.
  typealias Story =
    @Sendable (
      _ kernel: inout PagemapScenario, _ gap: (inout PagemapScenario) -> Void
    ) -> (expected: Expected, firstSeen: UInt64)

  var name: String
  var story: Story
  /// Whether it shows only in what had not happened by the end of the recording.
  var needsTheEnd: Bool
  /// Where it is told.
  var place: SourceLocation

  init(
    _ name: String, needsTheEnd: Bool = false, place: SourceLocation = #_sourceLocation,
    _ story: @escaping Story
  ) {
    self.name = name
    self.story = story
    self.needsTheEnd = needsTheEnd
    self.place = place
  }

  /// The trace, with nothing missing.
  func whole() -> (kernel: PagemapScenario, expected: Expected, firstSeen: UInt64) {
    var kernel = PagemapScenario()
    let (expected, firstSeen) = story(&kernel) { _ in }
    return (kernel, expected, firstSeen)
  }

  /// The trace with lost events within the object's life.
  func lossy(count: UInt64?) -> (kernel: PagemapScenario, expected: Expected) {
    var kernel = PagemapScenario()
    let (expected, _) = story(&kernel) { $0.loseEvents(count: count) }
    return (kernel, expected)
  }
}

extension BreakingTrace {
  /// That the rule fires on it, and what lost events change.
  func proofs(of rule: RuleID) -> [Proof] {
    [
      Proof("fires: \(name)") { try checkFinding(of: rule) },
      Proof("open with events lost in its life: \(name)") { try checkGap(count: nil) },
      Proof("open with 3 events lost in its life: \(name)") { try checkGap(count: 3) },
      Proof("fires with events lost later: \(name)") { try checkLaterLoss() },
      Proof("fires with events lost before: \(name)") { try checkEarlierLoss() },
      Proof("has one gap within its life: \(name)") { checkGapPlace() },
    ]
  }

  /// A broken rule gives one finding, on the right object.
  private func checkFinding(of rule: RuleID) throws {
    let (kernel, expected, firstSeen) = whole()
    #expect(expected.rule == rule.number, "it is for another rule", sourceLocation: place)
    let finding = try expectFinding(expected, in: kernel, sourceLocation: place)
    #expect(finding.firstSeen.time == firstSeen, sourceLocation: place)
  }

  /// Events lost within the object's life take the certainty away.
  private func checkGap(count: UInt64?) throws {
    let (kernel, expected) = lossy(count: count)
    let analysis = try analyze(kernel.finish())
    #expect(!analysis.hasCertainViolation, "\(analysis.lines)", sourceLocation: place)
    #expect(analysis.exitCode == 2, sourceLocation: place)
    #expect(analysis.verdict == .inconclusive, sourceLocation: place)
    #expect(analysis.outcome(of: expected.rule) == .inconclusive, sourceLocation: place)
    #expect(analysis.ledger?.isIncomplete == true, sourceLocation: place)
    #expect(
      analysis.violations.allSatisfy { $0.severity == .warning }, "\(analysis.lines)",
      sourceLocation: place)
  }

  /// Events lost later take only the certainty of what needs the end.
  private func checkLaterLoss() throws {
    var (kernel, expected, _) = whole()
    kernel.wait(milliseconds: 50)
    kernel.loseEvents(count: 2)
    kernel.heartbeat()
    let analysis = try analyze(kernel.finish())
    let finding = try #require(
      analysis.violations.first { $0.rule == RuleID(expected.rule) }, sourceLocation: place)
    #expect(finding.isCertain == !needsTheEnd, "\(analysis.lines)", sourceLocation: place)
    let fails = !needsTheEnd && expected.severity == .error
    #expect(analysis.exitCode == (fails ? 1 : 2), "\(analysis.lines)", sourceLocation: place)
  }

  /// Events lost before the object's life take nothing.
  private func checkEarlierLoss() throws {
    var kernel = PagemapScenario()
    kernel.heartbeat()
    kernel.loseEvents(count: 7)
    kernel.heartbeat()
    kernel.wait(milliseconds: 1)
    let (expected, _) = story(&kernel) { _ in }
    try expectFinding(
      expected, in: kernel, exitCode: expected.severity == .error ? 1 : 2, sourceLocation: place)
  }

  private func checkGapPlace() {
    var gaps: [Int] = []
    var kernel = PagemapScenario()
    _ = story(&kernel) { gaps.append($0.eventCount) }
    #expect(gaps.count == 1, sourceLocation: place)
    #expect(
      gaps.allSatisfy { $0 > 0 && $0 < kernel.eventCount }, sourceLocation: place)
  }
}

extension Expected {
  /// A certain error about an allocation.
  static func allocation(
    _ rule: Int, _ category: FindingClass, _ allocation: PagemapScenario.Allocation,
    severity: Severity = .error
  ) -> Expected {
    Expected(
      rule: rule, category: category, severity: severity, kind: .deviceAllocation,
      address: allocation.devmem)
  }
}
