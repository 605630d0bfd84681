import PagemapAnalysis
import PagemapRules
import TraceWords

/// The report as one page for a browser, without any file or request besides: the verdict and the
/// findings to read, a timeline to look into.
package enum HTMLReporter: Reporter {
  package static let name = "html"
  package static let needsTimeline = true

  /// Bytes that a page has at most, as far as that is the timelines' doing.
  static let sizeLimit = 5_000_000

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    render(report, sizeLimit: sizeLimit)
  }

  /// The page, with timelines coarsened until it fits into so many bytes.
  static func render(_ report: Report, sizeLimit: Int) -> [UInt8] {
    let sections = report.traces.enumerated().map { number, trace in
      TraceSection(trace, report, number: number + 1)
    }
    let words = sections.map { $0.words() }
    let used = words.reduce(PageAssets.script.count + PageAssets.style.count + 20_000) {
      $0 + $1.before.bytes.count + $1.after.bytes.count
    }
    let share = max(0, sizeLimit - used) / max(1, sections.count { $0.hasTimeline })
    var page = Markup()
    head(report, &page)
    if report.traces.count > 1 { index(report, &page) }
    for (section, words) in zip(sections, words) {
      page.trusted(words.before.bytes)
      section.timeline(budget: share, &page)
      page.trusted(words.after.bytes)
    }
    foot(report, &page)
    return page.bytes
  }

  // MARK: Around the traces

  private static func head(_ report: Report, _ page: inout Markup) {
    page.raw(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">

      """)
    page.open("meta", ("http-equiv", "Content-Security-Policy"), ("content", PageAssets.policy))
    page.raw(
      """

      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">

      """)
    page.element("title", text: title(report))
    page.raw("\n<link rel=\"icon\" href=\"data:,\">\n<style>")
    page.trusted(PageAssets.style)
    page.raw(
      """
      </style>
      </head>
      <body>
      <a class="skip" href="#main">Skip to the verdict</a>
      <header class="top">
      <span class="brand">pmtrace</span><span class="kind">report</span>
      <span class="tools" hidden>
      <button type="button" id="theme" aria-label="Colours">Theme</button>
      <button type="button" id="help" aria-label="Keyboard shortcuts" \
      aria-keyshortcuts="?">Shortcuts <kbd>?</kbd></button>
      </span>
      </header>
      <main id="main" tabindex="-1">

      """)
  }

  private static func title(_ report: Report) -> String {
    let subject =
      report.traces.count == 1
      ? fileName(report.traces.first?.path ?? "")
      : Format.count(UInt64(report.traces.count), "trace")
    return "\(report.verdict.rawValue.uppercased()) \(subject) - pmtrace"
  }

  /// The last part of a path.
  static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func foot(_ report: Report, _ page: inout Markup) {
    page.raw("</main>\n<footer>")
    let version = report.toolVersion.isEmpty ? "" : " \(report.toolVersion)"
    page.text("Made by pmtrace\(version). The same trace gives the same bytes.")
    page.raw("</footer>\n<script type=\"module\">")
    page.trusted(PageAssets.script)
    page.raw("</script>\n</body>\n</html>\n")
  }

  // MARK: Several traces

  private static func index(_ report: Report, _ page: inout Markup) {
    page.raw("<section class=\"index\" aria-labelledby=\"index\">")
    page.element("h1", ("id", "index")) { page in
      page.verdict(report.verdict)
      let count = Format.count(UInt64(report.traces.count), "trace")
      page.text(" \(count), exit code \(report.exitCode)")
    }
    page.line()
    let columns = [
      Column("Verdict"), Column("Trace"), Column("Errors", "n"), Column("Warnings", "n"),
      Column("Infos", "n"), Column("Exit", "n"), Column("Reason"),
    ]
    page.table(columns, label: "Traces", sortable: true) { page in
      for (number, trace) in report.traces.enumerated() {
        page.raw("<tr><td>")
        page.verdict(trace.verdict)
        page.raw("</td><td class=\"m\">")
        page.element("a", ("href", "#trace-\(number + 1)"), text: trace.path)
        page.raw("</td>")
        for severity in [Severity.error, .warning, .info] {
          let count = trace.findings.count { $0.severity == severity }
          page.element("td", ("class", "n"), text: trace.verdict == .unusable ? "-" : "\(count)")
        }
        page.element("td", ("class", "n"), text: "\(trace.exitCode)")
        page.element("td", text: trace.reason.text(trace.time))
        page.raw("</tr>\n")
      }
    }
    baseline(report, &page)
    page.raw("</section>\n")
  }

  /// What became of the baseline: known findings that are gone, or that nothing could be said of.
  static func baseline(_ report: Report, _ page: inout Markup) {
    guard let baseline = report.baseline else { return }
    page.element("p", ("class", "baseline")) { page in
      page.text(
        "Baseline: \(baseline.new) new, \(baseline.known.count) known, "
          + "\(baseline.fixed.count) fixed, \(baseline.undecided.count) undecided.")
    }
    for (word, entries) in [("fixed", baseline.fixed), ("undecided", baseline.undecided)] {
      guard !entries.isEmpty else { continue }
      page.raw("<ul class=\"plain\">")
      for entry in entries.prefix(50) {
        page.element("li") { page in
          page.tag(word == "fixed" ? "good" : "caution", word)
          page.text(" \(entry.rule) \(entry.title) ")
          page.element("code", text: entry.fingerprint.description)
        }
      }
      if entries.count > 50 { page.element("li", text: "\(entries.count - 50) more") }
      page.raw("</ul>\n")
    }
  }
}

extension Markup {
  /// The verdict's word.
  mutating func verdict(_ verdict: Verdict) {
    element(
      "span", ("class", "verdict \(verdict.rawValue)"), text: verdict.rawValue.uppercased())
  }
}
