import NameMatching

/// Rules that a pass rests on, by what they are about.
package enum RuleGroup: String, CaseIterable, Sendable {
  /// References, and the lives of pagemaps and device pages.
  case lifetimes
  /// Migrations: mappings, evictions and faults.
  case migrations
  /// All there are.
  case all

  /// Its rules.
  package var rules: Set<RuleID> {
    switch self {
    case .lifetimes: Set([1, 2, 3, 4, 13, 16].map(RuleID.init))
    case .migrations: Set([11, 12, 43, 46].map(RuleID.init))
    case .all: Set(RuleRegistry.all.map(\.id))
    }
  }

  /// Without any of these decided, a trace shows nothing of what this tool is for.
  package static let core = lifetimes.rules.union(migrations.rules)
}

extension RuleNames {
  /// The rules that a requirement names: a group, a class of findings, or a rule by id or slug; nil where
  /// it names none.
  package static func required(_ text: String) -> Set<RuleID>? {
    let name = text.lowercased()
    if let group = RuleGroup(rawValue: name) { return group.rules }
    if let rule = rule(named: name) { return [rule.id] }
    let category = FindingClass(rawValue: name)
    return category.map { category in
      Set(RuleRegistry.all.filter { $0.category == category }.map(\.id))
    }
  }

  /// What was probably meant by a requirement that names nothing.
  package static func nearestRequirement(to text: String) -> String? {
    let names =
      RuleGroup.allCases.map(\.rawValue) + FindingClass.allCases.map(\.rawValue)
      + RuleRegistry.all.map(\.slug)
    return Nearest.to(String(text.lowercased().prefix(64)), among: names)
  }
}
