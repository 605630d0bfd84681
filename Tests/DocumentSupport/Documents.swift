package import Foundation
import PagemapRules

/// The documents that are made from the code: the rules' pages, the rule table, the model's state
/// machines, the probes, and the lab's lists of them; and the list of the rules, which is code.
package struct Documents: Sendable {
  /// The repository.
  package let root: URL
  /// What the fixtures prove of each rule.
  let proofs: Proofs
  private let ruleList: String
  private let model: String

  /// Reads what the fixtures in the repository prove. Recordings that breaks of rules were recorded
  /// in are analysed.
  ///
  /// - Throws: where a fixture cannot be read.
  package init(root: URL) throws {
    self.root = root
    proofs = try Proofs(root: root)
    ruleList = try RuleList.text(root: root)
    model = try ModelPage.text(root: root)
  }

  /// The documents, each with its path from the repository's root.
  package var files: [(path: String, text: String)] {
    var files: [(path: String, text: String)] = RuleRegistry.all.map { rule in
      ("Documentation/Rules/\(rule.page)", RulePage.text(rule, proofs))
    }
    files.append((RuleList.path, ruleList))
    files.append(("Documentation/Rules/README.md", RulePage.index(RuleRegistry.all)))
    files.append(("Documentation/RuleTable.md", RuleTable.text(RuleRegistry.all, proofs)))
    files.append(("Documentation/Model.md", model))
    files.append(("Documentation/Probes.md", ProbePage.text()))
    return files + LabProbes.files
  }

  /// The paths of pages whose rules are gone, and of lists whose sets of probes are.
  package var leftovers: [String] {
    let known = Set(files.map(\.path))
    let there = ["Documentation/Rules", LabProbes.folder].flatMap { folder in
      let path = root.appending(path: folder).path
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      return names.map { "\(folder)/\($0)" }
    }
    return there.filter { !known.contains($0) }.sorted()
  }

  /// Writes the documents, and removes those that are left over.
  package func write() throws {
    for (path, text) in files { try Self.write(text, to: root.appending(path: path)) }
    for path in leftovers { try FileManager.default.removeItem(at: root.appending(path: path)) }
  }

  /// Writes a text where the file has another one: what is current needs no new build.
  static func write(_ text: String, to url: URL) throws {
    let data = Data(text.utf8)
    if let there = try? Data(contentsOf: url), there == data { return }
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }
}

extension RuleMetadata {
  /// The name of its page in `Documentation/Rules`.
  package var page: String { "\(id)-\(slug).md" }
}
