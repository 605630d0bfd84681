import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapReport
import PagemapRules
import Testing
import TraceIngest
import TraceWords

/// A report as text.
func text(_ report: Report, _ options: RenderOptions = RenderOptions()) -> String {
  String(decoding: TextReporter.render(report, options: options), as: UTF8.self)
}

@Suite struct TextReporterTests {
  static let goldens: [(name: String, report: Report, options: RenderOptions)] = [
    ("pass", Samples.report(Samples.pass), RenderOptions()),
    ("fail", Samples.report(Samples.fail), RenderOptions()),
    ("inconclusive", Samples.report(Samples.inconclusive), RenderOptions()),
    ("unusable", Samples.report(Samples.unusable), RenderOptions()),
    ("several", Samples.report, RenderOptions()),
    ("quiet", Samples.report, RenderOptions(quiet: true)),
    ("color", Samples.report(Samples.fail), RenderOptions(color: true)),
  ]

  @Test(arguments: goldens.indices) func golden(_ index: Int) throws {
    let golden = Self.goldens[index]
    let bytes = TextReporter.render(golden.report, options: golden.options)
    try expectGolden(bytes, "text-\(golden.name)")
  }

  @Test(arguments: goldens.indices) func keepsItsShape(_ index: Int) {
    let golden = Self.goldens[index]
    let text = text(golden.report, golden.options)
    #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
    #expect(!text.contains(" \n"), "a space at the end of a line")
    #expect(!text.contains("\n\n\n"), "two empty lines")
    if !golden.options.color {
      #expect(!text.contains("\u{1b}"))
      for line in text.split(separator: "\n") where !line.hasPrefix("UNUSABLE") {
        #expect(line.count <= 100, "\(line)")
      }
    }
  }

  @Test func colorsAreAllThatColorAdds() {
    let colored = text(Samples.report, RenderOptions(color: true))
    #expect(colored.contains("\u{1b}["))
    #expect(colored.replacing(/\u{1b}\[[0-9;]*m/, with: "") == text(Samples.report))
  }

  @Test func aLetThroughVerdictIsLoud() {
    var analysis = Samples.inconclusive
    analysis.exitCode = 0
    analysis.incompletenessAllowed = true
    let report = Samples.report(analysis)
    #expect(report.exitCode == 0)
    for options in [RenderOptions(), RenderOptions(quiet: true)] {
      let text = text(report, options)
      #expect(text.hasPrefix("INCONCLUSIVE lossy.dat: "))
      #expect(text.contains("ALLOWED evidence may be missing: --allow-incomplete"))
    }
  }

  @Test func hostileStringsDoNotReachTheTerminal() {
    let hostile = "a\u{1b}[31mb\nPASS c\rd\u{7}\u{9b}2J\u{202e}e\u{200b}"
    let text = text(Samples.report(Samples.hostile(hostile)))
    let shown = "a\\x1b[31mb\\nPASS c\\rd\\x07\\x9b2J\\u{202e}e\\u{200b}"
    #expect(text.components(of: shown) >= 20, "some place dropped the string")
    for scalar in text.unicodeScalars where scalar != "\n" {
      #expect(!UntrustedText.mustBeEscaped(scalar))
    }
    #expect(!text.contains("\nPASS c"))
  }

  @Test func stampsOfOtherClocksKeepTheirUnit() {
    var analysis = Samples.fail
    analysis.metadata?.clock = "counter"
    analysis.metadata?.timestampsAreNanoseconds = false
    let text = text(Samples.report(analysis))
    #expect(text.contains("19049002007 ticks, CPU 1, pmtest-147"))
    #expect(!text.contains("19.049002"))
    #expect(text.contains("which does not count nanoseconds"))
  }

  @Test func aThousandCPUsDoNotMakeAThousandRows() {
    var analysis = Samples.inconclusive
    analysis.ledger?.cpus += (2..<UInt32(1000)).map { cpu in
      var ledger = CPULedger(buffer: 0, cpu: cpu)
      ledger.eventsRead = 1
      return ledger
    }
    let text = text(Samples.report(analysis))
    #expect(text.contains("999 further CPUs: 1,565 events read, none lost"))
    #expect(text.contains("1,801  1,024 + unknown count"))
  }

  @Test func manyStepsAreDrawn() {
    var analysis = Samples.pass
    analysis.summary?.cost.memory = (0..<256).map {
      .init(time: 19_000_000_000 + $0 * 1_000_000, bytes: ($0 % 64) * 64)
    }
    let text = text(Samples.report(analysis))
    let drawing = text.split(separator: "\n").first { $0.contains("|") }
    #expect(drawing?.split(separator: "|", omittingEmptySubsequences: false)[1].count == 60)
    #expect(text.contains("19.000000 to 19.500000 s"))
  }

  @Test func stacksStandBelowTheirEvents() {
    var analysis = Samples.fail
    analysis.findings[0].evidence[1].stack =
      ["drm_pagemap_put+0x9", "op_madvise+0x54"]
      + (0..<20).map { "function_\($0)+0x1" }
    analysis.findings[0].ledger?.stack = ["pmf_find+0x38", "0xffffffff81000000"]
    let text = text(Samples.report(analysis))
    #expect(text.contains("\n          called from drm_pagemap_put+0x9 < op_madvise+0x54 < f"))
    #expect(text.contains("by an event called from pmf_find+0x38 < 0xffffffff81000000\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test(arguments: [
    (Int64(4), Int64(0), "refs: 4 = 1 VM slot + 3 zdd\n"),
    (5, 1, "refs: 5 = 1 VM slot + 3 zdd + 1 unattributed, which appeared before 19.000001 s"),
    (2, -2, "refs: 2, although held by 1 VM slot + 3 zdd: 2 too few, which went missing before"),
  ])
  func ledger(_ references: Int64, _ unattributed: Int64, _ sentence: String) {
    var analysis = Samples.fail
    analysis.findings[0].ledger = ReferenceLedger(
      references: references, sampledAt: Samples.moment(1),
      holders: [.init(kind: "VM slot", count: 1), .init(kind: "zdd", count: 3)],
      unattributed: unattributed, appearedBefore: Samples.moment(19_000_001))
    #expect(text(Samples.report(analysis)).contains(sentence))
  }
}

extension String {
  /// How often `part` occurs.
  func components(of part: String) -> Int { ranges(of: part).count }
}

extension Samples {
  /// An analysis that has this string wherever the trace or the caller has a say.
  static func hostile(_ string: String) -> TraceAnalysis {
    var analysis = fail
    analysis.path = string
    analysis.reason = Sentence(string)
    var finding = leak
    finding.title = Sentence(string)
    finding.object.device = string
    finding.firstSeen.task = string
    finding.explanation = [Sentence(string)]
    finding.advice = Sentence(string)
    finding.evidence[0].moment.task = string
    finding.evidence[0].event = string
    finding.evidence[0].detail = Sentence(string)
    finding.evidence[0].stack = [string, string]
    finding.ledger?.stack = [string]
    finding.ledger?.holders[0].kind = string
    finding.ledger?.tasksThen = [NamedTask(pid: 147, name: string)]
    finding.ledger?.sampledAt.task = string
    analysis.findings = [finding]
    analysis.rules[1].reason = Sentence(string)
    analysis.summary?.devices[0].name = string
    analysis.metadata?.clock = string
    analysis.metadata?.kernelRelease = string
    analysis.metadata?.container = .traceDat(version: 7, compression: string)
    analysis.metadata?.buffers.append(TraceBuffer(name: string, cpus: [1]))
    analysis.ledger?.cpus[1].buffer = 1
    analysis.ledger?.cpus[1].add(
      LostEvents(buffer: 1, cpu: 1, count: nil, after: nil, before: nil))
    analysis.ledger?.add(Damage(kind: .malformed, offset: 1, length: nil, message: string))
    analysis.probes?.unknown = [string]
    analysis.probes?.rejected = [.init(name: string, reason: string)]
    analysis.probes?.present[0].name = string
    return analysis
  }
}
