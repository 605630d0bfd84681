import PagemapModel
import Testing

@testable import PagemapDiff

/// What is worse in a second run, and what is not.
@Suite struct DifferenceTests {
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

  private func regressions(
    _ before: RunDigest, _ after: RunDigest, _ change: (inout DiffLimits) -> Void = { _ in }
  ) -> [Regression] {
    var limits = DiffLimits()
    change(&limits)
    return RunDifference([before], [after], limits: limits).pairs[0].regressions
  }

  @Test func theSameIsNoRegression() {
    let one = digest(findings: ["f1"], calls: [calls()])
    let difference = RunDifference([one], [one], limits: DiffLimits())
    #expect(difference.exitCode == 0)
    #expect(difference.pairs[0].regressions == [])
    #expect(difference.pairs[0].kept == 1)
  }

  @Test func newFindingsAreRegressionsAndGoneOnesAreNot() {
    let one = digest(findings: ["f1", "f2"])
    let other = digest(findings: ["f2", "f3"])
    #expect(regressions(one, other) == [.finding(other.findings[1])])
    var accepted = other
    accepted.findings[1].isAccepted = true
    #expect(regressions(one, accepted) == [])
    accepted.findings[1].isAccepted = false
    accepted.findings[1].isCertain = false
    #expect(regressions(one, accepted) == [])
    #expect(
      RunDifference([one], [other], limits: DiffLimits()).pairs[0].gone.map(\.title) == ["leak f1"])
  }

  @Test(arguments: [
    ("pass", "fail", 1), ("inconclusive", "fail", 1), ("fail", "fail", 0), ("fail", "pass", 0),
    ("pass", "inconclusive", 0), ("pass", "unusable", 1),
  ])
  func verdicts(_ before: String, _ after: String, _ count: Int) {
    #expect(regressions(digest(verdict: before), digest(verdict: after)).count == count)
  }

  @Test func exitCodes() {
    func code(_ before: String, _ after: String) -> Int32 {
      RunDifference(
        [digest(verdict: before)], [digest(verdict: after)], limits: DiffLimits()
      ).exitCode
    }
    #expect(code("pass", "pass") == 0)
    #expect(code("pass", "fail") == 1)
    #expect(code("pass", "inconclusive") == 2)
    #expect(code("inconclusive", "pass") == 2)
    #expect(code("unusable", "fail") == 3)
    #expect(RunDifference([], [], limits: DiffLimits()).exitCode == 3)
  }

  @Test func latenciesHaveALimit() {
    let one = digest(calls: [calls()])
    #expect(regressions(one, digest(calls: [calls(p50: 1500)])) == [])
    #expect(regressions(one, digest(calls: [calls(p50: 1501)])).count == 1)
    #expect(regressions(one, digest(calls: [calls(p99: 9000)])).count == 1)
    #expect(regressions(one, digest(calls: [calls(p50: 9000)])) { $0.latency = nil } == [])
    #expect(regressions(one, digest(calls: [calls(p50: 1100)])) { $0.latency = 5 }.count == 1)
    let few = digest(calls: [calls(19)])
    #expect(regressions(few, digest(calls: [calls(p50: 9000)])) == [])
  }

  @Test func failuresAreSharesOfCalls() {
    let one = digest(calls: [calls(1000, failures: 10)])
    #expect(regressions(one, digest(calls: [calls(100, failures: 2)])) == [])
    #expect(
      regressions(one, digest(calls: [calls(100, failures: 3)]))
        == [.failures(calls: "system-to-device", before: 1, after: 3)])
  }

  @Test func migrationsCountOnlyWhereAsked() {
    let one = digest(calls: [calls(100)])
    let other = digest(calls: [calls(1000)])
    #expect(regressions(one, other) == [])
    #expect(regressions(one, other) { $0.migrations = 100 }.count == 2)
    let none = digest()
    #expect(regressions(none, other) { $0.migrations = 100 }.count == 2)
  }

  @Test func costHasALimit() {
    func cost(_ bytes: Double, _ mean: Double, _ samples: UInt64) -> RunDigest {
      digest(cost: [
        .init(name: "peak-memory", value: bytes, unit: .bytes),
        .init(name: "creation-mean", value: mean, unit: .nanoseconds, samples: samples),
        .init(name: "pagemaps-created", value: bytes, unit: .count),
      ])
    }
    #expect(regressions(cost(100, 10, 50), cost(120, 12, 50)) == [])
    #expect(regressions(cost(100, 10, 50), cost(121, 10, 50)).count == 1)
    #expect(regressions(cost(100, 10, 50), cost(100, 13, 50)).count == 1)
    #expect(regressions(cost(100, 10, 50), cost(100, 13, 2)) == [])
    #expect(regressions(cost(0, 10, 50), cost(1, 10, 50)).count == 1)
  }

  @Test func severalTracesArePairedByFileName() {
    let difference = RunDifference(
      [digest("old/a.dat"), digest("old/b.dat")], [digest("new/b.dat"), digest("new/c.dat")],
      limits: DiffLimits())
    #expect(difference.pairs.map { $0.before?.path } == ["old/a.dat", "old/b.dat", nil])
    #expect(difference.pairs.map { $0.after?.path } == [nil, "new/b.dat", "new/c.dat"])
    #expect(difference.exitCode == 1)
  }

  @Test(arguments: [
    "", "{", "[]", "{}", "{\"schema\": \"pmtrace.report/2\", \"traces\": []}",
    "{\"schema\": \"pmtrace.report/1\", \"traces\": [{}]}",
    "{\"schema\": \"pmtrace.report/1\", \"traces\": 7}", "\u{0}\u{1}",
  ])
  func whatIsNoReportIsRefused(_ text: String) {
    do throws(SavedReport.Failure) {
      _ = try SavedReport.read(Array(text.utf8), name: "r.json")
      Issue.record("read")
    } catch {
      #expect(error.description.hasPrefix("r.json: "))
      #expect(error.description.contains("pmtrace analyze --format json"))
    }
  }
}
