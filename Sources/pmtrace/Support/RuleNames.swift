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
}
