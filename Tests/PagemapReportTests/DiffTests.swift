import PagemapAnalysis
import PagemapModel
import PagemapRules
import Testing

@testable import PagemapDiff
@testable import PagemapReport

/// Comparisons as they are printed, and reports as they are read back.
@Suite struct DiffTests {
  // MARK: Saved reports

  @Test(arguments: [Samples.pass, Samples.fail, Samples.inconclusive, Samples.unusable])
  func aSavedReportGivesTheDigestOfItsAnalysis(_ trace: TraceAnalysis) throws {
    let bytes = JSONReporter.render(Samples.report(trace), options: RenderOptions())
    #expect(SavedReport.looksLikeOne(bytes))
    var trace = trace
    for place in trace.findings.indices where trace.findings[place].fingerprint == nil {
      trace.findings[place].fingerprint = Fingerprint(of: ["\(place)"])
    }
    let marked = JSONReporter.render(Samples.report(trace), options: RenderOptions())
    #expect(try SavedReport.read(marked, name: "r.json") == [RunDigest(trace)])
  }

  @Test func damagedReportsNeverCrash() {
    let bytes = JSONReporter.render(Samples.report, options: RenderOptions())
    for length in stride(from: 0, to: bytes.count, by: 37) {
      _ = try? SavedReport.read(Array(bytes.prefix(length)), name: "r")
    }
  }

  // MARK: Output

  private func digest(
    _ path: String = "a.dat", verdict: String = "pass", findings: [String] = [],
    calls: [RunDigest.CallDigest] = [], cost: [RunDigest.Amount] = []
  ) -> RunDigest {
    RunDigest(
      path: path, verdict: verdict, exitCode: 0, isComplete: true,
      findings: findings.map {
        RunDigest.FoundDigest(
          fingerprint: $0, rule: "PM001", severity: "error", isCertain: true, title: "leak \($0)",
          device: "gpu.0", isAccepted: false)
      }, calls: calls, cost: cost)
  }

  private func calls(
    _ count: UInt64 = 100, failures: UInt64 = 0, p50: UInt64 = 1000, p99: UInt64 = 2000,
    name: String = "system-to-device"
  ) -> RunDigest.CallDigest {
    RunDigest.CallDigest(
      name: name, count: count, failures: failures, bytes: 4096 * count, p50: p50, p99: p99,
      longest: p99, distribution: [.init(upTo: 1000, count: count / 2), .init(upTo: nil, count: 1)])
  }

  private var difference: RunDifference {
    let before = digest(
      findings: ["f1", "f2"], calls: [calls(failures: 1), calls(name: "device-to-device")],
      cost: [.init(name: "peak-memory", value: 2_097_152, unit: .bytes)])
    var after = digest(
      "dir/b\u{1b}[31m.dat", verdict: "fail", findings: ["f2", "f3"],
      calls: [calls(80, failures: 20, p50: 5000, p99: 70_000)],
      cost: [.init(name: "peak-memory", value: 4_194_304, unit: .bytes)])
    after.isComplete = false
    return RunDifference([before], [after], limits: DiffLimits())
  }

  @Test func goldens() throws {
    try expectGolden(DiffText.render(difference, options: RenderOptions()), "diff-text")
    try expectGolden(DiffJSON.render(difference), "diff-json")
  }

  @Test func theDocumentFollowsItsSchema() throws {
    let validator = try Schema.validator("pmtrace.diff-1.schema.json")
    for difference in [
      difference, RunDifference([digest()], [], limits: DiffLimits()),
      RunDifference([], [], limits: DiffLimits()),
    ] {
      #expect(validator.errors(in: try JSONParser.parse(DiffJSON.render(difference))) == [])
    }
  }

  @Test func baselinesFollowTheirSchema() throws {
    let validator = try Schema.validator("pmtrace.baseline-1.schema.json")
    let entry = Baseline.Entry(
      fingerprint: Fingerprint(of: ["x"]), rule: RuleID(1), title: "t", device: nil,
      object: "pagemap", task: nil, function: "f")
    for baseline in [Baseline(), Baseline([entry])] {
      #expect(validator.errors(in: try JSONParser.parse(JSONBaseline.render(baseline))) == [])
    }
  }
}
