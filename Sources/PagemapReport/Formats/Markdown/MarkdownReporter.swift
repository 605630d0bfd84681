import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// A comment for a merge request: the verdict first, then the findings, the rest folded away.
package enum MarkdownReporter: Reporter {
  package static let name = "markdown"

  /// The most that GitHub takes in a comment, here in bytes.
  static let limit = 65_536
  /// What the sections before the folded details may take.
  private static let frontLimit = 40_000
  /// Room for the sentence that says what was left out.
  private static let reserve = 300

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    var page = MarkdownPage(limit: limit - reserve)
    page.add(headline(report) + "\n")
    page.rows(MarkdownTables.traces(report), of: "traces", upTo: frontLimit / 4)
    page.rows(MarkdownTables.findings(report), of: "findings", upTo: frontLimit)
    page.rows(MarkdownTables.baseline(report), of: "fixed findings", upTo: frontLimit)
    for details in details(report) { page.add(details, counted: "details of a finding or a trace") }
    return Array(page.finished.utf8)
  }

  /// `**FAIL**: 1 certain finding fails 1 of 3 traces`, with what else is to be counted.
  private static func headline(_ report: Report) -> String {
    let failing = report.traces.flatMap { trace in
      trace.findings.filter { $0.fails(at: trace.failOn) }
    }.count
    let findings = report.traces.flatMap(\.findings)
    let accepted = findings.count { $0.acceptance != nil }
    let others = findings.count { $0.acceptance == nil && $0.severity > .info } - failing
    var parts = [
      Format.count(UInt64(report.traces.count), "trace"),
      Format.count(UInt64(failing), "failing finding"),
    ]
    if others > 0 { parts.append(Format.count(UInt64(others), "further finding")) }
    if accepted > 0 { parts.append("\(Format.count(UInt64(accepted))) accepted") }
    for verdict: Verdict in [.inconclusive, .unusable] {
      let count = report.traces.count { $0.verdict == verdict }
      if count > 0 { parts.append("\(Format.count(UInt64(count))) \(verdict.rawValue)") }
    }
    if let baseline = report.baseline {
      parts.append(
        "baseline: \(baseline.new) new, \(baseline.fixed.count) fixed, "
          + "\(baseline.known.count) known, \(baseline.undecided.count) undecided")
    }
    return "**\(report.verdict.rawValue.uppercased())** pmtrace: " + parts.joined(separator: ", ")
  }

  private static func details(_ report: Report) -> [String] {
    var details: [String] = []
    for (name, trace) in zip(report.names, report.traces) {
      for finding in trace.findings where finding.severity > .info {
        let words = FindingWords(finding: finding, trace: trace, report: report)
        let slug = report.metadata(of: finding.rule).map { " \($0.slug)" } ?? ""
        details.append(
          folded("\(finding.rule)\(slug), \(finding.severity.rawValue)", [name] + words.lines))
      }
    }
    for (name, trace) in zip(report.names, report.traces) {
      details.append(folded("Completeness", [name] + completeness(trace, report)))
    }
    return details
  }

  private static func folded(_ summary: String, _ lines: [String]) -> String {
    "<details><summary>\(summary)</summary>\n\n\(MarkdownText.block(lines))\n</details>\n"
  }

  /// What the verdict on a trace rests on, in lines.
  private static func completeness(_ trace: TraceAnalysis, _ report: Report) -> [String] {
    var lines = [trace.verdictLine]
    if let missing = trace.missingEvidence, missing != trace.reason {
      lines.append(missing.text(trace.time))
    }
    if let ledger = trace.ledger {
      lines.append("\(Format.count(ledger.eventsRead, "event")) read")
      for cpu in ledger.cpus where cpu.isIncomplete {
        let unknown = cpu.gapsOfUnknownSize > 0 ? ", and gaps of unknown size" : ""
        lines.append("CPU \(cpu.cpu): \(Format.count(cpu.eventsLost)) lost\(unknown)")
      }
      lines += ledger.damage.map { "byte \($0.offset): \($0.message)" }
    }
    for result in report.results(of: trace) where result.status == .skipped {
      lines.append("\(result.name): \(result.reason)")
    }
    return lines
  }
}

/// A page of bounded size, which knows what did not fit.
struct MarkdownPage {
  /// The most bytes that go in.
  let limit: Int
  private var text = ""
  private var omitted: [(what: String, count: Int)] = []

  init(limit: Int) { self.limit = limit }

  /// The page, with what was left out.
  var finished: String {
    guard !omitted.isEmpty else { return text }
    let list = omitted.map { "\($0.count) \($0.what)" }.joined(separator: ", ")
    return text + "\nLeft out for want of room: \(list). The JSON report has all.\n"
  }

  /// Adds a piece if it fits.
  @discardableResult
  mutating func add(_ piece: String, upTo bound: Int = .max, counted what: String? = nil) -> Bool {
    let fits = text.utf8.count + piece.utf8.count + 1 <= min(limit, bound)
    if fits {
      text += (text.isEmpty ? "" : "\n") + piece
    } else if let what {
      note(1, what)
    }
    return fits
  }

  /// Adds a table, as many of its rows as fit below `bound` bytes of the page.
  mutating func rows(_ table: MarkdownTable, of what: String, upTo bound: Int) {
    guard !table.rows.isEmpty else { return }
    var piece = table.head
    let room = min(limit, bound) - text.utf8.count - 1
    var kept = 0
    var size = piece.utf8.count
    for row in table.rows {
      size += row.utf8.count
      guard size <= room else { break }
      piece += row
      kept += 1
    }
    if kept > 0 { add(piece) }
    if kept < table.rows.count { note(table.rows.count - kept, what) }
  }

  private mutating func note(_ count: Int, _ what: String) {
    if let index = omitted.firstIndex(where: { $0.what == what }) {
      omitted[index].count += count
    } else {
      omitted.append((what, count))
    }
  }
}
