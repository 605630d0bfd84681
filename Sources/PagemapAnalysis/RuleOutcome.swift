package import PagemapRules
package import TraceWords

/// What became of one rule.
package struct RuleOutcome: Hashable, Sendable {
  /// The five answers.
  package enum Outcome: String, Sendable {
    /// It was decided and holds.
    case passed
    /// It has at least one finding that is above info and not accepted.
    case violated
    /// It is broken, and every finding of it is known or accepted.
    case accepted
    /// It could have been decided, but evidence may be missing.
    case inconclusive
    /// The probes of this trace cannot decide it.
    case notEvaluable = "not-evaluable"
  }

  /// The rule.
  package var rule: RuleID
  /// The answer.
  package var outcome: Outcome
  /// Why, where the answer is not `passed`.
  package var reason: Sentence

  package init(rule: RuleID, outcome: Outcome, reason: Sentence) {
    self.rule = rule
    self.outcome = outcome
    self.reason = reason
  }
}

extension RuleOutcome {
  /// The same where no event told its preempt count, as in a text without latency flags.
  var withoutCounts: RuleOutcome {
    guard outcome == .passed else { return self }
    return RuleOutcome(
      rule: rule, outcome: .notEvaluable, reason: "no event tells its preempt count")
  }
}
