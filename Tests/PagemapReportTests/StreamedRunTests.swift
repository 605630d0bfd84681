import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapReport
import PagemapRules
import TestSupport
import Testing
import TraceIngest

@Suite struct StreamedRunTests {
  /// What a stream has told by its end is what an analysis finds certain, with the same words.
  @Test(arguments: [
    "clean", "d_leak_pagemap", "d_leak_page", "d_double_migrate", "d_extra_put", "d_late_put",
    "d_skip_owner_vm", "d_shrink_race", "d_migrate_unplugged", "holes", "cache_revive", "p2p",
  ])
  func tellsWhatAnAnalysisFinds(_ recording: String) throws {
    let run = try StreamedRun(recording, every: 20)
    var told: [Int: Finding] = [:]
    for (_, news) in run.news {
      switch news.kind {
      case .found:
        #expect(told[news.number] == nil, "told twice")
        told[news.number] = news.finding
      case .changed:
        #expect(told[news.number] != nil)
        told[news.number] = news.finding
      case .withdrawn: #expect(told.removeValue(forKey: news.number) != nil)
      }
    }
    let path = RepositoryFiles.url("fixtures/recordings/\(recording).dat").path()
    let analysis = try Analyzer.analyze(
      TraceOpener.open(path: path), path: recording, options: AnalysisOptions())
    func lines(_ findings: some Sequence<Finding>) -> [String] {
      findings.filter(\.isCertain).map { finding in
        "\(finding.rule) \(finding.severity) \(finding.object.kind) "
          + "\(finding.object.address) \(finding.title.plain)"
      }.sorted()
    }
    #expect(lines(told.values) == lines(analysis.findings))
    let counted = run.last.findings.standing.filter { $0.key.isCertain }.values.reduce(0, +)
    #expect(counted == UInt64(analysis.findings.count(where: \.isCertain)))
    #expect(run.last.overview.pagemapEvents == analysis.summary?.pagemapEvents)
    #expect(run.last.overview.migrations == analysis.summary?.migrations)
  }

  /// A broken rule is told while the trace goes on, not at its end, where nothing later matters.
  @Test(arguments: ["d_shrink_race", "d_extra_put"]) func someAreToldAtOnce(_ recording: String)
    throws
  {
    let run = try StreamedRun(recording, every: 5)
    let first = try #require(run.news.first { $0.news.finding.severity > .info })
    #expect(first.tick < run.statuses.count)
  }
}
