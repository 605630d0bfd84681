import PagemapAnalysis
import PagemapRules
import TraceWords

/// The section "Baseline".
extension TextReporter {
  static func baseline(_ comparison: BaselineComparison, _ page: inout TextPage) {
    page.heading("Baseline")
    let counts = [
      Format.count(UInt64(comparison.new), "new finding"), "\(comparison.known.count) known",
      "\(comparison.fixed.count) fixed", "\(comparison.undecided.count) not decided",
    ]
    page.line([Span(counts.joined(separator: ", "))], indent: 2)
    list("fixed", comparison.fixed, .good, &page)
    list("undecided", comparison.undecided, .caution, &page)
  }

  private static func list(
    _ label: String, _ entries: [Baseline.Entry], _ style: Style, _ page: inout TextPage
  ) {
    for (index, entry) in entries.enumerated() {
      page.labelled(index == 0 ? label : "", Span(words(entry), style))
    }
  }

  /// A finding of a baseline in one line.
  static func words(_ entry: Baseline.Entry) -> String {
    let device = entry.device.map { " of \($0)" } ?? ""
    let task = entry.task.map { ", \($0)" } ?? ""
    let function = entry.function.isEmpty ? "" : ", \(entry.function)"
    return "\(entry.rule) \(entry.title): \(entry.object)\(device)\(task)\(function) "
      + "[\(entry.fingerprint)]"
  }
}

/// What `pmtrace baseline compare` prints.
package enum BaselineText {
  /// The comparison; new findings one by one, from the traces of `report`.
  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    guard let comparison = report.baseline else { return [] }
    let isWorse = comparison.new > 0
    page.line([
      Span(isWorse ? "NEW FINDINGS" : "NO NEW FINDING", isWorse ? .bad : .good),
      Span(
        ": \(comparison.new) new, \(comparison.known.count) known, \(comparison.fixed.count) fixed,"
          + " \(comparison.undecided.count) not decided"),
    ])
    for trace in report.traces {
      let new = trace.findings.filter { $0.isInBaseline == false && $0.severity > .info }
      for finding in new {
        page.hanging(
          [Span("new       ", .bad)] + TextReporter.lead(finding),
          Span("\(finding.title.text(trace.time)) (\(trace.path))"), indent: 2)
      }
    }
    for (label, entries) in [
      ("fixed", comparison.fixed), ("known", comparison.known), ("undecided", comparison.undecided),
    ] {
      let gap = String(repeating: " ", count: 10 - label.count)
      for entry in entries {
        page.hanging(
          [Span(label + gap, .faint)], Span(TextReporter.words(entry)), indent: 2)
      }
    }
    return page.bytes
  }
}
