import NameMatching

/// Rules as people name them: by id or by slug.
package enum RuleNames {
  /// The rule of this id (`PM001`, `pm1`) or slug; nil where there is none.
  package static func rule(named text: String) -> RuleMetadata? {
    if let id = RuleID(text) { return RuleRegistry.metadata(of: id) }
    let slug = text.lowercased()
    return RuleRegistry.all.first { $0.slug == slug }
  }

  /// The rule that was probably meant by a name that is none.
  package static func nearest(to text: String) -> RuleMetadata? {
    let wanted = String(text.lowercased().prefix(64))
    if wanted.hasPrefix("pm"), wanted.count > 2, wanted.dropFirst(2).allSatisfy(\.isNumber) {
      // A number that is too large for any is nearest to the largest.
      let number = Int(wanted.dropFirst(2)) ?? .max
      return RuleRegistry.all.min { distance($0.id, number) < distance($1.id, number) }
    }
    let names = RuleRegistry.all.flatMap { [$0.id.description.lowercased(), $0.slug] }
    return Nearest.to(wanted, among: names).flatMap(rule(named:))
  }

  private static func distance(_ rule: RuleID, _ number: Int) -> UInt {
    rule.number.distance(to: number).magnitude
  }
}
