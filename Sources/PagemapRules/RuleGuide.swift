/// What a rule means to people: what `pmtrace rules explain` and `Documentation/Rules/` say beyond
/// the rule's metadata.
package struct RuleGuide: Sendable {
  /// The numbers of the rules in `Documentation/RuleTable.md` that it decides, `R01` and so on.
  package var specification: [String]
  /// Why it matters: what happens to a machine whose kernel breaks it.
  package var why: String
  /// What a violation looks like in a trace.
  package var looksLike: String
  /// What looks like one and is legal.
  package var lookAlikes: [String]
  /// Fixes of the kernel's own history for defects of this class.
  package var history: [HistoricalFix]

  package init(
    specification: [String], why: String, looksLike: String, lookAlikes: [String],
    history: [HistoricalFix] = []
  ) {
    self.specification = specification
    self.why = why
    self.looksLike = looksLike
    self.lookAlikes = lookAlikes
    self.history = history
  }
}

/// A commit of the kernel that mended a defect.
package struct HistoricalFix: Sendable {
  /// The commit's id, abbreviated; empty where only the subject is known.
  package var commit: String
  /// Its subject.
  package var subject: String

  package init(_ commit: String, _ subject: String) {
    self.commit = commit
    self.subject = subject
  }
}
