package import Foundation
import PagemapRules

/// The documents that are made from the code: the rules' pages, the rule table, the probes and the
/// model's state machines.
package struct Documents: Sendable {
  /// The repository.
  package let root: URL
  /// What the fixtures prove of each rule.
  let proofs: Proofs

  /// Reads what the fixtures in the repository prove. Recordings that breaks of rules were recorded
  /// in are analysed.
  ///
  /// - Throws: where a fixture cannot be read.
  package init(root: URL) throws {
    self.root = root
    proofs = try Proofs(root: root)
  }

  /// The documents, each with its path from the repository's root.
  package var files: [(path: String, text: String)] {
    var files: [(path: String, text: String)] = RuleRegistry.all.map { rule in
      ("Documentation/Rules/\(rule.page)", RulePage.text(rule, proofs))
    }
    files.append(("Documentation/Rules/README.md", RulePage.index(RuleRegistry.all)))
    files.append(("Documentation/RuleTable.md", RuleTable.text(RuleRegistry.all, proofs)))
    files.append(("Documentation/Model.md", ModelPage.text()))
    files.append(("Documentation/Probes.md", ProbePage.text()))
    return files
  }

  /// The paths of rules' pages that no rule has any more.
  package var leftovers: [String] {
    let folder = root.appending(path: "Documentation/Rules").path
    let known = Set(files.map(\.path))
    let there = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return there.map { "Documentation/Rules/\($0)" }.filter { !known.contains($0) }.sorted()
  }

  /// Writes the documents, and removes the pages of rules that are gone.
  package func write() throws {
    for (path, text) in files {
      let url = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    for path in leftovers { try FileManager.default.removeItem(at: root.appending(path: path)) }
  }
}

extension RuleMetadata {
  /// The name of its page in `Documentation/Rules`.
  package var page: String { "\(id)-\(slug).md" }
}
