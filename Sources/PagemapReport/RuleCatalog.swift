import PagemapEvents
package import PagemapRules

/// What `pmtrace rules` prints: the rules without any trace.
package enum RuleCatalog {
  /// The version of the list's shape as JSON.
  package static let schema = "pmtrace.rules/1"

  /// The rules as a table of one line each.
  package static func list(_ rules: [RuleMetadata], options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    var table = TextTable([
      ("id", .left), ("slug", .left), ("severity", .left), ("class", .left), ("title", .left),
    ])
    for rule in rules {
      table.add([
        Span(rule.id.description, .strong), Span(rule.slug),
        Span(rule.severity.rawValue, rule.severity.style), Span(rule.category.rawValue),
        Span(rule.title),
      ])
    }
    table.write(to: &page, indent: 0, narrow: 24)
    return page.bytes
  }

  /// The rules as JSON: `Documentation/Schemas/pmtrace.rules-1.schema.json`.
  package static func json(_ rules: [RuleMetadata]) -> [UInt8] {
    JSONValue.object(["schema": .string(schema), "rules": .array(rules.map(json))]).serialized()
  }

  private static func json(_ rule: RuleMetadata) -> JSONValue {
    .object([
      "id": .string(rule.id.description),
      "slug": .string(rule.slug),
      "title": .string(rule.title),
      "severity": .string(rule.severity.rawValue),
      "class": .string(rule.category.rawValue),
      "needs": .array(rule.needs.map { .array($0.map { .string($0.label) }) }),
      "kernels": .string(rule.kernels),
      "invariant": .string(rule.invariant),
      "kernelFunction": .string(rule.kernelFunction),
    ])
  }

  /// All that is known of one rule.
  package static func explain(_ rule: RuleMetadata, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    page.line([Span("\(rule.id) \(rule.slug)", .strong)])
    page.labelled("title", Span(rule.title))
    page.labelled("severity", Span("\(rule.severity.rawValue) at most", rule.severity.style))
    page.labelled("class", Span(rule.category.rawValue))
    page.labelled("invariant", Span(rule.invariant))
    page.labelled("kernel", Span(rule.kernelFunction))
    page.labelled("kernels", Span(rule.kernels))
    for (index, alternatives) in rule.needs.enumerated() {
      let events = alternatives.map(\.label).joined(separator: " or ")
      page.labelled(index == 0 ? "needs" : "and", Span(events))
    }
    if rule.needs.isEmpty { page.labelled("needs", "no event in particular") }
    return page.bytes
  }
}
