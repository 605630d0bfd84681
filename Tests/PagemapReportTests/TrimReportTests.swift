import Foundation
import PagemapAnalysis
import PagemapEvents
import PagemapReport
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// An analysis of a smaller recording gives the same report, but for what `Documentation/Trim.md`
/// names: the container, and how many records were read.
@Suite struct TrimReportTests {
  static let recordings: [String] = ["recordings", "formats", "text"].flatMap { folder in
    let path = RepositoryFiles.url("fixtures/\(folder)").path()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".dat") || $0.hasSuffix(".txt") }.sorted()
      .map { "fixtures/\(folder)/\($0)" }
  }

  @Test func recordingsAreThere() { #expect(Self.recordings.count > 100) }

  @Test(arguments: recordings) func theReportIsTheSame(recording: String) throws {
    try expectSame(RepositoryFiles.url(recording).path())
  }

  /// Every container, of a trace without pagemap events, whole and with a gap.
  @Test(arguments: TraceDatBuilder.Container.allCases)
  func composedTraces(container: TraceDatBuilder.Container) throws {
    for isLossy in [false, true] {
      var scenario = PagemapScenario()
      scenario.wait(milliseconds: 3)
      if isLossy { scenario.loseEvents(count: 5) }
      let folder = try Scratch()
      let file = try folder.file("t.dat", scenario.finish(as: container))
      try expectSame(file.path)
    }
  }

  private func expectSame(_ path: String) throws {
    let folder = try Scratch()
    let small = folder.folder.appending(path: "small").path
    _ = try Trimmer.trim(path: path, to: small, salvaging: false) { PagemapKeeper(metadata: $0) }
    #expect(try Self.report(of: small) == Self.report(of: path))
  }

  /// The report without what a smaller recording must tell otherwise.
  private static func report(of path: String) throws -> Data {
    let analysis = try Analyzer.analyze(
      TraceOpener.open(path: path), path: "t", options: AnalysisOptions())
    let bytes = JSONReporter.render(
      Report(traces: [analysis], rules: RuleRegistry.all), options: RenderOptions())
    var report = try #require(
      JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    var traces = try #require(report["traces"] as? [[String: Any]])
    for index in traces.indices {
      var completeness = try #require(traces[index]["completeness"] as? [String: Any])
      completeness["container"] = nil
      var cpus = try #require(completeness["cpus"] as? [[String: Any]])
      for cpu in cpus.indices {
        cpus[cpu]["eventsRead"] = nil
        guard var statistics = cpus[cpu]["statistics"] as? [String: Any] else { continue }
        statistics["readEvents"] = nil
        statistics["entries"] = nil
        cpus[cpu]["statistics"] = statistics
      }
      completeness["cpus"] = cpus
      traces[index]["completeness"] = completeness
    }
    report["traces"] = traces
    return try JSONSerialization.data(withJSONObject: report, options: [.sortedKeys])
  }
}

/// A folder of a test's own, gone when the test is.
private final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pmtrace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> URL {
    let url = folder.appending(path: name)
    try Data(bytes).write(to: url)
    return url
  }
}
