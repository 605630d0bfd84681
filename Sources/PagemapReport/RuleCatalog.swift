import PagemapAnalysis
import PagemapEvents
import PagemapProbes
package import PagemapRules

/// What `pmtrace rules` prints: the rules without any trace.
package enum RuleCatalog {
  /// The version of the list's shape as JSON.
  package static let schema = "pmtrace.rules/1"

  /// The rules as a table of one line each.
  package static func list(_ rules: [RuleMetadata], options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    var table = TextTable([
      ("id", .left), ("slug", .left), ("severity", .left), ("class", .left),
      ("decidable from probes", .left),
    ])
    for rule in rules {
      table.add([
        Span(rule.id.description, .strong), Span(rule.slug),
        Span(rule.severity.rawValue, rule.severity.style), Span(rule.category.rawValue),
        Span(leastProbes(of: rule)),
      ])
    }
    table.write(to: &page, indent: 0, narrow: 24)
    return page.bytes
  }

  /// The smallest sets of probes that decide a rule, those of newer kernels before the portable ones.
  static func leastProbes(of rule: RuleMetadata) -> String {
    let sets = Set(ProbeSet.deciding(rule))
    let newer: [ProbeSet] = [.base, .main, .full, .all, .pages, .xe]
    let portable: [ProbeSet] = [.portable, .pagesPortable]
    let least = [newer, portable].compactMap { $0.first(where: sets.contains)?.rawValue }
    return least.isEmpty ? "none of the sets" : least.joined(separator: ", ")
  }

  /// The rules as JSON: `Documentation/Schemas/pmtrace.rules-1.schema.json`.
  package static func json(_ rules: [RuleMetadata]) -> [UInt8] {
    JSONValue.object(["schema": .string(schema), "rules": .array(rules.map(json))]).serialized()
  }

  private static func json(_ rule: RuleMetadata) -> JSONValue {
    let guide = rule.guide
    return .object([
      "id": .string(rule.id.description),
      "slug": .string(rule.slug),
      "title": .string(rule.title),
      "severity": .string(rule.severity.rawValue),
      "class": .string(rule.category.rawValue),
      "needs": .array(rule.needs.map { .array($0.map { .string($0.label) }) }),
      "probeSets": strings(ProbeSet.deciding(rule).map(\.rawValue)),
      "kernels": .string(rule.kernels),
      "invariant": .string(rule.invariant),
      "kernelFunction": .string(rule.kernelFunction),
      "decidedIn": .string(rule.decidedIn),
      "specification": strings(guide.specification),
      "why": .string(guide.why),
      "looksLike": .string(guide.looksLike),
      "lookAlikes": strings(guide.lookAlikes),
      "history": .array(
        guide.history.map { fix in
          .object([
            "commit": fix.commit.isEmpty ? .null : .string(fix.commit),
            "subject": .string(fix.subject),
          ])
        }),
    ])
  }

  private static func strings(_ texts: [String]) -> JSONValue {
    .array(texts.map { .string($0) })
  }

  /// All that is known of one rule.
  package static func explain(_ rule: RuleMetadata, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    let guide = rule.guide
    page.line([Span("\(rule.id) \(rule.slug)", .strong)])
    page.labelled("title", Span(rule.title))
    page.labelled("severity", Span("\(rule.severity.rawValue) at most", rule.severity.style))
    page.labelled("class", Span(rule.category.rawValue))
    page.labelled("invariant", Span(rule.invariant))
    page.labelled("kernel", Span(rule.kernelFunction))
    page.labelled("decided in", Span(rule.decidedIn))
    page.labelled("kernels", Span(rule.kernels))
    for (index, alternatives) in rule.needs.enumerated() {
      let events = alternatives.map(\.label).joined(separator: " or ")
      page.labelled(index == 0 ? "needs" : "and", Span(events))
    }
    if rule.needs.isEmpty { page.labelled("needs", "no event in particular") }
    page.labelled("probe sets", Span(words(ProbeSet.deciding(rule).map(\.rawValue))))
    if !guide.why.isEmpty { page.labelled("why", Span(guide.why)) }
    if !guide.looksLike.isEmpty { page.labelled("looks like", Span(guide.looksLike)) }
    for (index, alike) in guide.lookAlikes.enumerated() {
      page.labelled(index == 0 ? "legal" : "and", Span(alike))
    }
    for (index, fix) in guide.history.enumerated() {
      page.labelled(index == 0 ? "history" : "and", Span(fix.words))
    }
    if !guide.specification.isEmpty {
      page.labelled("rule table", Span(guide.specification.joined(separator: ", ")))
    }
    return page.bytes
  }

  private static func words(_ names: [String]) -> String {
    names.isEmpty ? "none of the sets" : names.joined(separator: ", ")
  }
}

extension HistoricalFix {
  /// The commit and its subject; a commit whose id is not known has none.
  package var words: String { commit.isEmpty ? subject : "\(commit) \(subject)" }
}
