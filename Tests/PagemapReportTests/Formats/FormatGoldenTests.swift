import PagemapAnalysis
import PagemapReport
import PagemapRules
import Testing

/// Every format of real recordings, byte for byte.
@Suite struct FormatGoldenTests {
  @Test(arguments: FormatSamples.formats) func recordings(_ format: String) throws {
    let reports: [(String, Report, Verdict)] = [
      ("clean", try FormatSamples.recording("clean.dat"), .pass),
      ("leak", try FormatSamples.recording("d_leak_pagemap.dat"), .fail),
      ("cut", try FormatSamples.recording("vm_churn.dat", cutTo: 22_907), .inconclusive),
      ("unusable", try FormatSamples.recording("clean.dat", cutTo: 0), .unusable),
    ]
    for (name, report, verdict) in reports {
      #expect(report.verdict == verdict)
      try expectGolden(try FormatSamples.render(format, report), "\(format)-\(name)")
    }
  }

  @Test(arguments: FormatSamples.formats) func theSameTwice(_ format: String) throws {
    for (_, report) in FormatSamples.all {
      let first = try FormatSamples.render(format, report)
      #expect(try FormatSamples.render(format, report) == first)
    }
  }

  /// No format lets a string of the trace steer a terminal or a page.
  @Test(arguments: FormatSamples.formats) func nothingHostileComesThrough(_ format: String) throws {
    let text = try FormatSamples.text(
      format, Samples.report(Samples.hostile(FormatSamples.nasty)))
    for scalar in text.unicodeScalars where scalar != "\n" {
      #expect(!UntrustedText.mustBeEscaped(scalar))
    }
  }
}
