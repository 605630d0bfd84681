import PagemapAnalysis
import PagemapEvents
import PagemapReport
import PagemapRules
import TestSupport
import Testing
import TraceWords

@testable import PagemapReport

@Suite struct ReportTests {
  /// Verdicts of single traces with their exit codes, and what a run over them gives.
  static let runs: [(codes: [Int32], exitCode: Int32, verdict: Verdict)] = [
    ([0], 0, .pass), ([1], 1, .fail), ([2], 2, .inconclusive), ([3], 3, .unusable),
    ([0, 0], 0, .pass), ([0, 2], 2, .inconclusive), ([2, 1], 1, .fail), ([1, 3], 3, .unusable),
    ([0, 1, 2, 3], 3, .unusable), ([3, 2, 1, 0], 3, .unusable), ([2, 0, 1], 1, .fail),
    ([], 2, .inconclusive),
  ]

  @Test(arguments: runs.indices) func exitCodes(_ index: Int) {
    let run = Self.runs[index]
    let verdicts: [Verdict] = [.pass, .fail, .inconclusive, .unusable]
    let traces = run.codes.map { code in
      TraceAnalysis(path: "x", verdict: verdicts[Int(code)], reason: "", exitCode: code)
    }
    let report = Report(traces: traces, rules: [])
    #expect(report.exitCode == run.exitCode)
    #expect(report.verdict == run.verdict)
  }

  @Test func unusableInputsCarryTheirError() {
    let analysis = Samples.unusable
    #expect(analysis.exitCode == 3 && analysis.verdict == .unusable)
    #expect(analysis.reason.plain.hasPrefix("byte 0: expected the magic"))
  }

  @Test func formatsAreFoundByName() {
    let names = ReporterRegistry.all.map { $0.name }
    #expect(names.first == "text")
    #expect(Set(names).count == names.count)
    for name in names { #expect(ReporterRegistry.reporter(named: name)?.name == name) }
    #expect(ReporterRegistry.reporter(named: "json") != nil)
    #expect(ReporterRegistry.reporter(named: "JSON") == nil)
  }

  @Test(arguments: ReporterRegistry.all.indices) func renderingIsDeterministic(_ index: Int) {
    let reporter = ReporterRegistry.all[index]
    let first = reporter.render(Samples.report, options: RenderOptions())
    for _ in 0..<5 {
      #expect(reporter.render(Samples.report, options: RenderOptions()) == first)
    }
  }

  @Test(arguments: [
    (Int64(1), "EPERM"), (12, "ENOMEM"), (16, "EBUSY"), (512, "ERESTARTSYS"), (999, "errno 999"),
  ])
  func errnoNames(_ number: Int64, _ name: String) { #expect(Errno.name(number) == name) }
}

@Suite struct FormatTests {
  @Test(arguments: [
    (UInt64(0), "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"),
    (1_048_575, "1023.9 KiB"), (1_048_576, "1 MiB"), (.max, "16383.9 PiB"),
  ])
  func bytes(_ value: UInt64, _ text: String) { #expect(Format.bytes(value) == text) }

  @Test(arguments: [
    (UInt64(0), "0 ns"), (999, "999 ns"), (1000, "1.00 us"), (24_600, "24.6 us"),
    (999_999, "999 us"), (1_234_567, "1.23 ms"), (12_345_678_901, "12.3 s"),
    (1_234_567_890_123, "1234 s"),
  ])
  func duration(_ value: UInt64, _ text: String) { #expect(TimeFormat().duration(value) == text) }

  @Test(arguments: [
    (UInt64(0), "0.000000"), (19_049_123_999, "19.049123"), (.max, "18446744073.709551"),
  ])
  func stamp(_ value: UInt64, _ text: String) { #expect(TimeFormat().stamp(value) == text) }

  @Test(arguments: [
    (UInt64(0), "0"), (999, "999"), (1000, "1,000"), (.max, "18,446,744,073,709,551,615"),
  ])
  func count(_ value: UInt64, _ text: String) { #expect(Format.count(value) == text) }

  @Test func wrappingKeepsWordsWhole() {
    #expect(TextPage.wrap("a bb ccc", 4) == ["a bb", "ccc"])
    #expect(TextPage.wrap("0x123456789 a", 4) == ["0x123456789", "a"])
    #expect(TextPage.wrap("", 4) == [""])
    #expect(TextPage.wrap("a  b", 9) == ["a  b"])
    #expect(TextPage.wrap("a b", -3) == ["a", "b"])
  }

  @Test func sparklines() {
    let steps: [(time: UInt64, value: UInt64)] = [(100, 1), (150, 10), (160, 0)]
    #expect(Sparkline.draw(steps, until: 200, columns: 10) == ".....@    ")
    #expect(Sparkline.draw([], until: 200, columns: 10).isEmpty)
    #expect(Sparkline.draw([(5, 0)], until: 5, columns: 3) == "   ")
    #expect(Sparkline.draw([(5, 7), (4, 7)], until: 0, columns: 2).count == 2)
    #expect(Sparkline.draw([(0, 7), (.max, .max)], until: .max, columns: 2).count == 2)
  }
}
