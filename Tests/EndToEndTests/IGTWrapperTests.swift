import Foundation
import Testing

/// `contrib/igt/igt-pmtrace`, with a stand-in for igt_runner and for the recording.
@Suite struct IGTWrapperTests {
  private static let wrapper = Recordings.fixtures.deletingLastPathComponent()
    .appending(path: "contrib/igt/igt-pmtrace").path

  private struct Results: Decodable {
    struct Test: Decodable { var result: String }
    var results_version: Int
    var tests: [String: Test]
    var totals: [String: [String: Int]]
  }

  /// Runs the wrapper around a runner that leaves two results and exits with `code`.
  private func run(
    _ recorded: String, code: Int = 0, writesResults: Bool = true
  ) throws -> (result: Command.Result, scratch: Scratch) {
    let scratch = try Scratch()
    let results = """
      {"__type__": "TestrunResult", "results_version": 10, "tests": {
        "igt@xe_svm@fault": {"result": "pass"}, "igt@xe_svm@evict": {"result": "fail"}},
       "totals": {"": {"pass": 1, "fail": 1}, "root": {"pass": 1, "fail": 1},
        "igt@xe_svm": {"pass": 1, "fail": 1}}}
      """
    let programs = [
      "pmtrace": """
      #!/bin/sh
      [ "$1" = record ] || exec '\(Command.binary.path)' "$@"
      echo "$@" > record.log
      while [ "$1" != -- ]; do [ "$1" != -o ] || out=$2; shift; done
      cp '\(Recordings.path(recorded))' "$out"; shift; exec "$@"
      """,
      "igt_runner": """
      #!/bin/sh
      for results; do :; done
      [ ! -e "$results" ] || exit 99
      mkdir "$results"
      \(writesResults ? "cp results.in \"$results/results.json\"" : ":")
      exit \(code)
      """,
    ]
    for (name, text) in programs { try scratch.program(name, text) }
    _ = try scratch.file("results.in", Array(results.utf8))
    let line = """
      PMTRACE=./pmtrace IGT_RESULTS=/nonexistent exec '\(Self.wrapper)' --set pages -- \
      ./igt_runner --test-list l build/tests results
      """
    return (try Command.shell(line, in: scratch.folder), scratch)
  }

  private func results(_ scratch: Scratch, _ name: String = "results.json") throws -> Results {
    try JSONDecoder().decode(
      Results.self,
      from: try Data(contentsOf: scratch.folder.appending(path: "results/\(name)")))
  }

  private static let hasJq = FileManager.default.isExecutableFile(atPath: "/usr/bin/jq")

  @Test(
    .enabled(if: hasJq, "there is no jq"),
    arguments: [("clean", 0, "pass"), ("d_leak_pagemap", 1, "fail")])
  func resultsAreAddedToThoseOfTheRunner(_ recorded: String, _ code: Int, _ verdict: String)
    throws
  {
    let (result, scratch) = try run(recorded)
    #expect(result.status == Int32(code), "\(result.errors)")
    let merged = try results(scratch)
    let own = try results(scratch, "pmtrace.json")
    #expect(merged.tests["igt@xe_svm@fault"]?.result == "pass")
    #expect(merged.tests["igt@pmtrace@pm001-leaked-pagemap-reference"]?.result == verdict)
    #expect(merged.tests.count == own.tests.count + 2)
    for key in ["", "root"] {
      #expect(merged.totals[key]?["pass"] == (own.totals[key]?["pass"] ?? 0) + 1)
      #expect(merged.totals[key]?["fail"] == (own.totals[key]?["fail"] ?? 0) + 1)
    }
    #expect(merged.totals["igt@xe_svm"] == ["pass": 1, "fail": 1])
    let names = try FileManager.default.contentsOfDirectory(
      atPath: scratch.folder.appending(path: "results").path)
    #expect(names.sorted() == ["pmtrace.dat", "pmtrace.html", "pmtrace.json", "results.json"])
    let log = try String(
      contentsOf: scratch.folder.appending(path: "record.log"), encoding: .utf8)
    #expect(log.hasPrefix("record -o /tmp/igt-pmtrace."))
    #expect(log.hasSuffix(" --set pages -- ./igt_runner --test-list l build/tests results\n"))
  }

  @Test func theRunnersFailureIsTheCode() throws {
    let (result, scratch) = try run("d_leak_pagemap", code: 7)
    #expect(result.status == 7)
    #expect(try results(scratch, "pmtrace.json").results_version == 10)
  }

  @Test func withoutResultsPmtracesOwnStandAlone() throws {
    let (result, scratch) = try run("clean", writesResults: false)
    #expect(result.status == 0)
    #expect(result.errors.contains("there is no results/results.json to add to"))
    #expect(try results(scratch, "pmtrace.json").results_version == 10)
  }

  @Test(arguments: ["", "--", "igt_runner results", "--set pages --"])
  func withoutACommandItTellsHow(_ arguments: String) throws {
    let scratch = try Scratch()
    let result = try Command.shell("exec '\(Self.wrapper)' \(arguments)", in: scratch.folder)
    #expect(result.status == 64)
    #expect(result.errors.contains("igt-pmtrace [PMTRACE-RECORD-OPTIONS] -- igt_runner"))
  }
}
