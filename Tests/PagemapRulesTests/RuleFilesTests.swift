import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// Every rule is proven in a file of its own, which no list needs to name: three ways, by a trace on
/// which it fires, a legal one that looks like it and is silent, and the first with events lost in
/// between, which leaves it open.
@Suite struct RuleFilesTests {
  private static let rules = RuleRegistry.all.map(\.id)
  /// A rule's file, by the rule.
  private static let texts: [RuleID: (name: String, text: String)] = {
    let folder = RepositoryFiles.url("Tests/PagemapRulesTests")
    var texts: [RuleID: (String, String)] = [:]
    for name in names(in: folder) {
      guard let id = RuleID(String(name.prefix(5))) else { continue }
      let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
      texts[id] = (name, text ?? "")
    }
    return texts
  }()

  private static func names(in folder: URL) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasPrefix("PM") && $0.hasSuffix(".swift") }.sorted()
  }

  @Test func everyRuleHasAFileOfItsOwnName() {
    let sources = Self.names(in: RepositoryFiles.url("Sources/PagemapRules/Rules"))
    let tests = Self.names(in: RepositoryFiles.url("Tests/PagemapRulesTests"))
    #expect(tests == sources.map { $0.dropLast(6) + "Tests.swift" })
    #expect(Self.texts.keys.sorted { $0.number < $1.number } == Self.rules)
  }

  @Test(arguments: rules)
  func theFileRunsWhatItShows(id: RuleID) throws {
    let (name, text) = try #require(Self.texts[id])
    #expect(text.contains("@Suite struct \(name.dropLast(6)): RuleCases {"))
    #expect(text.contains("@Test(arguments: proofs) func isProven("))
    #expect(text.contains("static let rule = RuleID(\(id.number))"))
  }

  @Test(arguments: RecordedTruth.names)
  func theRulesThatFireOnARecordingNameIt(name: String) throws {
    guard try !RecordedTruth(of: name).expect.isEmpty else { return }
    let rules = try Set(RecordedAnalyses.analysis(of: name).violations.map(\.rule))
    #expect(!rules.isEmpty)
    for rule in rules {
      #expect(Self.texts[rule]?.text.contains("\"\(name)\"") == true, "\(rule)")
    }
  }

  @Test func theGuidesNameWhatIsLegal() {
    for rule in RuleRegistry.all {
      #expect(!rule.guide.lookAlikes.isEmpty, "\(rule.id)")
    }
  }
}
