import DocumentSupport
import Foundation
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// The documents that are made from the code are those in the repository.
@Suite struct DocumentTests {
  private static let root = RepositoryFiles.url("")

  @Test func theDocumentsAreCurrent() throws {
    let documents = try Documents(root: Self.root)
    for (path, text) in documents.files {
      let file = try? String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      guard file != text else { continue }
      Issue.record("\(path) is stale: run 'make docs'; \(difference(file ?? "", text))")
    }
    #expect(documents.leftovers == [], "nothing is left that these are for: run 'make docs'")
  }

  /// The first line that differs.
  private func difference(_ file: String, _ text: String) -> String {
    let lines = zip(
      file.split(separator: "\n", omittingEmptySubsequences: false),
      text.split(separator: "\n", omittingEmptySubsequences: false))
    guard let first = lines.first(where: { $0 != $1 }) else { return "one is longer" }
    return "there: \(first.0.prefix(300)) now: \(first.1.prefix(300))"
  }

  @Test func everyMachineIsIntroduced() throws {
    let introductions = try ModelPage.introductions(root: Self.root)
    #expect(Set(ModelCatalog.machines.map(\.object)) == Set(introductions.keys))
  }

  @Test(arguments: RuleRegistry.all.map(\.id))
  func everyRuleIsExplained(id: RuleID) throws {
    let rule = try #require(RuleRegistry.metadata(of: id))
    let guide = rule.guide
    #expect(!guide.specification.isEmpty && !guide.lookAlikes.isEmpty)
    for text in [guide.why, guide.looksLike, rule.title, rule.invariant] + guide.lookAlikes {
      #expect(text.count > 10, "\(text)")
      #expect(!text.hasSuffix(".") && !text.contains("  "), "\(text)")
    }
    for fix in guide.history {
      #expect(fix.commit.isEmpty || fix.commit.count == 12, "\(fix.commit)")
      #expect(fix.commit.allSatisfy { $0.isHexDigit && !$0.isUppercase }, "\(fix.commit)")
      #expect(fix.subject.count > 10)
    }
  }
}
