import PagemapAnalysis
import PagemapRules
import TraceIngest
import TraceWords

/// The report for people: the verdict first, then what led to it, then what it rests on.
package enum TextReporter: Reporter {
  package static let name = "text"

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    for (index, trace) in report.traces.enumerated() {
      if index > 0, !options.quiet { page.space() }
      if options.quiet { brief(trace, &page) } else { full(trace, report, &page) }
    }
    if let comparison = report.baseline, !options.quiet { baseline(comparison, &page) }
    if report.traces.count > 1, !options.quiet { severalFiles(report, &page) }
    return page.bytes
  }

  /// The verdict and a line per finding.
  private static func brief(_ trace: TraceAnalysis, _ page: inout TextPage) {
    verdict(trace, &page)
    for finding in trace.findings {
      page.line(lead(finding) + [Span(finding.title.text(trace.time), .strong)], indent: 2)
    }
  }

  private static func full(_ trace: TraceAnalysis, _ report: Report, _ page: inout TextPage) {
    verdict(trace, &page)
    let time = trace.time
    findings(trace, report, time, &page)
    if let summary = trace.summary { self.summary(summary, trace, time, &page) }
    completeness(trace, report, time, &page)
    rules(trace, report, &page)
  }

  /// `FAIL trace.dat: 1 certain error`.
  private static func verdict(_ trace: TraceAnalysis, _ page: inout TextPage) {
    let word = Span(trace.verdict.rawValue.uppercased(), trace.verdict.style)
    page.line([word, Span(" \(trace.path): ", .strong), Span(trace.reason.text(trace.time))])
    if trace.incompletenessAllowed {
      page.line(
        [
          Span("ALLOWED", .caution),
          " evidence may be missing: --allow-incomplete made this exit code \(trace.exitCode)",
        ], indent: 2)
    }
  }
}

extension Verdict {
  /// The colour of the verdict's word.
  var style: Style {
    switch self {
    case .pass: .good
    case .fail: .bad
    case .inconclusive: .caution
    case .unusable: .unusable
    }
  }
}
