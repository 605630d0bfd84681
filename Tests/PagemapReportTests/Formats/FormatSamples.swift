import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapReport
import PagemapRules
import Testing
import TraceIngest

/// Reports that every format must get right.
enum FormatSamples {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../..").standardizedFileURL
  /// All formats but those that have tests of their own.
  static let formats = ReporterRegistry.all.map { $0.name }
    .filter { !["text", "json", "html", "perfetto"].contains($0) }
  static let nasty =
    "a<>&\"'`|#1@b ]]>\u{0}\u{1b}[31m\n\r\t\u{fffd}\u{202e}\u{fffe}é\u{1f41b} # SKIP x"

  static func render(_ format: String, _ report: Report) throws -> [UInt8] {
    let reporter = try #require(ReporterRegistry.reporter(named: format))
    return reporter.render(report, options: RenderOptions())
  }

  static func text(_ format: String, _ report: Report) throws -> String {
    String(decoding: try render(format, report), as: UTF8.self)
  }

  static var accepted: TraceAnalysis {
    var analysis = Samples.fail
    analysis.verdict = .pass
    analysis.exitCode = 0
    analysis.findings = [Samples.leak]
    analysis.findings[0].fingerprint = Fingerprint("0123456789abcdef")
    analysis.findings[0].isInBaseline = true
    analysis.findings[0].acceptance = Acceptance(
      kind: .suppression, reason: "known <bug>", owner: "me")
    analysis.rules[0].outcome = .accepted
    analysis.rules[2].outcome = .passed
    return analysis
  }

  /// Reports by name.
  static var all: [(name: String, report: Report)] {
    var path = Samples.fail
    path.path = "some dir/träce #1.dat"
    var baseline = Samples.report(accepted)
    baseline.baseline = BaselineComparison()
    var gone = accepted.findings[0]
    gone.fingerprint = Fingerprint("fedcba9876543210")
    if let entry = Baseline.Entry(gone, accepted.time) { baseline.baseline?.fixed = [entry] }
    var known = accepted
    known.findings[0].acceptance = Acceptance(kind: .baseline)
    // A task's name has at most 15 characters, and a broken one may have all 16 bytes.
    var long = Samples.fail
    long.findings[0].firstSeen.task = "0123456789abcdef"
    return [
      ("known", Samples.report(known)), ("long name", Samples.report(long)),
      ("pass", Samples.report(Samples.pass)), ("fail", Samples.report(Samples.fail)),
      ("inconclusive", Samples.report(Samples.inconclusive)),
      ("unusable", Samples.report(Samples.unusable)), ("accepted", baseline),
      ("several", Samples.report),
      ("twice", Report(traces: [Samples.fail, Samples.fail], rules: Samples.rules)),
      ("hostile", Samples.report(Samples.hostile(nasty))), ("path", Samples.report(path)),
      ("no rules", Report(traces: [Samples.fail], rules: [])),
    ]
  }

  /// A recording of the repository, judged by three rules.
  static func recording(_ name: String, cutTo length: Int? = nil) throws -> Report {
    let path = root.appending(path: "fixtures/recordings/\(name)").path
    let wanted: Set<RuleID> = [RuleID(1), RuleID(2), RuleID(5)]
    var options = AnalysisOptions()
    options.rules = wanted
    var file = path
    if let length {
      let url = FileManager.default.temporaryDirectory
        .appending(path: "pmtrace-\(UUID().uuidString)")
      try Data(try Data(contentsOf: URL(filePath: path)).prefix(length)).write(to: url)
      file = url.path
    }
    defer { if length != nil { try? FileManager.default.removeItem(atPath: file) } }
    var trace: TraceAnalysis
    do throws(IngestError) {
      let reader = try TraceOpener.open(path: file)
      trace = try Analyzer.analyze(reader, path: path, options: options, progress: nil)
    } catch {
      trace = .unusable(path: path, because: error)
    }
    var report = Report(
      traces: [trace], rules: RuleRegistry.all.filter { wanted.contains($0.id) })
    report.toolVersion = "1.2.3"
    report.directory = root.path
    return report
  }
}
