package import PagemapEvents
package import PagemapRules

extension ProbeSet {
  /// Whether its events are enough for a rule.
  package func decides(_ rule: RuleMetadata) -> Bool { rule.isDecided(by: kinds) }

  /// The sets whose events are enough for a rule.
  package static func deciding(_ rule: RuleMetadata) -> [ProbeSet] {
    allCases.filter { $0.decides(rule) }
  }
}

extension RuleMetadata {
  /// Whether these events are enough for it.
  package func isDecided(by kinds: Set<PagemapEvent.Kind>) -> Bool {
    needs.allSatisfy { !kinds.isDisjoint(with: $0) }
  }

  /// Of each of its sets of events that none of these is in: the sets.
  package func missing(from kinds: Set<PagemapEvent.Kind>) -> [[PagemapEvent.Kind]] {
    needs.filter { kinds.isDisjoint(with: $0) }
  }
}
