import PagemapAnalysis
import PagemapModel
import PagemapRules
import Yams

/// Reads one entry of `suppressions`.
enum SuppressionReader {
  private static let keys = [
    "rule", "device", "task", "object", "function", "fingerprint", "reason", "owner", "expires",
  ]

  /// The entry; nil where it cannot be used, which is told.
  static func read(
    _ place: ConfigurationWalk.Place, _ walk: inout ConfigurationWalk
  ) -> Configuration.Entry? {
    var suppression = Suppression(acceptance: Acceptance(kind: .suppression))
    var hasCriterion = false
    let members = walk.members(of: place)
    for (name, key, value) in members {
      switch name {
      case "reason": suppression.acceptance.reason = walk.text(of: value)
      case "owner": suppression.acceptance.owner = walk.text(of: value)
      case "expires": suppression.acceptance.expires = day(value, &walk)
      default:
        hasCriterion = true
        readCriterion(name, key, value, &suppression, &walk)
      }
    }
    if place.node.mapping != nil {
      if !hasCriterion {
        walk.complain(
          place,
          "says not what it is about: give at least one of "
            + keys.prefix(6).joined(separator: ", "))
      }
      if !members.contains(where: { $0.name == "reason" }) {
        walk.complain(place, "needs a 'reason'")
      }
    } else if members.isEmpty {
      return nil
    }
    return Configuration.Entry(suppression: suppression, line: place.line)
  }

  private static func readCriterion(
    _ name: String, _ key: ConfigurationWalk.Place, _ value: ConfigurationWalk.Place,
    _ suppression: inout Suppression, _ walk: inout ConfigurationWalk
  ) {
    switch name {
    case "rule":
      guard let text = walk.text(of: value) else { return }
      suppression.rule = ConfigurationReader.rule(named: text, value, &walk)
    case "device": suppression.device = walk.text(of: value)
    case "task": suppression.task = walk.text(of: value)
    case "function": suppression.function = walk.text(of: value)
    case "object":
      suppression.object = walk.word(
        value, ObjectReference.Kind.allCases.map { ($0.rawValue, $0) })
    case "fingerprint":
      guard let text = walk.text(of: value) else { return }
      suppression.fingerprint = Fingerprint(text)
      if suppression.fingerprint == nil {
        walk.complain(value, "expected 16 hexadecimal digits, found '\(text.prefix(64))'")
      }
    default: walk.complain(unknown: key, named: name, among: keys)
    }
  }

  private static func day(
    _ place: ConfigurationWalk.Place, _ walk: inout ConfigurationWalk
  ) -> String? {
    guard let text = walk.text(of: place) else { return nil }
    guard let day = CalendarDay(text) else {
      walk.complain(place, "expected a day such as 2026-12-31, found '\(text.prefix(64))'")
      return nil
    }
    return "\(day)"
  }
}
