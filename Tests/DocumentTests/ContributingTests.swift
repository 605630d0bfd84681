import Foundation
import PagemapEvents
import PagemapProbes
import PagemapReport
import PagemapRules
import TestSupport
import Testing

/// What CONTRIBUTING.md says that an addition touches is what the tree is made of: the files are there,
/// and each thing is declared where the document sends the reader, and nowhere else.
@Suite struct ContributingTests {
  /// A source file, by its path from the repository's root.
  private struct Source {
    var path: String
    /// The text without comments.
    var code: String
    var name: String { path.split(separator: "/").last.map(String.init) ?? "" }
  }

  private static func sources(under folder: String) -> [Source] {
    let root = RepositoryFiles.url(folder)
    let found = FileManager.default.enumerator(atPath: root.path)
    var sources: [Source] = []
    while let path = found?.nextObject() as? String {
      guard path.hasSuffix(".swift"),
        let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
      else { continue }
      let lines = text.split(separator: "\n").filter { !$0.contains(/^\s*\/\//) }
      sources.append(Source(path: "\(folder)/\(path)", code: lines.joined(separator: "\n")))
    }
    return sources
  }

  private static let sources = sources(under: "Sources")

  private static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: RepositoryFiles.url(path).path)
  }

  /// Whether a path of the document leads to something; `…` stands for any part of a name.
  private static func leadsSomewhere(_ path: String) -> Bool {
    guard path.contains("…") else { return exists(path) }
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let parts = (path.split(separator: "/").last ?? "").replacing("xx", with: "…")
      .split(separator: "…")
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: RepositoryFiles.url(folder).path)
    return (names ?? []).contains { name in
      parts.allSatisfy { name.contains($0) }
    }
  }

  @Test func whatItNamesIsThere() throws {
    let text = try String(contentsOf: RepositoryFiles.url("CONTRIBUTING.md"), encoding: .utf8)
    let paths = text.matches(of: /`((?:Sources|Tests|Documentation|fixtures)\/[^` ]*)`/)
      .map { String($0.output.1) }
    #expect(paths.count > 15)
    for path in paths { #expect(Self.leadsSomewhere(path), "\(path)") }
  }

  /// No code but the generated list, and tests, names a rule.
  @Test func aRuleIsOneFile() throws {
    var types: [String] = []
    for source in Self.sources where source.path.contains("/PagemapRules/Rules/PM") {
      let match = try #require(
        source.code.firstMatch(of: /(?m)^struct (\w+): (?:Breach)?Rule\b/), "\(source.path)")
      let type = String(match.output.1)
      types.append(type)
      let test = "Tests/PagemapRulesTests/\(source.name.dropLast(6))Tests.swift"
      #expect(Self.exists(test), "\(test)")
      let word = try Regex("\\b\(type)\\b")
      let others = Self.sources.filter { $0.code.contains(word) && $0.path != source.path }
      #expect(others.map(\.name) == ["RuleList.swift"], "\(type)")
    }
    #expect(types.count == RuleRegistry.all.count)
  }

  @Test func anEventIsDeclaredOnce() throws {
    let list = try #require(Self.sources.first { $0.name == "EventKind.swift" })
    let declared = list.code.matches(of: /(\w+) = "([^"]+)"/).map { String($0.output.2) }
    #expect(declared == PagemapEvent.Kind.allCases.map(\.rawValue))
  }

  @Test func aProbeIsALineOfAList() {
    var listed: Set<String> = []
    for source in Self.sources where source.path.contains("/Catalogue/Catalogue+") {
      for match in source.code.matches(of: /\.(?:function|address)\(\s*\.(\w+),/) {
        listed.insert(String(match.output.1))
      }
    }
    #expect(listed == Set(ProbeCatalogue.all.map { "\($0.kind)" }))
  }

  @Test func aFormatIsAFileAndALine() throws {
    var found: Set<String> = []
    for source in Self.sources {
      for match in source.code.matches(of: /(?:enum|struct) (\w+): Reporter\b/) {
        found.insert(String(match.output.1))
      }
    }
    #expect(found == Set(ReporterRegistry.all.map { "\($0)" }))
    let documents = try FileManager.default.contentsOfDirectory(
      atPath: RepositoryFiles.url("Documentation").path
    ).filter { $0.hasSuffix(".md") }.map {
      try String(contentsOf: RepositoryFiles.url("Documentation/\($0)"), encoding: .utf8)
    }.joined()
    for name in ReporterRegistry.all.map({ $0.name }) {
      let isTold = ["--format \(name)", "--report \(name)="].contains { documents.contains($0) }
      #expect(isTold || name == "text", "\(name)")
    }
  }

  /// Each room is in its folder, alone writes its tables, and is held by one property of the mirror.
  @Test func anObjectIsAFolderAndALine() throws {
    let model = Self.sources.filter { $0.path.contains("/PagemapModel/") }
    let mirror = try #require(model.first { $0.name == "KernelMirror.swift" })
    let held = mirror.code.matches(
      of: /(?m)^  package internal\(set\) var \w+(?: = |: )(\w+Room)\b/)
    var rooms: [String] = []
    for source in model {
      for match in source.code.matches(of: /struct (\w+Room)\b/) {
        rooms.append(String(match.output.1))
      }
      for line in source.code.split(separator: "\n") where line.contains("= ObjectTable<") {
        #expect(line.contains("private"), "\(source.name): \(line)")
      }
    }
    #expect(held.map { String($0.output.1) }.sorted() == rooms.sorted())
    for match in model.flatMap({ $0.code.matches(of: /extension (\w+): Room\b/) }) {
      #expect(rooms.contains(String(match.output.1)))
    }
  }
}
