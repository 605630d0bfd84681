import Foundation
import PagemapRules
import TestSupport
import Testing
import TraceIngest

@testable import PagemapAnalysis

/// A pass needs rules that were decided.
@Suite struct VerdictTests {
  private static func analysis(
    of path: String, _ options: AnalysisOptions = AnalysisOptions()
  ) throws -> TraceAnalysis {
    let file = RepositoryFiles.url("fixtures/\(path)").path
    return try Analyzer.analyze(TraceOpener.open(path: file), path: path, options: options)
  }

  private static func requiring(_ names: String...) -> AnalysisOptions {
    var options = AnalysisOptions()
    for name in names { options.required.formUnion(RuleNames.required(name) ?? []) }
    return options
  }

  @Test func oneEventIsNoPass() throws {
    let text =
      "          pmtest-77    [000] 5.000007: drm_pagemap_put: (ffff) dpagemap=0xff ref=2\n"
    var bytes = Array(text.utf8)[...]
    let reader = try TextTraceReader { buffer throws(IngestError) in
      let part = bytes.prefix(buffer.count)
      bytes = bytes.dropFirst(part.count)
      buffer.copyBytes(from: part)
      return part.count
    }
    let analysis = try Analyzer.analyze(reader, path: "one", options: AnalysisOptions())
    #expect(analysis.verdict == .inconclusive)
    #expect(analysis.exitCode == 2)
    #expect(analysis.reason.plain.contains("was decided: no event of"))
  }

  @Test func requiredRulesMustBeDecided() throws {
    let base = "recordings/clean.base.dat"
    #expect(try Self.analysis(of: base).verdict == .pass)
    #expect(try Self.analysis(of: base, Self.requiring("lifetimes", "migrations")).verdict == .pass)
    for names in ["PM040", "all", "protocol"] {
      let analysis = try Self.analysis(of: base, Self.requiring(names))
      #expect(analysis.verdict == .inconclusive)
      #expect(analysis.reason.plain.contains("is required and was not decided: no probe of"))
    }
  }

  @Test func aRequiredRuleThatIsNotCheckedIsNotDecided() throws {
    var options = Self.requiring("PM001")
    options.rules = [RuleID(2)]
    let analysis = try Self.analysis(of: "recordings/clean.dat", options)
    #expect(analysis.reason.plain == "PM001 is required and was not decided: it is not checked")
    options.required = []
    #expect(try Self.analysis(of: "recordings/clean.dat", options).verdict == .pass)
  }

  /// A certain finding fails whatever else was required.
  @Test func aFailureStaysOne() throws {
    let analysis = try Self.analysis(
      of: "recordings/d_leak_pagemap.dat", Self.requiring("all"))
    #expect(analysis.verdict == .fail)
  }

  @Test func requirementsAreNamed() {
    #expect(RuleNames.required("leak-reference") == [RuleID(1)])
    #expect(RuleNames.required("leaked-pagemap-reference") == [RuleID(1)])
    #expect(RuleNames.required("pm7") == [RuleID(7)])
    #expect(RuleNames.required("all")?.count == RuleRegistry.all.count)
    #expect(RuleNames.required("lifetime") == nil)
    #expect(RuleNames.nearestRequirement(to: "lifetime") == "lifetimes")
    for group in RuleGroup.allCases {
      #expect(group.rules.isSubset(of: RuleRegistry.all.map(\.id)))
    }
  }

  /// A trace.dat whose events lost their format, by a wrong digit of its id.
  @Test(arguments: ["drm_pagemap_put", "drm_pagemap_init", "drm_pagemap_zdd_destroy"])
  func recordsWithoutAFormatAreNoPass(event: String) throws {
    var bytes = [UInt8](try Data(contentsOf: RepositoryFiles.url("fixtures/formats/clean.v6.dat")))
    let name = Array("name: \(event)\nID: ".utf8)
    let place = try #require(bytes.firstRange(of: name)).upperBound
    bytes[place] = UInt8(ascii: "9")
    let path = FileManager.default.temporaryDirectory.appending(
      path: "pmtrace-unformatted-\(UUID().uuidString).dat"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(filePath: path))
    let analysis = try Analyzer.analyze(
      TraceOpener.open(path: path), path: "x", options: AnalysisOptions())
    #expect(analysis.verdict == .inconclusive)
    #expect(analysis.reason.plain.contains("whose format is not in the file"))
    let ledger = try #require(analysis.ledger)
    #expect(ledger.cpus.contains { $0.unformattedRecords > 0 })
    #expect(Set(ledger.cpus.flatMap(\.unformatted).map(\.id)).count == 1)
  }
}
