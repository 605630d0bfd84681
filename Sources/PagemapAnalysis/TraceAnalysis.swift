package import PagemapEvents
package import PagemapModel
package import PagemapRules
package import TraceIngest
package import TraceWords

/// Everything that is known of one trace when its analysis is done: what reports print.
package struct TraceAnalysis: Sendable {
  /// The path as the user gave it; `-` for standard input.
  package var path: String
  /// The verdict.
  package var verdict: Verdict
  /// Why: one line.
  package var reason: Sentence
  /// The exit code that this trace alone would give.
  package var exitCode: Int32
  /// What was found, worst first: severity, certainty, rule, time, address.
  package var findings: [Finding]
  /// For every rule what became of it, by id.
  package var rules: [RuleOutcome]
  /// What the file says of itself; nil where it was unusable.
  package var metadata: TraceMetadata?
  /// What was read and what is missing; nil where it was unusable.
  package var ledger: TraceLedger?
  /// Which probes the trace holds; nil where it was unusable.
  package var probes: ProbeInventory?
  /// What the model saw; nil where it was unusable.
  package var summary: Summary?
  /// What happened over time; nil unless it was asked for.
  package var timeline: Timeline?
  /// Why the input could not be used.
  package var error: IngestError?
  /// Whether a verdict that loss or damage made inconclusive was let through by the user's will.
  package var incompletenessAllowed = false
  /// Certain findings at or above this severity failed it.
  package var failOn = Severity.error

  package init(
    path: String, verdict: Verdict, reason: Sentence, exitCode: Int32, findings: [Finding] = [],
    rules: [RuleOutcome] = []
  ) {
    self.path = path
    self.verdict = verdict
    self.reason = reason
    self.exitCode = exitCode
    self.findings = findings
    self.rules = rules
  }

  /// How its times read.
  package var time: TimeFormat {
    TimeFormat(isNanoseconds: metadata?.timestampsAreNanoseconds ?? true)
  }
}
