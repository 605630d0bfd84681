import PagemapAnalysis
import PagemapRules
import TraceIngest
import TraceWords

/// piglit's results.json, version 10, as igt_runner writes it and igt's CI reads it.
package enum IGTReporter: Reporter {
  package static let name = "igt"

  /// All results that igt_runner counts.
  private static let answers = [
    "abort", "crash", "dmesg-fail", "dmesg-warn", "fail", "incomplete", "notrun", "pass", "skip",
    "timeout", "warn",
  ]

  /// A test, ready to be written.
  private struct Test {
    var name: String
    var answer: String
    var lines: [String]
    var nanoseconds: UInt64
    var trace: TraceAnalysis
  }

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    let suffixes = report.traces.count == 1 ? [""] : self.suffixes(report)
    let tests = zip(suffixes, report.traces).flatMap { self.tests($1, $0, report) }
    let total = report.traces.reduce(UInt64(0)) { $0.addingReportingOverflow($1.span).partialValue }
    let documents = tests.map { ($0.name, document($0, report)) }
    let counts = self.counts(tests)
    return JSONValue.object([
      "__type__": .string("TestrunResult"),
      "results_version": .unsigned(10),
      "name": .string("pmtrace"),
      "uname": .string(
        UntrustedText.escaped(report.traces.compactMap(\.metadata?.uname).first ?? "")),
      "cmdline": .array([]),
      "time_elapsed": time(total),
      "tests": .object(Dictionary(documents) { first, _ in first }),
      "totals": .object(["": counts, "root": counts, "igt@pmtrace": counts]),
      "runtimes": .object(["igt@pmtrace": .object(["time": time(total)])]),
    ]).serialized()
  }

  /// `@NAME` for each trace, which a dynamic subtest's name may be.
  private static func suffixes(_ report: Report) -> [String] {
    var taken: Set<String> = []
    return report.traces.map { trace in
      let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
      let name = String(report.location(of: trace).map { allowed.contains($0) ? $0 : "-" })
      var unique = name
      var number = 1
      while !taken.insert(unique).inserted {
        number += 1
        unique = "\(name)-\(number)"
      }
      return "@\(unique)"
    }
  }

  private static func tests(
    _ trace: TraceAnalysis, _ suffix: String, _ report: Report
  ) -> [Test] {
    let rules = report.results(of: trace).map { result in
      Test(
        name: "igt@pmtrace@\(result.name.lowercased())\(suffix)", answer: answer(result),
        lines: lines(result), nanoseconds: 0, trace: trace)
    }
    var words = [trace.verdictLine]
    if trace.verdict != .inconclusive, let missing = trace.missingEvidence {
      words.append(missing.text(trace.time))
    }
    return rules + [
      Test(
        name: "igt@pmtrace@verdict\(suffix)", answer: answer(trace), lines: words,
        nanoseconds: trace.span, trace: trace)
    ]
  }

  private static func answer(_ result: RuleResult) -> String {
    switch result.status {
    case .passed, .accepted: "pass"
    case .failed: "fail"
    case .warned: result.findings.contains(where: isCertainWarning) ? "warn" : "pass"
    case .skipped: "skip"
    }
  }

  private static func isCertainWarning(_ words: FindingWords) -> Bool {
    let finding = words.finding
    return finding.isCertain && finding.severity > .info && finding.acceptance == nil
  }

  private static func answer(_ trace: TraceAnalysis) -> String {
    switch trace.verdict {
    case .pass: "pass"
    case .fail: "fail"
    case .inconclusive: trace.incompletenessAllowed ? "warn" : "incomplete"
    case .unusable: "crash"
    }
  }

  private static func lines(_ result: RuleResult) -> [String] {
    let reason = result.status == .skipped ? [result.reason] : []
    return reason + result.findings.flatMap(\.lines)
  }

  private static func document(_ test: Test, _ report: Report) -> JSONValue {
    let release = test.trace.metadata?.kernelRelease ?? "not known"
    let version = report.toolVersion.isEmpty ? "" : " \(report.toolVersion)"
    let isBad = ["fail", "crash", "incomplete"].contains(test.answer)
    let text = test.lines.map { UntrustedText.escaped($0) + "\n" }.joined()
    return .object([
      "out": .string(text),
      "err": .string(isBad ? text : ""),
      "dmesg": .string(""),
      "igt-version": .string(UntrustedText.escaped("pmtrace\(version) (Linux: \(release))")),
      "result": .string(test.answer),
      "time": time(test.nanoseconds),
    ])
  }

  private static func time(_ nanoseconds: UInt64) -> JSONValue {
    .object([
      "__type__": .string("TimeAttribute"), "start": .double(0),
      "end": .double(Double(nanoseconds / 1000) / 1_000_000),
    ])
  }

  private static func counts(_ tests: [Test]) -> JSONValue {
    let counts = Dictionary(grouping: tests, by: \.answer).mapValues { UInt64($0.count) }
    return .object(
      Dictionary(uniqueKeysWithValues: answers.map { ($0, .unsigned(counts[$0, default: 0])) }))
  }
}
