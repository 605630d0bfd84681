import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// One trace's part of the page.
struct TraceSection {
  let trace: TraceAnalysis
  let report: Report
  /// Which trace of the page it is, from 1.
  let number: Int
  let time: TimeFormat
  /// Findings that are shown with all that proves them, and events of one that are shown before the
  /// middle of a long list is left out: fewer where the page has many, so that it stays small.
  let findingLimit: Int
  let evidenceLimit: Int

  init(_ trace: TraceAnalysis, _ report: Report, number: Int) {
    self.trace = trace
    self.report = report
    self.number = number
    time = trace.time
    let traces = max(1, report.traces.count)
    findingLimit = max(16, 400 / traces)
    let shown = max(1, min(trace.findings.count, findingLimit))
    evidenceLimit = min(100, max(6, 6000 / traces / shown))
  }

  /// The id of an element of this trace.
  func id(_ part: String) -> String { "trace-\(number)-\(part)" }

  /// Whether there is anything to draw.
  var hasTimeline: Bool { trace.timeline.map { !$0.isEmpty && $0.start != nil } ?? false }

  /// What stands before the timeline, and behind it.
  func words() -> (before: Markup, after: Markup) {
    var before = Markup()
    var after = Markup()
    before.open(
      "section", ("class", "trace"), ("id", "trace-\(number)"), ("aria-labelledby", id("verdict")))
    verdict(&before)
    navigation(&before)
    if trace.error == nil { overview(&before) }
    findings(&before)
    if let summary = trace.summary { self.summary(summary, &after) }
    rules(&after)
    probes(&after)
    completeness(&after)
    after.raw("</section>\n")
    return (before, after)
  }

  // MARK: The verdict

  private func verdict(_ page: inout Markup) {
    page.open("div", ("class", "banner \(trace.verdict.rawValue)"))
    page.open(report.traces.count > 1 ? "h2" : "h1", ("id", id("verdict")))
    page.verdict(trace.verdict)
    page.element("span", ("class", "path"), text: trace.path)
    page.close(report.traces.count > 1 ? "h2" : "h1")
    page.element("p", ("class", "reason"), text: trace.reason.text(time))
    if let error = trace.error {
      page.element("p", ("class", "why"), text: "At byte \(error.offset): \(error.expectation).")
      page.element("p", ("class", "why"), text: "Next: \(error.advice).")
    }
    if let sentence = completenessSentence {
      page.element("p", ("class", "why"), text: sentence)
    }
    if trace.incompletenessAllowed {
      page.element("p", ("class", "why")) { page in
        page.tag("caution", "allowed")
        page.text(
          " Evidence may be missing; --allow-incomplete made this exit code \(trace.exitCode).")
      }
    }
    if report.traces.count == 1 { HTMLReporter.baseline(report, &page) }
    page.raw("</div>\n")
  }

  /// What the verdict rests on, in a line.
  private var completenessSentence: String? {
    guard let ledger = trace.ledger, let metadata = trace.metadata else { return nil }
    let lost = ledger.cpus.reduce(UInt64(0)) { $0 &+ $1.eventsLost }
    let unknown = ledger.cpus.reduce(UInt64(0)) { $0 &+ $1.gapsOfUnknownSize }
    let damage = UInt64(ledger.damage.count) &+ ledger.furtherDamage
    var parts: [String] = []
    if lost > 0 { parts.append("\(Format.count(lost, "event")) lost") }
    if unknown > 0 { parts.append(Format.count(unknown, "gap") + " of unknown size") }
    if damage > 0 { parts.append(Format.count(damage, "damaged place")) }
    if !metadata.endIsKnown { parts.append("the end of the recording is not known") }
    let record =
      parts.isEmpty
      ? "The record is complete: no event lost, no damage, the end is known."
      : "The record is not complete: \(parts.joined(separator: ", "))."
    return metadata.kernelRelease.map { "\(record) Kernel \($0)." } ?? record
  }

  private func navigation(_ page: inout Markup) {
    page.open("nav", ("class", "parts"), ("aria-label", "Parts of \(trace.path)"))
    var parts: [(String, String)] = []
    if !trace.findings.isEmpty { parts.append(("findings", "Findings")) }
    if trace.error == nil { parts.append(("timeline", "Timeline")) }
    if trace.summary != nil {
      parts += [("migrations", "Migrations"), ("cost", "Cost"), ("devices", "Devices")]
    }
    if !trace.rules.isEmpty { parts.append(("rules", "Rules")) }
    if trace.probes != nil { parts.append(("probes", "Probes")) }
    if trace.ledger != nil { parts.append(("completeness", "Completeness")) }
    for (part, title) in parts {
      page.element("a", ("href", "#\(id(part))"), text: title)
    }
    page.close("nav")
    page.line()
  }

  // MARK: Numbers at a glance

  private func overview(_ page: inout Markup) {
    guard let summary = trace.summary else { return }
    page.raw("<dl class=\"tiles\">")
    for severity in [Severity.error, .warning, .info] {
      let found = trace.findings.filter { $0.severity == severity }
      if severity == .info, found.isEmpty { continue }
      let known = found.count { $0.acceptance != nil }
      let note = known > 0 ? "\(known) accepted" : nil
      let style = found.count > known && severity != .info ? severity.rawValue : nil
      tile(severity.rawValue + "s", "\(found.count)", note, style, &page)
    }
    let decided = trace.rules.count { $0.outcome != .notEvaluable && $0.outcome != .inconclusive }
    tile("rules decided", "\(decided)", "of \(trace.rules.count)", nil, &page)
    if let first = summary.firstEvent {
      let end = summary.recordedUntil ?? summary.lastEvent ?? first
      let note = "from \(time.moment(first))"
      tile("recorded", time.duration(end > first ? end - first : 0), note, nil, &page)
    }
    let own = "\(Format.count(summary.pagemapEvents)) drm_pagemap"
    tile("events", Format.count(summary.events), own, nil, &page)
    let pagemaps = summary.pagemaps
    let all = pagemaps.created &+ pagemaps.adopted
    tile("pagemaps", Format.count(all), "\(pagemaps.aliveAtEnd) active at the end", nil, &page)
    let calls = summary.migrations.reduce(UInt64(0)) { $0 &+ $1.calls.count }
    let failed = summary.migrations.reduce(UInt64(0)) {
      $1.calls.failures.reduce($0) { $0 &+ $1.count }
    }
    tile("migrations", Format.count(calls), "\(Format.count(failed)) failed", nil, &page)
    page.raw("</dl>\n")
  }

  private func tile(
    _ term: String, _ value: String, _ note: String?, _ style: String?, _ page: inout Markup
  ) {
    page.element("div", ("class", style)) { page in
      page.element("dt", text: term)
      page.element("dd") { page in
        page.element("b", text: value)
        if let note { page.element("small", text: note) }
      }
    }
  }
}
