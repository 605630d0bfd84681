import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// The section "Findings".
extension TextReporter {
  /// Events of one finding that are shown before the middle of a long list is left out.
  private static let evidenceLimit = 24
  /// Events that a finding of severity info shows.
  private static let evidenceLimitOfInfo = 3

  static func findings(
    _ trace: TraceAnalysis, _ report: Report, _ time: TimeFormat, _ page: inout TextPage
  ) {
    guard !trace.findings.isEmpty else { return }
    page.heading("Findings")
    for (index, finding) in trace.findings.enumerated() {
      if index > 0, finding.severity > .info || trace.findings[index - 1].severity > .info {
        page.space()
      }
      page.hanging(lead(finding), Span(finding.title.text(time), .strong), indent: 2)
      if finding.severity > .info {
        body(finding, report, time, &page)
      } else {
        evidence(finding, limit: evidenceLimitOfInfo, time, &page)
      }
    }
  }

  /// What stands before a finding's title: `error PM001 (certain): `.
  static func lead(_ finding: Finding) -> [Span] {
    var certainty = finding.isCertain ? "certain" : "uncertain"
    switch finding.acceptance?.kind {
    case .baseline: certainty += ", known"
    case .suppression: certainty += ", accepted"
    case nil: if finding.isInBaseline == false { certainty += ", new" }
    }
    return [
      Span(finding.severity.rawValue, finding.severity.style), Span(" \(finding.rule) ", .strong),
      Span("(\(certainty)): ", .faint),
    ]
  }

  private static func body(
    _ finding: Finding, _ report: Report, _ time: TimeFormat, _ page: inout TextPage
  ) {
    if let acceptance = finding.acceptance {
      page.labelled("accepted", Span(acceptance.justification, .hint), indent: 4)
    }
    page.labelled("class", Span(finding.category.rawValue), indent: 4)
    page.labelled("object", Span(finding.object.sentence), indent: 4)
    page.labelled("since", Span(finding.firstSeen.sentence(time)), indent: 4)
    for (index, line) in finding.explanation.enumerated() {
      page.labelled(index == 0 ? "why" : "", Span(line.text(time)), indent: 4)
    }
    if !finding.evidence.isEmpty {
      page.line([Span("evidence", .faint)], indent: 4)
      evidence(finding, limit: evidenceLimit, time, &page)
    }
    if let ledger = finding.ledger { self.ledger(ledger, time, &page) }
    if let metadata = report.metadata(of: finding.rule) {
      page.labelled("invariant", Span(metadata.invariant), indent: 4)
      page.labelled("kernel", Span(metadata.kernelFunction), indent: 4)
    }
    page.labelled("next", Span(finding.advice.text(time), .hint), indent: 4)
  }

  /// The events in order, the middle of a long list left out.
  private static func evidence(
    _ finding: Finding, limit: Int, _ time: TimeFormat, _ page: inout TextPage
  ) {
    var table = TextTable([
      ("", .right), ("", .left), ("", .left), ("", .left), ("", .left),
    ])
    let events = finding.evidence
    let omitted = max(0, events.count - limit)
    let head = omitted == 0 ? events.count : (limit + 1) / 2
    for event in events.prefix(head) { add(event, time, to: &table) }
    if omitted > 0 {
      table.add(["...", "", "", Span(Format.count(UInt64(omitted), "further event"), .faint)])
      for event in events.suffix(limit - head) { add(event, time, to: &table) }
    }
    table.write(to: &page, indent: 6, narrow: 32)
  }

  private static func add(_ event: Evidence, _ time: TimeFormat, to table: inout TextTable) {
    table.add(row(event, time))
    if !event.stack.isEmpty { table.addNote(Span(callers(event.stack), .faint)) }
  }

  /// A stack in one line, the innermost caller first.
  static func callers(_ stack: [String]) -> String {
    "called from " + stack.joined(separator: " < ")
  }

  private static func row(_ event: Evidence, _ time: TimeFormat) -> [Span] {
    [
      Span(time.stamp(event.moment.time)), "CPU \(event.moment.cpu)", Span(event.moment.taskLabel),
      Span(event.event, .strong), Span(event.detail.text(time)),
    ]
  }
}

extension Severity {
  /// The colour of the severity's word.
  var style: Style {
    switch self {
    case .info: .hint
    case .warning: .caution
    case .error: .bad
    }
  }
}
