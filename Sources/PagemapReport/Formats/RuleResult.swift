import PagemapAnalysis
import PagemapRules
import TraceWords

/// What one rule says of one trace, in the terms of test frameworks.
struct RuleResult {
  /// How a test of it ended.
  enum Status {
    /// It was decided, and nothing speaks against it.
    case passed
    /// It has a finding that fails the trace.
    case failed
    /// It has findings above info, none of which fails the trace.
    case warned
    /// All its findings are accepted.
    case accepted
    /// It could not be decided.
    case skipped
  }

  var rule: RuleID
  /// What is known of the rule; nil where the report does not know it.
  var metadata: RuleMetadata?
  /// How it ended.
  var status: Status
  /// Why, where it was not decided.
  var reason: String
  /// What was found, worst first.
  var findings: [FindingWords]
  /// How many of these fail the trace.
  var failing: Int

  /// `PM001-leaked-pagemap-reference`.
  var name: String { metadata.map { "\(rule)-\($0.slug)" } ?? rule.description }

  /// The findings that fail the trace; one line.
  var summary: String {
    let failures = findings.filter { $0.finding.fails(at: $0.trace.failOn) }
    guard let first = failures.first else { return "" }
    return first.line + (failing > 1 ? ", and \(failing - 1) more" : "")
  }
}

extension Report {
  /// The results of all rules of one trace, by id.
  func results(of trace: TraceAnalysis) -> [RuleResult] {
    let findings = Dictionary(grouping: trace.findings, by: \.rule)
    var outcomes = Dictionary(trace.rules.map { ($0.rule, $0) }) { first, _ in first }
    for rule in findings.keys where outcomes[rule] == nil {
      outcomes[rule] = RuleOutcome(rule: rule, outcome: .violated, reason: "")
    }
    return outcomes.values.sorted { $0.rule < $1.rule }.map { outcome in
      result(outcome, findings[outcome.rule] ?? [], trace)
    }
  }

  private func result(
    _ outcome: RuleOutcome, _ findings: [Finding], _ trace: TraceAnalysis
  ) -> RuleResult {
    let failing = findings.count { $0.fails(at: trace.failOn) }
    let open = findings.contains { $0.severity > .info && $0.acceptance == nil }
    let status: RuleResult.Status =
      switch outcome.outcome {
      case _ where failing > 0: .failed
      case .inconclusive, .notEvaluable: .skipped
      case _ where open: .warned
      case .accepted: .accepted
      case .violated where findings.contains { $0.acceptance != nil }: .accepted
      case .passed, .violated: .passed
      }
    return RuleResult(
      rule: outcome.rule, metadata: metadata(of: outcome.rule), status: status,
      reason: UntrustedText.escaped(
        "\(outcome.outcome.phrase): \(outcome.reason.text(trace.time))"),
      findings: findings.map { FindingWords(finding: $0, trace: trace, report: self) },
      failing: failing)
  }
}

extension RuleOutcome.Outcome {
  /// The outcome in words.
  fileprivate var phrase: String { self == .notEvaluable ? "not evaluable" : rawValue }
}
