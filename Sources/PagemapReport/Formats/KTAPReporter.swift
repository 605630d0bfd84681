import PagemapAnalysis
import PagemapRules
import TraceWords

/// KTAP version 1, as kselftest writes it and `kunit.py parse` reads it: a test per trace, whose
/// subtests are the rules.
package enum KTAPReporter: Reporter {
  package static let name = "ktap"

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    var text = "KTAP version 1\n1..\(report.traces.count)\n"
    for (index, (name, trace)) in zip(report.names, report.traces).enumerated() {
      text += self.trace(trace, number: index + 1, name: plain(name), report)
    }
    return Array(text.utf8)
  }

  /// A trace: its rules, what is to be said of it, its result.
  private static func trace(
    _ trace: TraceAnalysis, number: Int, name: String, _ report: Report
  ) -> String {
    let results = report.results(of: trace)
    var text = ""
    if !results.isEmpty {
      text += "  KTAP version 1\n  # Subtest: \(name)\n  1..\(results.count)\n"
      for (index, result) in results.enumerated() { text += rule(result, number: index + 1) }
    }
    text += diagnostic(trace.verdictLine, indent: "")
    if trace.verdict != .inconclusive, let missing = trace.missingEvidence {
      text += diagnostic(missing.text(trace.time), indent: "")
    }
    switch trace.verdict {
    case .pass: text += "ok \(number) - \(name)\n"
    case .fail, .unusable: text += "not ok \(number) - \(name)\n"
    case .inconclusive:
      text +=
        "ok \(number) - \(name) # SKIP inconclusive: \(plain(trace.reason.text(trace.time)))\n"
    }
    return text
  }

  private static func rule(_ result: RuleResult, number: Int) -> String {
    var text = ""
    for finding in result.findings {
      let isFailing = finding.finding.fails(at: finding.trace.failOn)
      for line in isFailing ? finding.lines : [finding.line] {
        text += diagnostic(line, indent: "  ")
      }
    }
    switch result.status {
    case .failed: text += "  not ok \(number) - \(plain(result.name))\n"
    case .skipped:
      text += "  ok \(number) - \(plain(result.name)) # SKIP \(plain(result.reason))\n"
    case .passed, .warned, .accepted: text += "  ok \(number) - \(plain(result.name))\n"
    }
    return text
  }

  private static func diagnostic(_ line: String, indent: String) -> String {
    "\(indent)# \(UntrustedText.escaped(line))\n"
  }

  /// A name or a reason: no line end, and no `#`, which starts a directive.
  static func plain(_ text: String) -> String {
    UntrustedText.escaped(text).replacing("#", with: "\\x23")
  }
}
