import ArgumentParser
import PagemapRules

/// Rules on the command line, by id or by slug.
enum RuleNames {
  /// The rule of this id or slug; a usage error that names the nearest one where there is none.
  static func rule(named text: String) throws -> RuleID {
    if let id = RuleID(text), RuleRegistry.all.contains(where: { $0.id == id }) { return id }
    let slug = text.lowercased()
    if let rule = RuleRegistry.all.first(where: { $0.slug == slug }) { return rule.id }
    guard let nearest = nearest(to: text, among: RuleRegistry.all) else {
      throw ValidationError("There is no such rule.")
    }
    throw ValidationError(
      "There is no such rule; did you mean \(nearest.id) (\(nearest.slug))? "
        + "'pmtrace rules list' shows all.")
  }

  /// The rule whose id, or slug, takes the fewest edits to reach; of equals the first.
  static func nearest(to text: String, among rules: [RuleMetadata]) -> RuleMetadata? {
    if let id = RuleID(text) {
      return rules.min { distance($0.id, id) < distance($1.id, id) }
    }
    let wanted = Array(text.lowercased().utf8.prefix(64))
    func edits(_ rule: RuleMetadata) -> Int {
      let names = [rule.id.description.lowercased(), rule.slug]
      return names.map { editDistance(wanted, Array($0.utf8)) }.min() ?? .max
    }
    return rules.map { ($0, edits($0)) }.min { $0.1 < $1.1 }?.0
  }

  private static func distance(_ left: RuleID, _ right: RuleID) -> UInt {
    left.number.distance(to: right.number).magnitude
  }

  /// How many characters have to be added, taken out or replaced to turn one into the other.
  private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let replaced = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
