/// What is wrong with a configuration, at one place of it.
package struct ConfigurationIssue: Hashable, Sendable, CustomStringConvertible {
  /// The path of the configuration, as the user gave it.
  package var file: String
  /// The place, both counted from 1; nil where it is the whole file.
  package var line: Int?
  package var column: Int?
  /// The key, from the top (`suppressions[0].expires`); empty where it is no key's.
  package var key: String
  /// What is wrong, and what to do.
  package var message: String

  package var description: String {
    var place = file
    if let line { place += ":\(line)" }
    if let column { place += ":\(column)" }
    return "\(place): \(key.isEmpty ? "" : "\(key): ")\(message)"
  }
}

/// Why a configuration cannot be used: everything that is wrong with it.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one issue, in the order of the file.
  package var issues: [ConfigurationIssue]

  package var description: String { issues.map(\.description).joined(separator: "\n") }
}
