import PagemapAnalysis
import PagemapEvents
import PagemapRules
import TraceIngest
import TraceWords

/// What the verdict rests on: rules with their outcome, probes, and what of the record is missing.
extension TraceSection {
  /// Gaps, damage and names that are listed one by one; CPUs that get a row each.
  private static let listLimit = 64
  private static let cpuLimit = 256

  // MARK: Rules

  func rules(_ page: inout Markup) {
    guard !trace.rules.isEmpty else { return }
    page.open("section", ("id", id("rules")))
    page.element("h3", text: "Rules")
    page.raw("<p class=\"counts\">")
    let outcomes: [RuleOutcome.Outcome] = [
      .violated, .accepted, .inconclusive, .passed, .notEvaluable,
    ]
    for outcome in outcomes {
      let count = trace.rules.count { $0.outcome == outcome }
      if count > 0 { page.tag(outcome.rawValue, "\(count) \(outcome.words)") }
    }
    page.raw("</p>\n")
    let told = trace.rules.filter { $0.outcome != .passed }
    ruleTable(told, &page)
    let passed = trace.rules.filter { $0.outcome == .passed }
    if !passed.isEmpty {
      page.raw("<details class=\"more\"><summary>")
      page.text("\(passed.count) rules passed")
      page.raw("</summary>")
      ruleTable(passed, &page)
      page.raw("</details>\n")
    }
    page.raw("</section>\n")
  }

  private func ruleTable(_ rules: [RuleOutcome], _ page: inout Markup) {
    guard !rules.isEmpty else { return }
    let columns = [
      Column("Rule", "m"), Column("Name", "m"), Column("Outcome"), Column("Reason"),
    ]
    page.table(columns, label: "Rules", sortable: true) { page in
      for outcome in rules {
        let metadata = report.metadata(of: outcome.rule)
        page.element("tr") { page in
          page.element("td", ("class", "m"), text: outcome.rule.description)
          page.element("td", ("class", "m"), text: metadata?.slug ?? "")
          page.element("td") { $0.tag(outcome.outcome.rawValue, outcome.outcome.words) }
          let reason =
            outcome.reason.isEmpty ? metadata?.title ?? "" : outcome.reason.text(time)
          page.element("td", text: reason)
        }
        page.line()
      }
    }
  }

  // MARK: Probes

  func probes(_ page: inout Markup) {
    guard let probes = trace.probes else { return }
    page.open("section", ("id", id("probes")))
    page.element("h3", text: "Probes")
    page.raw("<dl class=\"facts\">")
    let absent = report.absentEvents(in: probes)
    let count = Format.count(UInt64(probes.present.count), "probe")
    page.entry("present", probes.isComplete ? count : "\(count) seen, others may be on")
    if !absent.isEmpty { page.entry("absent", names(absent), style: "m") }
    if !probes.unknown.isEmpty { page.entry("unknown", names(probes.unknown), style: "m") }
    for format in probes.rejected.prefix(Self.listLimit) {
      page.entry("rejected", "\(format.name): \(format.reason)", style: "bad")
    }
    page.raw("</dl>\n")
    presentTable(probes.present, &page)
    page.raw("</section>\n")
  }

  private func presentTable(_ present: [ProbeInventory.Probe], _ page: inout Markup) {
    guard !present.isEmpty else { return }
    let columns = [
      Column("Event", "m"), Column("Count", "n"), Column("Recorded as", "m"),
      Column("Fields", "m wrap"),
    ]
    let total = present.reduce(UInt64(0)) { $0 &+ $1.count }
    page.raw("<details class=\"more\"><summary>")
    page.text(
      "\(Format.count(UInt64(present.count), "probe")) with \(Format.count(total, "event"))")
    page.raw("</summary>")
    page.table(columns, label: "Probes", sortable: true) { page in
      for probe in present {
        page.row(
          columns,
          [
            probe.kind.label, Format.count(probe.count), probe.name,
            probe.fields.map { "\($0)" }.joined(separator: " "),
          ])
      }
    }
    page.raw("</details>\n")
  }

  private func names(_ names: [String]) -> String {
    let further = names.count - Self.listLimit
    return names.prefix(Self.listLimit).joined(separator: ", ")
      + (further > 0 ? " and \(further) more" : "")
  }

  // MARK: The record

  func completeness(_ page: inout Markup) {
    guard let ledger = trace.ledger, let metadata = trace.metadata else { return }
    page.open("section", ("id", id("completeness")))
    page.element("h3", text: "Completeness")
    page.raw("<div class=\"pair\"><dl class=\"facts\">")
    page.entry("container", TextReporter.container(metadata))
    page.entry("clock", TextReporter.clock(metadata))
    page.entry("end", TextReporter.end(metadata, ledger, time))
    gaps(ledger, metadata, &page)
    damage(ledger, &page)
    page.raw("</dl>\n<div>")
    cpus(ledger, metadata, &page)
    page.raw("</div></div></section>\n")
  }

  private func gaps(_ ledger: TraceLedger, _ metadata: TraceMetadata, _ page: inout Markup) {
    let gaps = ledger.cpus.flatMap(\.gaps)
    for gap in gaps.prefix(Self.listLimit) {
      page.entry("gap", TextReporter.sentence(gap, metadata, time), style: "caution")
    }
    let kept = UInt64(max(0, gaps.count - Self.listLimit))
    let further = ledger.cpus.reduce(kept) { $0 &+ $1.furtherGaps }
    if further > 0 { page.entry("gaps", Format.count(further, "further gap"), style: "caution") }
    for cpu in ledger.cpus {
      guard let counters = cpu.statistics, let text = TextReporter.sentence(counters) else {
        continue
      }
      page.entry("counters", "CPU \(cpu.cpu) at the end: \(text)", style: "caution")
    }
  }

  private func damage(_ ledger: TraceLedger, _ page: inout Markup) {
    for damage in ledger.damage.prefix(Self.listLimit) {
      page.entry("damage", TextReporter.sentence(damage), style: "caution")
    }
    let kept = UInt64(max(0, ledger.damage.count - Self.listLimit))
    let further = kept &+ ledger.furtherDamage
    if further > 0 {
      page.entry("damage", Format.count(further, "further damaged place"), style: "caution")
    }
  }

  private func cpus(_ ledger: TraceLedger, _ metadata: TraceMetadata, _ page: inout Markup) {
    let columns = [
      Column("CPU", "n"), Column("Buffer", "m"), Column("Events read", "n"), Column("Lost", "n"),
      Column("Gaps", "n"),
    ]
    guard !ledger.cpus.isEmpty else {
      page.element("p", ("class", "none"), text: "No CPU has records.")
      return
    }
    page.table(columns, label: "Completeness per CPU", sortable: true) { page in
      for cpu in ledger.cpus.prefix(Self.cpuLimit) {
        let name = metadata.bufferName(cpu.buffer)
        page.open("tr", ("class", cpu.isIncomplete ? "caution" : nil))
        let cells = [
          "\(cpu.cpu)", name.isEmpty ? "(top)" : name, Format.count(cpu.eventsRead),
          TextReporter.lost(cpu), Format.count(UInt64(cpu.gaps.count) &+ cpu.furtherGaps),
        ]
        for (column, cell) in zip(columns, cells) {
          page.element("td", ("class", column.style), text: cell)
        }
        page.raw("</tr>\n")
      }
    }
    if ledger.cpus.count > Self.cpuLimit {
      let further = Format.count(UInt64(ledger.cpus.count - Self.cpuLimit), "further CPU")
      page.element("p", ("class", "faint"), text: "\(further), in the JSON report.")
    }
  }
}
