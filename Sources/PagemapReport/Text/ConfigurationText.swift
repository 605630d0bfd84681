import PagemapAnalysis
import PagemapModel
package import PagemapPolicy
import PagemapRules
import TraceWords

/// What `pmtrace config check` prints: what a configuration changes.
package enum ConfigurationText {
  /// The configuration in words.
  ///
  /// - Parameter today: the day by which suppressions expire.
  package static func render(
    _ configuration: Configuration, file: String, today: CalendarDay, options: RenderOptions
  ) -> [UInt8] {
    var page = TextPage(options: options)
    page.line([Span("OK", .good), Span(" \(file)", .strong)])
    if let severity = configuration.failOn { page.labelled("fail-on", Span(severity.rawValue)) }
    if configuration.allowIncomplete == true { page.labelled("incomplete", "allowed") }
    let required = configuration.required.sorted().map(\.description)
    if !required.isEmpty { page.labelled("required", Span(required.joined(separator: " "))) }
    if let baseline = configuration.baseline { page.labelled("baseline", Span(baseline)) }
    let off = configuration.disabledRules.sorted().map(\.description)
    if !off.isEmpty { page.labelled("off", Span(off.joined(separator: " "))) }
    let severities = configuration.severities.sorted { $0.key < $1.key }
    for (index, (rule, severity)) in severities.enumerated() {
      page.labelled(
        index == 0 ? "severity" : "", Span("\(rule) \(severity.rawValue)", severity.style))
    }
    let thresholds = Thresholds.Name.allCases.compactMap { name in
      configuration.thresholds[name].map { (name, $0) }
    }
    for (index, (name, value)) in thresholds.enumerated() {
      let text = name.isTime ? TimeFormat().duration(value) : String(value)
      page.labelled(index == 0 ? "threshold" : "", Span("\(name.rawValue) \(text)"))
    }
    for entry in configuration.suppressions { suppression(entry, today, &page) }
    return page.bytes
  }

  private static func suppression(
    _ entry: Configuration.Entry, _ today: CalendarDay, _ page: inout TextPage
  ) {
    let suppression = entry.suppression
    let criteria = [
      suppression.rule?.description, suppression.device.map { "device \($0)" },
      suppression.task.map { "task \($0)" }, suppression.object.map { "object \($0.rawValue)" },
      suppression.function.map { "function \($0)" }, suppression.fingerprint?.description,
    ].compactMap { $0 }
    let isExpired = entry.isExpired(on: today)
    page.labelled(
      "accepts",
      Span(
        "line \(entry.line): \(criteria.joined(separator: ", ")) (\(suppression.acceptance.justification))"
          + (isExpired ? ": EXPIRED" : ""), isExpired ? .bad : .plain))
  }
}
