import Foundation
import Testing

/// The verdicts on real recordings.
@Suite struct RecordingTests {
  @Test func recordingsAreThere() {
    #expect(Recordings.names.count >= 45)
  }

  @Test(arguments: Recordings.names)
  func findsWhatIsThereAndNothingElse(name: String) throws {
    let truth = try Recordings.truth(of: name)
    let (report, status) = try ReportJSON.of(Recordings.path(name))
    let trace = try #require(report.traces.first)
    #expect(trace.aboveInfo == truth)
    let fails = truth.contains { $0.certain && $0.severity == "error" }
    #expect(status == (fails ? 1 : 0))
    #expect(report.exitCode == status)
    #expect(trace.verdict == (fails ? "fail" : "pass"))
  }

  /// Certain warnings fail a trace when asked to; uncertain ones never do.
  @Test(arguments: [
    ("d_thrash", "warning", Int32(1)), ("d_thrash", "error", 0),
    ("d_leak_page.base", "warning", 0), ("d_leak_page.base", "info", 0),
    ("d_double_migrate", "info", 1), ("d_double_migrate", "warning", 0),
  ])
  func failsFromTheAskedSeverityOn(name: String, severity: String, status: Int32) throws {
    let run = try Command.run(
      "analyze", "--quiet", "--fail-on", severity, Recordings.path(name))
    #expect(run.status == status)
  }

  @Test(arguments: [
    ("d_thrash", "thrash-trips=100"), ("d_pinned_fault", "livelock-time=10s"),
    ("d_thrash", "thrash-residency-factor=1000000000000"),
  ])
  func judgesByTheGivenThreshold(name: String, threshold: String) throws {
    let (report, _) = try ReportJSON.of("--threshold", threshold, Recordings.path(name))
    let expected = threshold.hasPrefix("thrash-residency") ? 1 : 0
    #expect(report.traces[0].aboveInfo.count == expected)
    let wrong = try Command.run("analyze", "--threshold", "quiet-time=5", Recordings.path(name))
    #expect(wrong.status == 64)
  }

  @Test func runsOnlyTheAskedRules() throws {
    let (report, status) = try ReportJSON.of("--rule", "PM002", Recordings.path("d_leak_pagemap"))
    #expect(status == 0)
    #expect(report.traces[0].rules?.map(\.id) == ["PM002"])
  }

  @Test func judgesEachFileAndThenAll() throws {
    let leak = Recordings.path("d_leak_pagemap")
    let clean = Recordings.path("clean")
    let cut = try Scratch()
    let bytes = try Data(contentsOf: URL(filePath: clean))
    let short = try cut.file("short.dat", [UInt8](bytes.prefix(bytes.count - 300))).path
    for (files, status) in [
      ([clean, clean], Int32(0)), ([clean, leak], 1), ([leak, short], 1), ([clean, short], 2),
      ([clean, leak, "/nowhere/trace.dat"], 3),
    ] {
      let run = try Command.run(all: ["analyze", "--quiet"] + files)
      #expect(run.status == status, "\(files)")
    }
  }

  @Test(arguments: ["clean", "d_leak_pagemap"])
  func versionsAndCompressionsGiveTheSameFindings(name: String) throws {
    let (zstd, _) = try ReportJSON.of(Recordings.path(name))
    for twin in ["v6", "v7"] {
      let path = Recordings.fixtures.appending(path: "formats/\(name).\(twin).dat").path
      let (other, _) = try ReportJSON.of(path)
      #expect(other.traces[0].aboveInfo == zstd.traces[0].aboveInfo, "\(twin)")
      #expect(other.traces[0].verdict == zstd.traces[0].verdict, "\(twin)")
    }
  }

  @Test func readsStandardInput() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Recordings.path("d_leak_page"))))
    let (report, status) = try ReportJSON.of("-", input: bytes)
    #expect(status == 1)
    #expect(report.traces[0].aboveInfo == (try Recordings.truth(of: "d_leak_page")))
  }

  /// The same trace gives the same bytes, wherever and however the command runs.
  @Test(arguments: ["json", "text"])
  func outputIsTheSameEverywhere(format: String) throws {
    let scratch = try Scratch()
    let bytes = try Data(contentsOf: URL(filePath: Recordings.path("d_madv_leak")))
    _ = try scratch.file("t.dat", [UInt8](bytes))
    let plain = try Command.shell(
      "$PMTRACE analyze --format \(format) t.dat", in: scratch.folder)
    let other = try Command.shell(
      "LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu $PMTRACE analyze --format \(format) t.dat",
      in: scratch.folder)
    #expect(!plain.output.isEmpty)
    #expect(plain.output == other.output)
  }
}
