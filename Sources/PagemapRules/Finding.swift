package import PagemapModel
package import TraceWords

/// A violation of one of the kernel's rules, with what proves it.
package struct Finding: Sendable {
  /// The rule that was broken.
  package var rule: RuleID
  /// The family of defects it belongs to.
  package var category: FindingClass
  /// How bad it is: policy.
  package var severity: Severity
  /// Whether the recorded events prove it: evidence. Only certain findings fail a trace.
  package var isCertain: Bool
  /// One line: what is wrong with which object.
  package var title: Sentence
  /// The object it is about.
  package var object: ObjectReference
  /// Since when.
  package var firstSeen: Moment
  /// What the trace shows and why it follows, a sentence or two a line.
  package var explanation: [Sentence]
  /// The events that prove it, in trace order, with what each shows.
  package var evidence: [Evidence]
  /// Who holds the object's references, where the finding is about references.
  package var ledger: ReferenceLedger?
  /// What to look at next.
  package var advice: Sentence
  /// What tells that it is the same as one of another recording; nil until the analysis is done.
  package var fingerprint: Fingerprint?
  /// Why it does not count; nil where it does.
  package var acceptance: Acceptance?
  /// Whether the baseline holds it; nil where there is none.
  package var isInBaseline: Bool?

  package init(
    rule: RuleID, category: FindingClass, severity: Severity, isCertain: Bool, title: Sentence,
    object: ObjectReference, firstSeen: Moment, explanation: [Sentence], evidence: [Evidence],
    ledger: ReferenceLedger? = nil, advice: Sentence
  ) {
    self.rule = rule
    self.category = category
    self.severity = severity
    self.isCertain = isCertain
    self.title = title
    self.object = object
    self.firstSeen = firstSeen
    self.explanation = explanation
    self.evidence = evidence
    self.ledger = ledger
    self.advice = advice
  }
}

/// How bad a finding is, by policy.
package enum Severity: String, Comparable, CaseIterable, Sendable {
  /// Worth knowing; legal.
  case info
  /// Legal or not, it costs or it blocks.
  case warning
  /// A rule of the kernel is broken.
  case error

  private var rank: Int {
    switch self {
    case .info: 0
    case .warning: 1
    case .error: 2
    }
  }

  package static func < (lhs: Severity, rhs: Severity) -> Bool { lhs.rank < rhs.rank }
}

/// The families of defects.
package enum FindingClass: String, CaseIterable, Sendable {
  case leakReference = "leak-reference"
  case leakPage = "leak-page"
  case refcountUnderflow = "refcount-underflow"
  case useAfterDestroy = "use-after-destroy"
  case doubleMigration = "double-migration"
  case thrash = "thrash"
  case ownerLeak = "owner-leak"
  case duplicatePagemap = "duplicate-pagemap"
  case migrateAfterUnplug = "migrate-after-unplug"
  case evictionStuck = "eviction-stuck"
  case lifecycle = "lifecycle"
  case dmaMapping = "dma-mapping"
  case livelock = "livelock"
  case `protocol` = "protocol"

  /// Whether what is wrong is that something did not come by the end.
  package var isLeak: Bool { self == .leakReference || self == .leakPage || self == .ownerLeak }
}

/// A rule's stable name, `PM001` and so on.
package struct RuleID: Hashable, Comparable, CustomStringConvertible, Sendable {
  /// The number behind `PM`.
  package var number: Int

  package init(_ number: Int) { self.number = number }

  /// The rule that `text` names (`PM007`, `pm7`); nil where it is no such name.
  package init?(_ text: String) {
    guard text.lowercased().hasPrefix("pm"), let number = Int(text.dropFirst(2)), number > 0 else {
      return nil
    }
    self.number = number
  }

  package static func < (lhs: RuleID, rhs: RuleID) -> Bool { lhs.number < rhs.number }

  package var description: String {
    let digits = String(number)
    return "PM" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}
