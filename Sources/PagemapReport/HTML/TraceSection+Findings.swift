import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// The findings: what is wrong, since when, and what proves it.
extension TraceSection {
  /// Findings that are alike and need no fold.
  private static let alikeLimit = 3

  func findings(_ page: inout Markup) {
    guard trace.error == nil else { return }
    page.open("section", ("id", id("findings")), ("class", "findings"))
    page.element("h3", text: "Findings")
    if trace.findings.isEmpty {
      page.element("p", ("class", "none"), text: noFindings)
    }
    var places = Array(trace.findings.indices.prefix(findingLimit))
    while let first = places.first {
      let alike = places.prefix { isAlike(trace.findings[first], trace.findings[$0]) }
      places.removeFirst(alike.count)
      cards(Array(alike), &page)
    }
    let further = trace.findings.count - findingLimit
    if further > 0 {
      let text = Format.count(UInt64(further), "further finding")
      page.element("p", ("class", "none"), text: "\(text), in the JSON report.")
    }
    page.raw("</section>\n")
  }

  /// Whether two findings may stand under one line where there are many: of one rule, or both notes.
  private func isAlike(_ one: Finding, _ other: Finding) -> Bool {
    one.severity == other.severity
      && (one.severity == .info || one.rule == other.rule && one.isCertain == other.isCertain)
  }

  /// Findings that are alike: the first of them, and a fold for the others where they are many, so
  /// that they do not push away what else was found.
  private func cards(_ places: [Int], _ page: inout Markup) {
    guard let first = places.first, places.count > Self.alikeLimit else {
      for place in places { card(trace.findings[place], place: place, &page) }
      return
    }
    let finding = trace.findings[first]
    let isNote = finding.severity == .info
    let shown = isNote ? 0 : 1
    for place in places.prefix(shown) { card(trace.findings[place], place: place, &page) }
    let count = Format.count(UInt64(places.count - shown))
    page.raw("<details class=\"more fold\"><summary>")
    page.text(isNote ? "\(count) findings of severity info" : "\(count) further of \(finding.rule)")
    page.raw("</summary>\n")
    for place in places.dropFirst(shown) { card(trace.findings[place], place: place, &page) }
    page.raw("</details>\n")
  }

  private var noFindings: String {
    switch trace.verdict {
    case .pass: "None. Every rule that this trace can decide holds."
    default: "None, but evidence may be missing: see Completeness."
    }
  }

  /// The id of a finding's card.
  func findingID(_ place: Int) -> String { id("finding-\(place + 1)") }

  private func card(_ finding: Finding, place: Int, _ page: inout Markup) {
    let isOpen = place == 0 && finding.severity > .info
    page.open(
      "details", ("class", "finding \(finding.severity.rawValue)"), ("id", findingID(place)),
      ("open", isOpen ? "" : nil))
    page.raw("<summary>")
    page.tag(finding.severity.rawValue, finding.severity.rawValue)
    page.element("span", ("class", "rule"), text: finding.rule.description)
    page.element("span", ("class", "title"), text: finding.title.text(time))
    marks(finding, &page)
    page.element("span", ("class", "object m"), text: finding.object.short)
    page.element("span", ("class", "when"), text: time.moment(finding.firstSeen.time))
    page.raw("</summary>\n<div class=\"body\">")
    why(finding, place, &page)
    if let ledger = finding.ledger { self.ledger(ledger, &page) }
    evidence(finding, &page)
    page.raw("</div></details>\n")
  }

  /// Certain or not, accepted, known or new.
  private func marks(_ finding: Finding, _ page: inout Markup) {
    page.tag(finding.isCertain ? "plain" : "unsure", finding.isCertain ? "certain" : "uncertain")
    if let acceptance = finding.acceptance {
      page.tag("good", acceptance.kind == .baseline ? "in baseline" : "suppressed")
    } else if finding.isInBaseline == false {
      page.tag("new", "new")
    }
  }

  private func why(_ finding: Finding, _ place: Int, _ page: inout Markup) {
    page.raw("<div class=\"lead\">")
    for line in finding.explanation { page.element("p", text: line.text(time)) }
    page.element("p", ("class", "next")) { page in
      page.raw("<b>Next</b> ")
      page.text(finding.advice.text(time))
    }
    page.raw("</div>\n<dl class=\"facts\">")
    page.entry("object", finding.object.sentence, style: "m")
    page.element("dt", text: "since")
    page.element("dd") { page in
      page.text(finding.firstSeen.sentence(time) + " ")
      if hasTimeline {
        page.element(
          "a", ("class", "to-timeline"), ("href", "#\(id("timeline"))"),
          ("data-finding", "\(place)"), text: "show in the timeline")
      }
    }
    page.entry("class", finding.category.rawValue)
    if let rule = report.metadata(of: finding.rule) {
      page.entry("invariant", rule.invariant)
      page.entry("kernel", rule.kernelFunction, style: "m")
      page.entry("rule", "\(rule.id) \(rule.slug)", style: "m")
    }
    if !finding.function.isEmpty { page.entry("seen in", finding.function, style: "m") }
    if let print = finding.fingerprint { page.entry("fingerprint", print.description, style: "m") }
    if let acceptance = finding.acceptance { page.entry("accepted", acceptance.justification) }
    page.raw("</dl>\n")
  }

  // MARK: Evidence

  private func evidence(_ finding: Finding, _ page: inout Markup) {
    guard !finding.evidence.isEmpty else { return }
    let events = finding.evidence
    let omitted = max(0, events.count - evidenceLimit)
    let head = omitted == 0 ? events.count : evidenceLimit / 2
    let columns = [
      Column(time.isNanoseconds ? "Time, s" : "Time, ticks", "n m"), Column("CPU", "n"),
      Column("Task", "m"), Column("Event", "m"), Column("What it shows", "wide"),
    ]
    page.element("h4", text: "Evidence, \(Format.count(UInt64(events.count), "event"))")
    page.table(columns, label: "Evidence") { page in
      for event in events.prefix(head) { row(event, columns, &page) }
      if omitted > 0 {
        page.raw("<tr class=\"omitted\"><td colspan=\"5\">")
        page.text(Format.count(UInt64(omitted), "further event") + ", in the JSON report")
        page.raw("</td></tr>\n")
        for event in events.suffix(evidenceLimit - head) { row(event, columns, &page) }
      }
    }
  }

  private func row(_ event: Evidence, _ columns: [Column], _ page: inout Markup) {
    page.row(
      columns,
      [
        time.stamp(event.moment.time), "\(event.moment.cpu)", event.moment.taskLabel, event.event,
        event.detail.text(time),
      ])
    guard !event.stack.isEmpty else { return }
    page.raw("<tr class=\"stack\"><td colspan=\"5\">")
    stack(event.stack, "Stack", &page)
    page.raw("</td></tr>\n")
  }

  /// A stack, the innermost caller first, as a list that opens.
  func stack(
    _ frames: [String], _ title: String, isOpen: Bool = false, _ page: inout Markup
  ) {
    page.open("details", ("class", "frames"), ("open", isOpen ? "" : nil))
    page.raw("<summary>")
    page.text("\(title): \(Format.count(UInt64(frames.count), "frame"))")
    page.raw("</summary><ol>")
    for frame in frames { page.element("li", text: frame) }
    page.raw("</ol></details>")
  }
}

extension ObjectReference {
  /// `pagemap 0xff36ccee44c28298`: enough to tell findings with the same title apart.
  var short: String { "\(kind.rawValue) \(Format.address(address))" }
}
