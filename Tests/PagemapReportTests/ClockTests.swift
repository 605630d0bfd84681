import Foundation
import PagemapAnalysis
import PagemapDiff
import PagemapEvents
import PagemapModel
import PagemapReport
import PagemapRules
import TestSupport
import Testing
import TraceIngest
import TraceWords

/// Traces whose clock does not count time: no report tells seconds of them.
@Suite struct ClockTests {
  /// A stamp in seconds, or a duration with a unit of time.
  private static func times(in text: String) -> Set<String> {
    let stamps = text.matches(of: /\d+\.\d{6}\b/).map { String($0.output) }
    let durations = text.matches(of: /\b\d[\d.]* (?:ns|us|ms|s)\b/).map { String($0.output) }
    return Set(stamps + durations)
  }

  /// What the kernel's rules, and the formats, say of seconds whatever the trace is.
  private static func fixedTimes(_ reporter: any Reporter.Type) -> Set<String> {
    let rules = RuleRegistry.all.map { rule in
      let guide = rule.guide
      return
        ([rule.title, rule.invariant, guide.why, guide.looksLike] + guide.lookAlikes
        + guide.history.map(\.subject)).joined(separator: "\n")
    }
    let empty = reporter.render(
      Report(traces: [], rules: RuleRegistry.all), options: RenderOptions())
    return times(in: rules.joined(separator: "\n") + String(decoding: empty, as: UTF8.self))
      // How long a test took that took no time.
      .union(["0.000000"])
  }

  private static func analyze(_ path: String) throws -> TraceAnalysis {
    var options = AnalysisOptions()
    options.wantsTimeline = true
    return try Analyzer.analyze(TraceOpener.open(path: path), path: "trace.dat", options: options)
  }

  private func expectNoTimes(_ analysis: TraceAnalysis, _ name: String) {
    let report = Report(traces: [analysis], rules: RuleRegistry.all)
    for reporter in ReporterRegistry.all {
      let text = String(
        decoding: reporter.render(report, options: RenderOptions()), as: UTF8.self)
      let found = Self.times(in: text).subtracting(Self.fixedTimes(reporter))
      #expect(found == [], "\(name) as \(reporter.name)")
    }
  }

  /// A real trace, told as if its clock had units of its own: every word of it follows the clock.
  @Test(arguments: [
    "clean", "d_leak_pagemap", "d_leak_page", "d_double_migrate", "d_extra_put_late", "d_thrash",
    "d_skip_owner_vm", "d_shrink_race", "d_migrate_unplugged", "holes",
  ])
  func wordsFollowTheClock(_ recording: String) throws {
    let path = RepositoryFiles.url("fixtures/recordings/\(recording).dat").path()
    var analysis = try Self.analyze(path)
    let before = analysis.findings.map(\.fingerprint)
    analysis.metadata?.timestampsAreNanoseconds = false
    expectNoTimes(analysis, recording)
    #expect(analysis.findings.map(\.fingerprint) == before)
    let titles = analysis.findings.filter { $0.severity > .info }.map {
      $0.title.text(analysis.time)
    }
    #expect(Set(Baseline(of: [analysis]).entries.map(\.title)) == Set(titles))
  }

  /// A trace of such a clock, from its bytes on.
  @Test(arguments: ["counter", "x86-tsc", "uptime"]) func tracesOfOtherClocks(_ clock: String)
    throws
  {
    var kernel = PagemapScenario()
    kernel.clock = clock
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    _ = kernel.vmCreate(gpu)
    let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    kernel.fault(allocation)
    kernel.reinit(vm.pagemap, sampled: 2)
    let path = NSTemporaryDirectory() + "/pmtrace-clock-\(UUID().uuidString).dat"
    try Data(kernel.finish()).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }

    let analysis = try Self.analyze(path)
    #expect(analysis.metadata?.clock == clock)
    #expect(!analysis.time.isNanoseconds)
    let finding = try #require(analysis.findings.first { $0.rule == RuleID(14) })
    let why = try #require(finding.explanation.first?.text(analysis.time))
    #expect(why.contains(/^at \d+ ticks it was not free for a new life/), "\(why)")
    expectNoTimes(analysis, clock)
    let text = String(
      decoding: TextReporter.render(
        Report(traces: [analysis], rules: RuleRegistry.all), options: RenderOptions()),
      as: UTF8.self)
    #expect(text.contains(/since +\d+ ticks, CPU 0/), "\(text)")

    var request = ReplayRequest()
    request.follow = true
    var lines: [UInt8] = []
    let state = try Replayer.replay(
      TraceOpener.open(path: path), path: "trace.dat", request: request,
      onPassage: { passage in
        lines += ReplayText.line(passage, isNanoseconds: false, options: RenderOptions())
        lines += ReplayJSON.line(passage, isNanoseconds: false)
        return true
      })
    lines += ReplayText.state(state, options: RenderOptions()) + ReplayJSON.state(state)
    #expect(Self.times(in: String(decoding: lines, as: UTF8.self)) == [])
  }

  /// Two runs by such a clock are compared in its units, with one that tells time not at all.
  @Test func differencesFollowTheClock() throws {
    let path = RepositoryFiles.url("fixtures/recordings/clean.dat").path()
    let seconds = try Self.analyze(path)
    var ticks = seconds
    ticks.metadata?.timestampsAreNanoseconds = false
    func text(_ one: RunDigest, _ other: RunDigest) -> String {
      String(
        decoding: DiffText.render(
          RunDifference([one], [other], limits: DiffLimits()), options: RenderOptions()),
        as: UTF8.self)
    }
    let same = text(RunDigest(ticks), RunDigest(ticks))
    #expect(same.contains("p50") && same.contains(" ticks"))
    #expect(Self.times(in: same) == [])
    #expect(!text(RunDigest(seconds), RunDigest(ticks)).contains("p50"))
    #expect(text(RunDigest(seconds), RunDigest(seconds)).contains("p50"))
    let bytes = JSONReporter.render(
      Report(traces: [ticks], rules: RuleRegistry.all), options: RenderOptions())
    let saved = try SavedReport.read(bytes, name: "saved")
    #expect(saved == [RunDigest(ticks)])
  }
}
