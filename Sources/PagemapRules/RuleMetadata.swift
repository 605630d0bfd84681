package import PagemapEvents

/// What is to be known of a rule without running it.
package struct RuleMetadata: Sendable {
  /// Its stable id.
  package var id: RuleID
  /// Its name in words joined by dashes.
  package var slug: String
  /// What its findings say, in one line.
  package var title: String
  /// How bad a violation is at most.
  package var severity: Severity
  /// The family of its findings.
  package var category: FindingClass
  /// Sets of events; each set must have at least one member among the recorded probes.
  package var needs: [[PagemapEvent.Kind]]
  /// Whether it also needs the preempt counts that events are recorded with, which some texts leave out.
  package var needsPreemptCounts: Bool
  /// The kernel versions whose code the rule mirrors, for people: "7.0 and later".
  package var kernels: String
  /// What must hold.
  package var invariant: String
  /// The kernel function, and file, that keeps it.
  package var kernelFunction: String
  /// What it means to people.
  package var guide: RuleGuide
  /// The file that declares the rule, by module and name.
  private let file: String

  /// The file that decides: where the rule's looks and judgements are, from the repository's root.
  package var decidedIn: String {
    "Sources/PagemapRules/Rules/\(file.split(separator: "/").last ?? "")"
  }

  package init(
    id: RuleID, slug: String, title: String, severity: Severity, category: FindingClass,
    needs: [[PagemapEvent.Kind]], needsPreemptCounts: Bool = false, kernels: String,
    invariant: String, kernelFunction: String,
    guide: RuleGuide = RuleGuide(specification: [], why: "", looksLike: "", lookAlikes: []),
    file: String = #fileID
  ) {
    self.id = id
    self.slug = slug
    self.title = title
    self.severity = severity
    self.category = category
    self.needs = needs
    self.needsPreemptCounts = needsPreemptCounts
    self.kernels = kernels
    self.invariant = invariant
    self.kernelFunction = kernelFunction
    self.guide = guide
    self.file = file
  }
}
