import PagemapAnalysis
import PagemapRules
import TraceWords

/// The section "Rules", and the table over several files.
extension TextReporter {
  static func rules(_ trace: TraceAnalysis, _ report: Report, _ page: inout TextPage) {
    guard !trace.rules.isEmpty else { return }
    page.heading("Rules")
    let passed = trace.rules.filter { $0.outcome == .passed }
    if !passed.isEmpty {
      page.labelled("passed", Span(passed.map(\.rule.description).joined(separator: " ")))
    }
    var table = TextTable([("", .left), ("", .left), ("", .left), ("", .left)])
    for outcome in trace.rules where outcome.outcome != .passed {
      table.add([
        Span(outcome.rule.description), Span(report.metadata(of: outcome.rule)?.slug ?? ""),
        Span(outcome.outcome.words, outcome.outcome.style), Span(outcome.reason.text(trace.time)),
      ])
    }
    table.write(to: &page, indent: 2, narrow: 30)
  }

  static func severalFiles(_ report: Report, _ page: inout TextPage) {
    page.heading("Summary")
    var table = TextTable([
      ("verdict", .left), ("exit", .right), ("errors", .right), ("warnings", .right),
      ("infos", .right), ("file", .left),
    ])
    for trace in report.traces {
      let counts = [Severity.error, .warning, .info].map { severity in
        trace.verdict == .unusable
          ? "-" : "\(trace.findings.count { $0.severity == severity })"
      }
      table.add(
        [
          Span(trace.verdict.rawValue.uppercased(), trace.verdict.style),
          Span("\(trace.exitCode)"),
        ] + counts.map { Span($0) } + [Span(trace.path)])
    }
    table.write(to: &page, indent: 2)
    let verdicts: [Verdict] = [.unusable, .fail, .inconclusive, .pass]
    let parts = verdicts.compactMap { verdict in
      let count = report.traces.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(verdict.rawValue)"
    }
    page.line([
      Span(report.verdict.rawValue.uppercased(), report.verdict.style),
      Span(" \(report.traces.count) files: \(parts.joined(separator: ", ")); "),
      Span("exit code \(report.exitCode)"),
    ])
  }
}

extension RuleOutcome.Outcome {
  var words: String { self == .notEvaluable ? "not evaluable" : rawValue }

  var style: Style {
    switch self {
    case .passed: .good
    case .violated: .bad
    case .accepted, .inconclusive: .caution
    case .notEvaluable: .faint
    }
  }
}
