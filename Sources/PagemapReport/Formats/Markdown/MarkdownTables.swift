import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// A table: its first two lines, and its rows, each with its line end.
struct MarkdownTable {
  var head: String
  var rows: [String]

  init(_ columns: [String], _ rows: [[String]]) {
    head = Self.row(columns) + Self.row(columns.map { _ in "---" })
    self.rows = rows.map(Self.row)
  }

  private static func row(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |\n"
  }
}

/// What the comment shows as tables.
enum MarkdownTables {
  /// A cell is cut at this many characters; the details have all.
  private static let width = 200

  /// The traces with their verdicts.
  static func traces(_ report: Report) -> MarkdownTable {
    let rows = zip(report.names, report.traces).map { name, trace in
      [trace.verdict.rawValue, cell(name), cell(trace.reason.text(trace.time))]
    }
    return MarkdownTable(["verdict", "trace", "reason"], rows)
  }

  /// The findings above info, worst first within each trace.
  static func findings(_ report: Report) -> MarkdownTable {
    let isOne = report.traces.count == 1
    var rows: [[String]] = []
    for (name, trace) in zip(report.names, report.traces) {
      for finding in trace.findings where finding.severity > .info {
        let words = FindingWords(finding: finding, trace: trace, report: report)
        let object = finding.object
        let weight = [
          finding.severity.rawValue, finding.isCertain ? "certain" : "uncertain",
        ].joined(separator: ", ")
        let cells = [
          rule(finding, report), cell(finding.title.text(trace.time)),
          cell("\(object.kind.rawValue) \(Format.address(object.address))"),
          cell(object.device ?? ""), cell(words.since), weight, standing(finding, trace),
        ]
        rows.append(isOne ? cells : [cell(name)] + cells)
      }
    }
    let columns = ["rule", "what", "object", "device", "since", "severity", "counts"]
    return MarkdownTable(isOne ? columns : ["trace"] + columns, rows)
  }

  /// What the baseline holds and is gone.
  static func baseline(_ report: Report) -> MarkdownTable {
    let rows = (report.baseline?.fixed ?? []).map { entry in
      [entry.rule.description, cell(entry.title), cell(entry.device ?? "")]
    }
    return MarkdownTable(["fixed", "what", "device"], rows)
  }

  private static func rule(_ finding: Finding, _ report: Report) -> String {
    report.metadata(of: finding.rule).map { "\(finding.rule) \($0.slug)" }
      ?? finding.rule.description
  }

  /// Whether it counts, and whether it is new.
  private static func standing(_ finding: Finding, _ trace: TraceAnalysis) -> String {
    if let acceptance = finding.acceptance {
      return "accepted: \(cell(acceptance.justification))"
    }
    let fails = finding.fails(at: trace.failOn) ? "fails" : "does not fail"
    return finding.isInBaseline == false ? "\(fails), new" : fails
  }

  private static func cell(_ text: String) -> String {
    let plain = UntrustedText.escaped(text)
    return MarkdownText.cell(
      plain.count > width ? plain.prefix(width) + "..." : plain)
  }
}
