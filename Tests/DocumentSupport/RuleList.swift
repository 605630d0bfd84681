package import Foundation

/// The list of all rules' types, `Sources/PagemapRules/RuleList.swift`: made from the text of the rules'
/// files, so that a new rule need not be in it for this.
package enum RuleList {
  /// The list, from the repository's root.
  static let path = "Sources/PagemapRules/RuleList.swift"
  private static let folder = "Sources/PagemapRules/Rules"

  /// A file that is named like a rule's and declares none.
  struct NoRule: Error, CustomStringConvertible {
    let file: String

    var description: String { "\(folder)/\(file) declares no 'struct …: Rule' or ': BreachRule'" }
  }

  /// The list as the files in the repository at `root` want it.
  static func text(root: URL) throws -> String {
    let files = root.appending(path: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: files.path)
      .filter { $0.hasPrefix("PM") && $0.hasSuffix(".swift") }.sorted()
    let types = try names.map { name in
      let text = try String(contentsOf: files.appending(path: name), encoding: .utf8)
      guard let rule = text.firstMatch(of: /(?m)^struct (\w+): (?:Breach)?Rule\b/) else {
        throw NoRule(file: name)
      }
      return "    \(rule.1).self,\n"
    }
    return """
      // Made from the files in Rules by 'make docs'; do not edit.

      extension RuleRegistry {
        /// The types, one a rule, from which a run makes its rules.
        package static let rules: [any (Rule & Sendable).Type] = [
      \(types.joined())  ]
      }

      """
  }

  /// Writes the list where it is stale.
  package static func write(root: URL) throws {
    try Documents.write(text(root: root), to: root.appending(path: path))
  }
}
