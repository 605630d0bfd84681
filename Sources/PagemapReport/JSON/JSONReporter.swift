import PagemapAnalysis
import PagemapRules
import TraceIngest
import TraceWords

/// The report for machines: `Documentation/Schemas/pmtrace.report-1.schema.json`.
package enum JSONReporter: Reporter {
  package static let name = "json"

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    document(report).serialized()
  }

  /// The members of `Documentation/Schemas/pmtrace.report-1.schema.json`.
  static func document(_ report: Report) -> JSONValue {
    .object([
      "schema": .string(Report.schema),
      "verdict": .string(report.verdict.rawValue),
      "exitCode": .signed(Int64(report.exitCode)),
      "traces": .array(report.traces.map { trace($0, report) }),
      "baseline": report.baseline.map(baseline) ?? .null,
    ])
  }

  private static func baseline(_ comparison: BaselineComparison) -> JSONValue {
    .object([
      "known": .unsigned(UInt64(comparison.known.count)),
      "new": .unsigned(UInt64(comparison.new)),
      "fixed": .array(comparison.fixed.map(entry)),
      "undecided": .array(comparison.undecided.map(entry)),
    ])
  }

  /// A finding of a baseline.
  static func entry(_ entry: Baseline.Entry) -> JSONValue {
    .object([
      "fingerprint": .string(entry.fingerprint.description),
      "rule": .string(entry.rule.description),
      "title": .string(entry.title),
      "device": .optional(entry.device),
      "object": .string(entry.object),
      "task": .optional(entry.task),
      "function": .string(entry.function),
    ])
  }

  private static func trace(_ trace: TraceAnalysis, _ report: Report) -> JSONValue {
    var members: [String: JSONValue] = [
      "path": .string(trace.path),
      "verdict": .string(trace.verdict.rawValue),
      "reason": .string(trace.reason.text(trace.time)),
      "exitCode": .signed(Int64(trace.exitCode)),
      "findings": .array(trace.findings.map { finding($0, report, trace.time) }),
      "completeness": completeness(trace, report),
      "rules": .array(trace.rules.map { rule($0, report, trace.time) }),
      "summary": trace.summary.map { summary($0, trace.time) } ?? .null,
    ]
    if let failure = trace.error { members["error"] = error(failure) }
    return .object(members)
  }

  private static func rule(_ outcome: RuleOutcome, _ report: Report, _ time: TimeFormat)
    -> JSONValue
  {
    let metadata = report.metadata(of: outcome.rule)
    return .object([
      "id": .string(outcome.rule.description),
      "slug": .optional(metadata?.slug),
      "title": .optional(metadata?.title),
      "outcome": .string(outcome.outcome.rawValue),
      "reason": .string(outcome.reason.text(time)),
    ])
  }

  private static func error(_ error: IngestError) -> JSONValue {
    .object([
      "offset": .unsigned(error.offset),
      "expectation": .string(error.expectation),
      "advice": .string(error.advice),
    ])
  }
}
