import ArgumentParser
import PagemapRules

extension RuleNames {
  /// The rule of this id or slug; a usage error that names the nearest one where there is none.
  static func argument(_ text: String) throws -> RuleID {
    if let rule = rule(named: text) { return rule.id }
    guard let nearest = nearest(to: text) else {
      throw ValidationError("There is no such rule; 'pmtrace rules list' shows all.")
    }
    throw ValidationError(
      "There is no such rule; did you mean \(nearest.id) (\(nearest.slug))? "
        + "'pmtrace rules list' shows all.")
  }

  /// The rules that a list of requirements names; a usage error that names the nearest one where one of
  /// them names nothing.
  static func requirement(_ text: String) throws -> Set<RuleID> {
    var rules: Set<RuleID> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = part.drop { $0 == " " }
      guard let named = required(String(name)) else {
        let hint = nearestRequirement(to: String(name)).map { "; did you mean \($0)?" } ?? "."
        throw ValidationError(
          "There is no rule, class or group '\(name.prefix(64))'\(hint)")
      }
      rules.formUnion(named)
    }
    return rules
  }
}
