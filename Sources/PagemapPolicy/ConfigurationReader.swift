import PagemapModel
import PagemapRules
import Yams

/// Reads `.pmtrace.yml`.
package enum ConfigurationReader {
  /// The largest file that is read, in bytes.
  package static let sizeLimit = 1 << 20

  private static let keys = [
    "version", "fail-on", "allow-incomplete", "require", "baseline", "rules", "thresholds",
    "suppressions",
  ]

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: its name, for messages.
  /// - Throws: `ConfigurationError` with everything that is wrong.
  package static func read(_ bytes: [UInt8], file: String) throws(ConfigurationError)
    -> Configuration
  {
    guard bytes.count <= sizeLimit else {
      throw issue(file, nil, "the file has \(bytes.count) bytes, at most \(sizeLimit) are read")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw issue(file, nil, "the file is not UTF-8")
    }
    var walk = ConfigurationWalk(file: file)
    var configuration = Configuration()
    if let node = try compose(text, file) {
      read(ConfigurationWalk.Place(node: node, key: ""), &configuration, &walk)
    }
    guard walk.issues.isEmpty else {
      throw ConfigurationError(
        issues: walk.issues.sorted {
          ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0)
        })
    }
    return configuration
  }

  /// The document; nil where the file is empty.
  private static func compose(_ text: String, _ file: String) throws(ConfigurationError) -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        throw issue(file, mark, "not YAML: \(problem)")
      case .duplicatedKeysInMapping(let duplicates, let context):
        throw issue(
          file, context.mark,
          "a key stands twice: \(duplicates.sorted().joined(separator: ", "))")
      default: throw issue(file, nil, "not YAML")
      }
    } catch {
      throw issue(file, nil, "not YAML")
    }
  }

  private static func issue(_ file: String, _ mark: Mark?, _ message: String)
    -> ConfigurationError
  {
    ConfigurationError(issues: [
      ConfigurationIssue(
        file: file, line: mark?.line, column: mark?.column, key: "", message: message)
    ])
  }

  // MARK: The top

  private static func read(
    _ top: ConfigurationWalk.Place, _ configuration: inout Configuration,
    _ walk: inout ConfigurationWalk
  ) {
    for (name, key, value) in walk.members(of: top) {
      switch name {
      case "version": checkVersion(value, &walk)
      case "fail-on": configuration.failOn = severity(value, &walk)
      case "allow-incomplete": configuration.allowIncomplete = walk.flag(value)
      case "require": configuration.required = requirement(value, &walk)
      case "baseline": configuration.baseline = walk.text(of: value)
      case "rules": readRules(value, &configuration, &walk)
      case "thresholds": readThresholds(value, &configuration, &walk)
      case "suppressions":
        configuration.suppressions = walk.elements(of: value).compactMap { entry in
          SuppressionReader.read(entry, &walk)
        }
      default: walk.complain(unknown: key, named: name, among: keys)
      }
    }
  }

  private static func checkVersion(
    _ place: ConfigurationWalk.Place, _ walk: inout ConfigurationWalk
  ) {
    guard let text = walk.text(of: place), text != String(Configuration.version) else { return }
    walk.complain(place, "this pmtrace reads version \(Configuration.version)")
  }

  /// The rules that a list of names requires. Names that are none are told.
  private static func requirement(
    _ place: ConfigurationWalk.Place, _ walk: inout ConfigurationWalk
  ) -> Set<RuleID> {
    var rules: Set<RuleID> = []
    for entry in walk.elements(of: place) {
      guard let name = walk.text(of: entry) else { continue }
      if let named = RuleNames.required(name) {
        rules.formUnion(named)
      } else {
        let hint = RuleNames.nearestRequirement(to: name).map { "; did you mean \($0)?" } ?? ""
        walk.complain(entry, "there is no rule, class or group '\(name.prefix(64))'\(hint)")
      }
    }
    return rules
  }

  static func severity(
    _ place: ConfigurationWalk.Place, _ walk: inout ConfigurationWalk
  ) -> Severity? {
    walk.word(place, Severity.allCases.reversed().map { ($0.rawValue, $0) })
  }

  // MARK: Rules

  /// What a rule is set to: `off`, `on` or a severity.
  private enum Setting {
    case off
    case on
    case severity(Severity)
  }

  private static func readRules(
    _ place: ConfigurationWalk.Place, _ configuration: inout Configuration,
    _ walk: inout ConfigurationWalk
  ) {
    var words: [(String, Setting)] = [
      ("off", .off), ("on", .on), ("false", .off), ("true", .on),
    ]
    words += Severity.allCases.map { ($0.rawValue, .severity($0)) }
    var seen: Set<RuleID> = []
    for (name, key, value) in walk.members(of: place) {
      guard let rule = rule(named: name, key, &walk) else { continue }
      if !seen.insert(rule).inserted {
        walk.complain(key, "the rule \(rule) is set twice")
      }
      switch walk.word(value, words) {
      case .off: configuration.disabledRules.insert(rule)
      case .severity(let severity): configuration.severities[rule] = severity
      case .on, nil: break
      }
    }
  }

  /// The rule of an id or slug; nil where there is none, which is told.
  static func rule(
    named name: String, _ place: ConfigurationWalk.Place, _ walk: inout ConfigurationWalk
  ) -> RuleID? {
    if let rule = RuleNames.rule(named: name) { return rule.id }
    let shown = String(name.prefix(64))
    let hint = RuleNames.nearest(to: shown).map { "; did you mean \($0.id) (\($0.slug))?" }
    walk.complain(
      place, "there is no rule '\(shown)'\(hint ?? "; 'pmtrace rules list' shows all")")
    return nil
  }

  // MARK: Thresholds

  private static func readThresholds(
    _ place: ConfigurationWalk.Place, _ configuration: inout Configuration,
    _ walk: inout ConfigurationWalk
  ) {
    let names = Thresholds.Name.allCases.map(\.rawValue)
    for (name, key, value) in walk.members(of: place) {
      guard let threshold = Thresholds.Name(rawValue: name) else {
        walk.complain(unknown: key, named: name, among: names)
        continue
      }
      guard let text = walk.text(of: value) else { continue }
      if let number = Thresholds.value(of: text, for: threshold) {
        configuration.thresholds[threshold] = number
      } else {
        let example = threshold.isTime ? "a time with its unit, such as 100ms" : "a count above 0"
        walk.complain(value, "expected \(example), found '\(text.prefix(64))'")
      }
    }
  }
}
