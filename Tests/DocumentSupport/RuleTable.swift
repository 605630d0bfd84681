import PagemapEvents
import PagemapProbes
import PagemapReport
package import PagemapRules

/// `Documentation/RuleTable.md`: every rule of the kernel's code, and what becomes of it.
package enum RuleTable {
  /// A rule of the kernel.
  package struct Row: Sendable {
    /// Its number, `R01`.
    package var number: String
    /// What must hold, one line.
    package var text: String
    /// What of it is not decided, and why; empty where all of it is.
    package var open: String

    init(_ number: String, _ text: String, open: String = "") {
      self.number = number
      self.text = text
      self.open = open
    }
  }

  /// Rules about one part of the kernel.
  package struct Section: Sendable {
    package var title: String
    package var rows: [Row]
  }

  /// All rules, by what they are about.
  package static let sections = [
    pagemaps, caches, owners, memory, migrations, mirror, driver,
  ]

  /// The rules that decide a row.
  package static func deciding(_ row: Row, among rules: [RuleMetadata]) -> [RuleMetadata] {
    rules.filter { $0.guide.specification.contains(row.number) }
  }

  static func text(_ rules: [RuleMetadata], _ proofs: Proofs) -> String {
    let rows = sections.flatMap(\.rows)
    let decided = rows.filter { !deciding($0, among: rules).isEmpty }
    let whole = decided.filter { $0.open.isEmpty }
    var parts = [
      Markdown.notice, "# The rule table",
      Markdown.wrap(
        "Every rule that the code of drm_pagemap, drm_gpusvm, the memory management and the xe "
          + "driver keeps about GPU shared virtual memory, and what pmtrace makes of it: which of "
          + "its [rules](Rules/README.md) decide it, from which sets of probes, what proves that, "
          + "and what stays open because no recorded event tells. \(rows.count) rules are listed; "
          + "\(decided.count) can be decided, \(whole.count) of them wholly."),
      Markdown.wrap(
        "Sets of probes: those of [fixtures/lab/probes](../fixtures/lab/probes); `xe` is `main` "
          + "with probes on xe's own functions. A set is named where its events are enough for one "
          + "of the rules. \"Recorded\" names recordings of a real kernel in "
          + "[fixtures/recordings](../fixtures/recordings/ORIGIN.md) in which the rule is broken, at "
          + "most two; \"composed\" is a trace that the tests compose."),
    ]
    for section in sections {
      parts.append("## \(section.title)")
      parts.append(
        Markdown.table(
          ["rule", "what must hold", "decided by", "probe sets", "proven on", "what stays open"],
          section.rows.map { cells($0, rules, proofs) }))
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func cells(_ row: Row, _ rules: [RuleMetadata], _ proofs: Proofs) -> [String] {
    let deciding = deciding(row, among: rules)
    let sets = ProbeSet.allCases.filter { set in deciding.contains { set.decides($0) } }
    let links = deciding.map { "[\($0.id)](Rules/\($0.page))" }
    let proven = deciding.map { "\($0.id) \(proofs.words($0.id))" }
    return [
      row.number, Markdown.code(row.text), links.isEmpty ? "–" : links.joined(separator: ", "),
      deciding.isEmpty ? "–" : RulePage.sets(sets),
      proven.isEmpty ? "–" : proven.joined(separator: "; "), Markdown.code(row.open),
    ]
  }
}
