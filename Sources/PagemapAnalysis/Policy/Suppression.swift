import NameMatching
package import PagemapModel
package import PagemapRules

/// What the user accepts: findings that match it are marked, stay in every report, and fail nothing.
package struct Suppression: Hashable, Sendable {
  /// The rule; nil for any.
  package var rule: RuleID?
  /// The device's name, the task's name and the kind of object; nil for any. `*` stands for any
  /// characters, `?` for any one.
  package var device: String?
  package var task: String?
  package var object: ObjectReference.Kind?
  /// The function where it appeared; nil for any.
  package var function: String?
  /// The one finding; nil for any.
  package var fingerprint: Fingerprint?
  /// Why it is accepted, who answers for it, and until when.
  package var acceptance: Acceptance

  package init(acceptance: Acceptance) { self.acceptance = acceptance }

  /// Whether it is about this finding.
  package func matches(_ finding: Finding) -> Bool {
    (rule == nil || rule == finding.rule)
      && (fingerprint == nil || fingerprint == finding.fingerprint)
      && (object == nil || object == finding.object.kind)
      && (function == nil || function == finding.function)
      && Self.matches(device, finding.object.device)
      && Self.matches(task, finding.firstSeen.task)
  }

  private static func matches(_ pattern: String?, _ text: String?) -> Bool {
    guard let pattern else { return true }
    return Glob(pattern).matches(text ?? "")
  }
}
