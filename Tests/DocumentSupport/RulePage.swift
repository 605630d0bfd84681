import PagemapEvents
import PagemapProbes
import PagemapReport
import PagemapRules

/// A rule as a page of `Documentation/Rules`, and their index.
enum RulePage {
  /// The page of one rule.
  static func text(_ rule: RuleMetadata, _ proofs: Proofs) -> String {
    let guide = rule.guide
    var parts = [
      Markdown.notice,
      "# \(rule.id) \(rule.slug)",
      Markdown.wrap(Markdown.sentence(rule.title)),
      Markdown.table(["", ""], facts(rule, proofs)),
      "## What must hold", Markdown.wrap(Markdown.sentence(rule.invariant)),
      "## Why it matters", Markdown.wrap(Markdown.sentence(guide.why)),
      "## What a violation looks like", Markdown.wrap(Markdown.sentence(guide.looksLike)),
      "## What is legal",
      guide.lookAlikes.map { Markdown.bullet(Markdown.code($0)) }.joined(separator: "\n"),
      "## Events it needs",
      rule.needs.map { Markdown.bullet(events($0)) }.joined(separator: "\n"),
    ]
    if !guide.history.isEmpty {
      parts.append("## Fixes of the kernel for defects of this kind")
      parts.append(guide.history.map { Markdown.bullet(words($0)) }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func facts(_ rule: RuleMetadata, _ proofs: Proofs) -> [[String]] {
    [
      ["severity", "\(rule.severity.rawValue) at most"],
      ["class", "`\(rule.category.rawValue)`"],
      ["kernel", Markdown.code(rule.kernelFunction)],
      ["decided in", "[\(rule.decidedIn)](../../\(rule.decidedIn))"],
      ["kernels", rule.kernels],
      ["probe sets", sets(ProbeSet.deciding(rule))],
      ["rule table", "[\(rule.guide.specification.joined(separator: ", "))](../RuleTable.md)"],
      ["proven on", proofs.words(rule.id)],
    ]
  }

  private static func events(_ kinds: [PagemapEvent.Kind]) -> String {
    kinds.map { kind in
      let name = "`\(kind.origin.function)`"
      return kind.origin.phase == .return ? "\(name) returns" : name
    }.joined(separator: " or ")
  }

  private static func words(_ fix: HistoricalFix) -> String {
    fix.commit.isEmpty ? fix.subject : "`\(fix.commit)` \(fix.subject)"
  }

  /// Sets of probes in words.
  static func sets(_ sets: [ProbeSet]) -> String {
    switch sets.count {
    case 0: "none"
    case ProbeSet.allCases.count: "every set"
    default: sets.map(\.rawValue).joined(separator: ", ")
    }
  }

  /// `Documentation/Rules/README.md`.
  static func index(_ rules: [RuleMetadata]) -> String {
    let rows = rules.map { rule in
      [
        "[\(rule.id)](\(rule.page))", rule.slug, rule.severity.rawValue, rule.category.rawValue,
        sets(ProbeSet.deciding(rule)), Markdown.code(rule.invariant),
      ]
    }
    return [
      Markdown.notice, "# Rules",
      Markdown.wrap(
        "What `pmtrace analyze` checks, one page a rule; `pmtrace rules explain PM001` prints the "
          + "same. A rule whose events were not recorded is reported as not evaluable. The sets of "
          + "probes are those of [fixtures/lab/probes](../../fixtures/lab/probes); `xe` is `main` "
          + "with probes on xe's own functions. [RuleTable.md](../RuleTable.md) shows which of the "
          + "kernel's rules they come from, and which of those no recorded event can decide."),
      Markdown.table(["id", "slug", "severity", "class", "probe sets", "what must hold"], rows),
    ].joined(separator: "\n\n") + "\n"
  }
}
