package import PagemapRules

/// Something that became known of a finding while a trace goes on.
package struct FindingNews: Sendable {
  /// What became known.
  package enum Kind: String, CaseIterable, Sendable {
    /// It is certain, for the first time.
    case found
    /// It was told, and is no longer certain, or certain again, or of another severity.
    case changed
    /// It was told, and what followed shows that there was nothing wrong.
    case withdrawn
  }

  /// What became known.
  package var kind: Kind
  /// The finding's number, from 1 in the order in which findings were made; it never changes.
  package var number: Int
  /// The finding as it stands; a withdrawn one as it was told last.
  package var finding: Finding

  package init(kind: Kind, number: Int, finding: Finding) {
    self.kind = kind
    self.number = number
    self.finding = finding
  }
}

/// How many findings there are so far.
package struct FindingTally: Hashable, Sendable {
  /// What findings are counted by.
  package struct Key: Hashable, Comparable, Sendable {
    /// The rule.
    package var rule: RuleID
    /// How bad.
    package var severity: Severity
    /// Whether they are certain. One that became certain is counted in both.
    package var isCertain: Bool

    package init(rule: RuleID, severity: Severity, isCertain: Bool) {
      self.rule = rule
      self.severity = severity
      self.isCertain = isCertain
    }

    package static func < (one: Key, other: Key) -> Bool {
      if one.rule != other.rule { return one.rule < other.rule }
      if one.severity != other.severity { return one.severity > other.severity }
      return one.isCertain && !other.isCertain
    }
  }

  /// Findings that were ever like this: these counts never fall.
  package var made: [Key: UInt64] = [:]
  /// Findings as they stand, without the withdrawn ones.
  package var standing: [Key: UInt64] = [:]
  /// Findings that were withdrawn, by rule.
  package var withdrawn: [RuleID: UInt64] = [:]

  package init() {}

  /// A finding became `key`; it was `before` until now, or not there.
  package mutating func count(_ key: Key, insteadOf before: Key?) {
    if let before { standing[before, default: 1] -= 1 }
    standing[key, default: 0] += 1
    made[key, default: 0] += 1
  }

  /// A finding was withdrawn.
  package mutating func withdraw(_ key: Key) {
    standing[key, default: 1] -= 1
    withdrawn[key.rule, default: 0] += 1
  }

  /// How many stand of this certainty and severity.
  package func count(_ severity: Severity, certain isCertain: Bool) -> UInt64 {
    standing.reduce(0) {
      $1.key.severity == severity && $1.key.isCertain == isCertain ? $0 + $1.value : $0
    }
  }
}
