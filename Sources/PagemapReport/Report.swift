package import PagemapAnalysis
import PagemapDiff
package import PagemapRules
package import TraceIngest
import TraceWords

/// The result of one run: the verdict on every trace of the call, and the one over all of them.
package struct Report: Sendable {
  /// The version of the report's shape; see `Documentation/Report.md` for what it promises.
  package static let schema = SavedReport.schema

  /// The traces in the order of the command line.
  package var traces: [TraceAnalysis]
  /// What is to be known of the rules that the traces name, by id.
  package var rules: [RuleMetadata]
  /// What became of the baseline; nil where there is none.
  package var baseline: BaselineComparison?
  /// The version of the tool; empty where it is not known.
  package var toolVersion = ""
  /// The working directory as an absolute path, which locations are relative to; nil where it is not
  /// known.
  package var directory: String?

  package init(traces: [TraceAnalysis], rules: [RuleMetadata]) {
    self.traces = traces
    self.rules = rules
  }
}

extension Report {
  /// The worst verdict of all traces. A report without traces proves nothing.
  package var verdict: Verdict {
    traces.map(\.verdict).max { $0.rank < $1.rank } ?? .inconclusive
  }

  /// The exit code of the run: 3 if any input was unusable, else 1 if any trace failed, else 2 if
  /// any was inconclusive, else 0.
  package var exitCode: Int32 {
    let codes = Set(traces.map(\.exitCode))
    for code: Int32 in [3, 1, 2] where codes.contains(code) { return code }
    return codes.subtracting([0]).max() ?? (traces.isEmpty ? 2 : 0)
  }

  /// Where a trace is, for consumers that show findings in a checkout: its path relative to the
  /// working directory, without `.` and `..`; outside of it the file's name.
  package func location(of trace: TraceAnalysis) -> String {
    let base = (directory ?? "").split(separator: "/")
    var parts: [Substring] = trace.path.hasPrefix("/") ? [] : base
    for part in trace.path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    if directory != nil || !trace.path.hasPrefix("/"), parts.starts(with: base) {
      parts.removeFirst(base.count)
      if !parts.isEmpty { return parts.joined(separator: "/") }
    }
    return trace.path.split(separator: "/").last.map(String.init) ?? trace.path
  }

  /// The rule with this id; nil where the report does not know it.
  package func metadata(of rule: RuleID) -> RuleMetadata? { rules.first { $0.id == rule } }
}

extension Verdict {
  /// The order of verdicts over several files.
  var rank: Int {
    switch self {
    case .pass: 0
    case .inconclusive: 1
    case .fail: 2
    case .unusable: 3
    }
  }
}

extension TraceAnalysis {
  /// What is to be said of an input that could not be used at all.
  package static func unusable(path: String, because error: IngestError) -> TraceAnalysis {
    var analysis = TraceAnalysis(
      path: path, verdict: .unusable, reason: Sentence(error.description), exitCode: 3)
    analysis.error = error
    return analysis
  }
}
