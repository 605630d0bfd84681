import NameMatching
import Yams

/// Walks a YAML document and collects everything that is wrong with it, so that one look at the
/// messages is enough to mend a file.
struct ConfigurationWalk {
  let file: String
  private(set) var issues: [ConfigurationIssue] = []

  init(file: String) { self.file = file }

  /// A node, and the key that leads to it from the top.
  struct Place {
    var node: Node
    var key: String

    /// The line it begins on, counted from 1.
    var line: Int { node.mark?.line ?? 1 }
  }

  /// Notes what is wrong with a node.
  mutating func complain(_ place: Place, _ message: String) {
    issues.append(
      ConfigurationIssue(
        file: file, line: place.node.mark?.line, column: place.node.mark?.column, key: place.key,
        message: message))
  }

  // MARK: Shapes

  /// The members of a mapping, each with its key's own place; nothing where it is none, which is
  /// told. `empty` nodes count as a mapping without members.
  mutating func members(of place: Place) -> [(name: String, key: Place, value: Place)] {
    if isEmpty(place.node) { return [] }
    guard case .mapping(let mapping) = place.node else {
      complain(place, "expected keys with values, found \(kind(of: place.node))")
      return []
    }
    return mapping.compactMap { key, value in
      guard case .scalar(let scalar) = key else {
        complain(Place(node: key, key: place.key), "expected a plain key")
        return nil
      }
      let path = place.key.isEmpty ? scalar.string : "\(place.key).\(scalar.string)"
      return (scalar.string, Place(node: key, key: path), Place(node: value, key: path))
    }
  }

  /// The elements of a list; nothing where it is none, which is told.
  mutating func elements(of place: Place) -> [Place] {
    if isEmpty(place.node) { return [] }
    guard case .sequence(let sequence) = place.node else {
      complain(place, "expected a list, found \(kind(of: place.node))")
      return []
    }
    return sequence.enumerated().map { Place(node: $1, key: "\(place.key)[\($0)]") }
  }

  /// The text of a scalar; nil where it is none, which is told.
  mutating func text(of place: Place) -> String? {
    guard case .scalar(let scalar) = place.node, !isEmpty(place.node) else {
      complain(place, "expected a value, found \(kind(of: place.node))")
      return nil
    }
    return scalar.string
  }

  /// One of several words; nil where it is none of them, which is told.
  mutating func word<Value>(_ place: Place, _ words: [(String, Value)]) -> Value? {
    guard let text = text(of: place) else { return nil }
    if let found = words.first(where: { $0.0 == text }) { return found.1 }
    complain(place, unknown(text, among: words.map(\.0), what: "value"))
    return nil
  }

  /// Whether a switch is on (`true`, `yes`, `on`) or off; nil where it is neither, which is told.
  mutating func flag(_ place: Place) -> Bool? {
    word(
      place,
      [
        ("true", true), ("false", false), ("yes", true), ("no", false), ("on", true),
        ("off", false),
      ])
  }

  /// Notes a key that there is none of.
  mutating func complain(unknown key: Place, named name: String, among keys: [String]) {
    complain(
      Place(node: key.node, key: String(key.key.dropLast(name.count)).trimmedDot),
      unknown(name, among: keys, what: "key"))
  }

  /// The words for a name that there is none of.
  func unknown(_ name: String, among names: [String], what: String) -> String {
    let shown = String(name.prefix(64))
    if let nearest = Nearest.to(shown, among: names) {
      return "there is no \(what) '\(shown)'; did you mean '\(nearest)'?"
    }
    return "there is no \(what) '\(shown)'; there are \(names.joined(separator: ", "))"
  }

  private func isEmpty(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
  }

  private func kind(of node: Node) -> String {
    switch node {
    case .mapping(_): "keys with values"
    case .sequence(_): "a list"
    case .scalar(_): isEmpty(node) ? "nothing" : "one value"
    case .alias(_): "an alias"
    }
  }
}

extension String {
  /// Without the dot at its end.
  fileprivate var trimmedDot: String { hasSuffix(".") ? String(dropLast()) : self }
}
