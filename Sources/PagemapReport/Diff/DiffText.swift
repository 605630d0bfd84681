package import PagemapDiff
import PagemapModel
import TraceWords

/// What `pmtrace diff` prints for people.
package enum DiffText {
  /// The comparison in words and tables.
  package static func render(_ difference: RunDifference, options: RenderOptions) -> [UInt8] {
    var page = TextPage(options: options)
    for (index, pair) in difference.pairs.enumerated() {
      if index > 0 { page.space() }
      self.pair(pair, &page)
    }
    page.space()
    page.hanging([Span("limits  ", .faint)], Span(words(difference.limits), .faint))
    return page.bytes
  }

  private static func words(_ limits: DiffLimits) -> String {
    let words = DiffLimits.Name.allCases.map { name in
      let unit = name == .failures ? " percentage points" : " %"
      return "\(name.rawValue) "
        + (limits[name].map { "+" + Format.decimal($0) + unit } ?? "any")
    }
    return words.joined(separator: ", ") + "; latencies and failures from "
      + Format.count(limits.leastCalls, "call") + " on"
  }

  private static func pair(_ pair: Difference, _ page: inout TextPage) {
    let isWorse = !pair.regressions.isEmpty
    page.line([
      Span(isWorse ? "REGRESSION" : "NO REGRESSION", isWorse ? .bad : .good),
      Span(" \(pair.before?.path ?? "(nothing)") -> \(pair.after?.path ?? "(nothing)")", .strong),
    ])
    for regression in pair.regressions {
      page.hanging([Span("worse      ", .bad)], Span(DiffFormat.words(regression)), indent: 2)
    }
    if let before = pair.before, let after = pair.after {
      let change =
        before.verdict == after.verdict
        ? "\(after.verdict) on both sides" : "\(before.verdict) -> \(after.verdict)"
      page.labelled("verdict", Span(change))
      for (digest, name) in [(before, "the first"), (after, "the second")] where !digest.isComplete
      {
        page.labelled("incomplete", Span("\(name) has lost events or damage", .caution))
      }
    }
    findings(pair, &page)
    numbers(pair, &page)
    let time = TimeFormat(isNanoseconds: pair.durationUnit != .ticks)
    for distribution in pair.distributions { self.distribution(distribution, time, &page) }
  }

  private static func findings(_ pair: Difference, _ page: inout TextPage) {
    for (label, findings, style) in [
      ("new", pair.new, Style.bad), ("gone", pair.gone, Style.good),
    ] {
      for finding in findings {
        let certainty = finding.isCertain ? "certain" : "uncertain"
        let accepted = finding.isAccepted ? ", accepted" : ""
        let device = finding.device.map { " of \($0)" } ?? ""
        let gap = String(repeating: " ", count: 11 - label.count)
        page.hanging(
          [Span(label + gap, style)],
          Span(
            "\(finding.severity) \(finding.rule) (\(certainty)\(accepted)): "
              + "\(finding.title)\(device) [\(finding.fingerprint)]"), indent: 2)
      }
    }
    if pair.kept > 0 { page.labelled("kept", Span(Format.count(UInt64(pair.kept), "finding"))) }
  }

  private static func numbers(_ pair: Difference, _ page: inout TextPage) {
    guard !pair.numbers.isEmpty else { return }
    page.heading("Numbers")
    var table = TextTable([
      ("of", .left), ("what", .left), ("first", .right), ("second", .right), ("change", .right),
    ])
    var group = ""
    for number in pair.numbers {
      let style = number.isRegression ? Style.bad : .plain
      func amount(_ value: Double?) -> Span {
        Span(value.map { DiffFormat.amount($0, number.unit) } ?? "-")
      }
      table.add([
        Span(number.group == group ? "" : number.group), Span(number.name), amount(number.before),
        amount(number.after), Span(number.change.map(DiffFormat.change) ?? "", style),
      ])
      group = number.group
    }
    table.write(to: &page, indent: 2)
  }

  /// Shares of calls by how long they took, with bars that can be compared.
  private static func distribution(
    _ distribution: Difference.Distribution, _ time: TimeFormat, _ page: inout TextPage
  ) {
    page.heading("Latency of \(distribution.name)")
    let totals = distribution.buckets.reduce((UInt64(0), UInt64(0))) {
      ($0.0 &+ $1.before, $0.1 &+ $1.after)
    }
    var table = TextTable([
      ("up to", .right), ("first", .right), ("", .left), ("second", .right), ("", .left),
    ])
    for bucket in distribution.buckets {
      table.add([
        Span(bucket.upTo.map(time.duration) ?? "longer"),
        Span(Format.share(bucket.before, of: totals.0)), bar(bucket.before, totals.0),
        Span(Format.share(bucket.after, of: totals.1)), bar(bucket.after, totals.1),
      ])
    }
    table.write(to: &page, indent: 2)
  }

  private static let barWidth = 24

  private static func bar(_ part: UInt64, _ whole: UInt64) -> Span {
    guard whole > 0 else { return "" }
    let width = Int((Double(part) / Double(whole) * Double(barWidth)).rounded(.up))
    return Span(String(repeating: "#", count: width), .hint)
  }
}
