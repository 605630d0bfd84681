package import PagemapModel

/// All rules, in the order of their ids.
package enum RuleRegistry {
  /// What is to be known of each rule without running it, by id.
  package static let all: [RuleMetadata] = rules.map { $0.metadata }.sorted { $0.id < $1.id }

  /// The rule with this id; nil where there is none.
  package static func metadata(of id: RuleID) -> RuleMetadata? { all.first { $0.id == id } }

  /// The looks that rules take at the mirror, each with the number of its rule.
  package static func looks(of rules: [any (Rule & Sendable).Type]) -> [Look] {
    rules.flatMap { rule in
      rule.looks.map { look in
        var look = look
        look.rule = rule.metadata.id.number
        return look
      }
    }
  }
}
