package import PagemapRules

/// How an analysis is to judge.
package struct AnalysisOptions: Sendable {
  /// Certain findings at or above this severity fail a trace.
  package var failOn: Severity = .error
  /// Whether loss or damage alone shall not make a trace inconclusive.
  package var allowIncomplete = false
  /// The rules to run; nil for all.
  package var rules: Set<RuleID>?
  /// The rules that must have been decided for a pass, whatever else was.
  package var required: Set<RuleID> = []
  /// The numbers that judgements rest on.
  package var thresholds = Thresholds()
  /// The severity that a rule's certain findings have; what is not certain never gets a higher one.
  package var severities: [RuleID: Severity] = [:]
  /// What the user accepts; of several that match the first counts.
  package var suppressions: [Suppression] = []
  /// The findings that are known.
  package var baseline: Baseline?
  /// Whether the analysis shall gather a timeline.
  package var wantsTimeline = false

  package init() {}
}
