internal import PagemapModel
internal import PagemapRules

/// The section "Findings".
extension TextReporter {
  /// Events of one finding that are shown before the middle of a long list is left out.
  private static let evidenceLimit = 40
  /// Events that a finding of severity info shows.
  private static let evidenceLimitOfInfo = 3

  static func findings(
    _ trace: TraceAnalysis, _ report: Report, _ time: TimeFormat, _ page: inout TextPage
  ) {
    guard !trace.findings.isEmpty else { return }
    page.heading("Findings")
    for finding in trace.findings where finding.severity > .info {
      page.line(headline(finding), indent: 2)
      body(finding, report, time, &page)
      page.space()
    }
    let notes = trace.findings.filter { $0.severity == .info }
    for finding in notes {
      page.line(headline(finding), indent: 2)
      evidence(finding, limit: evidenceLimitOfInfo, time, &page)
    }
    if !notes.isEmpty { page.space() }
  }

  /// `error PM001 (certain): the pagemap … is still referenced`.
  static func headline(_ finding: Finding) -> [Span] {
    let certainty = finding.isCertain ? "certain" : "uncertain"
    return [
      Span(finding.severity.rawValue, finding.severity.style), Span(" \(finding.rule) ", .strong),
      Span("(\(certainty)): ", .faint), Span(finding.title, .strong),
    ]
  }

  private static func body(
    _ finding: Finding, _ report: Report, _ time: TimeFormat, _ page: inout TextPage
  ) {
    page.labelled("class", Span(finding.category.rawValue), indent: 4)
    page.labelled("object", Span(finding.object.sentence), indent: 4)
    page.labelled("since", Span(finding.firstSeen.sentence(time)), indent: 4)
    for (index, line) in finding.explanation.enumerated() {
      page.labelled(index == 0 ? "why" : "", Span(line), indent: 4)
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
    page.labelled("next", Span(finding.advice, .hint), indent: 4)
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
    for event in events.prefix(head) { table.add(row(event, time)) }
    if omitted > 0 {
      table.add(["...", "", "", Span(Format.count(UInt64(omitted), "further event"), .faint)])
      for event in events.suffix(limit - head) { table.add(row(event, time)) }
    }
    table.write(to: &page, indent: 6, narrow: 32)
  }

  private static func row(_ event: Evidence, _ time: TimeFormat) -> [Span] {
    [
      Span(time.stamp(event.moment.time)), "CPU \(event.moment.cpu)", Span(event.moment.taskLabel),
      Span(event.event, .strong), Span(event.detail),
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
