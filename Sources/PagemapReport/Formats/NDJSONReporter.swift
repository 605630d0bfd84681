import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// Flat records, one a line, for databases that read many traces:
/// `Documentation/Schemas/pmtrace.ndjson-1.schema.json`.
package enum NDJSONReporter: Reporter {
  package static let name = "ndjson"
  /// The version of the records' shape.
  package static let schema = "pmtrace.ndjson/1"

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    report.traces.indices.flatMap { index in
      NDJSONTrace(report, index).records.flatMap { $0.line() }
    }
  }
}

/// The records of one trace.
private struct NDJSONTrace {
  private let report: Report
  private let trace: TraceAnalysis
  /// The columns of every record.
  private let common: [String: JSONValue]

  init(_ report: Report, _ index: Int) {
    self.report = report
    let trace = report.traces[index]
    self.trace = trace
    common = [
      "schema": .string(NDJSONReporter.schema),
      "tool_version": .string(report.toolVersion),
      "trace": .string(report.location(of: trace)),
      "trace_index": .unsigned(UInt64(index)),
      "kernel_release": .optional(trace.metadata?.kernelRelease),
      "verdict": .string(trace.verdict.rawValue),
    ]
  }

  var records: [JSONValue] {
    [summary] + trace.findings.map(finding) + trace.rules.map(rule)
      + (trace.summary?.devices.map(device) ?? [])
      + (trace.summary?.migrations.map { calls("migration", $0.calls, direction: $0) } ?? [])
      + (trace.summary.map { [calls("eviction", $0.evictions), calls("cpu-fault", $0.cpuFaults)] }
        ?? [])
      + (trace.ledger?.cpus.map(cpu) ?? []) + (trace.ledger?.damage.map(damage) ?? [])
  }

  private func record(_ type: String, _ columns: [String: JSONValue]) -> JSONValue {
    .object(common.merging(columns) { first, _ in first }.merging(["type": .string(type)]) { $1 })
  }

  private var summary: JSONValue {
    let metadata = trace.metadata
    let counts = trace.summary
    return record(
      "trace",
      [
        "reason": .string(trace.reason.text(trace.time)),
        "exit_code": .signed(Int64(trace.exitCode)),
        "fail_on": .string(trace.failOn.rawValue),
        "incompleteness_allowed": .bool(trace.incompletenessAllowed),
        "clock": .optional(metadata?.clock),
        "time_is_nanoseconds": metadata.map { .bool($0.timestampsAreNanoseconds) } ?? .null,
        "first_time": .optional(trace.ledger?.firstTimestamp),
        "last_time": .optional(trace.ledger?.lastTimestamp),
        "recorded_until": .optional(metadata?.recordedUntil),
        "events_read": .optional(trace.ledger?.eventsRead),
        "events_modelled": .optional(counts?.events),
        "pagemap_events": .optional(counts?.pagemapEvents),
        "missing_evidence": .optional(trace.missingEvidence?.text(trace.time)),
        "findings": .unsigned(UInt64(trace.findings.count)),
        "failing": .unsigned(UInt64(trace.findings.count { $0.fails(at: trace.failOn) })),
        "accepted": .unsigned(UInt64(trace.findings.count { $0.acceptance != nil })),
        "pagemaps_created": .optional(counts?.pagemaps.created),
        "pagemaps_destroyed": .optional(counts?.pagemaps.destroyed),
        "pagemaps_alive_at_end": .optional(counts?.pagemaps.aliveAtEnd),
        "struct_page_peak_bytes": .optional(counts?.cost.peakBytes),
      ])
  }

  private func finding(_ finding: Finding) -> JSONValue {
    let object = finding.object
    let words = FindingWords(finding: finding, trace: trace, report: report)
    return record(
      "finding",
      [
        "rule": .string(finding.rule.description),
        "slug": .optional(report.metadata(of: finding.rule)?.slug),
        "class": .string(finding.category.rawValue),
        "severity": .string(finding.severity.rawValue),
        "certain": .bool(finding.isCertain),
        "fails": .bool(finding.fails(at: trace.failOn)),
        "title": .string(finding.title.text(trace.time)),
        "fingerprint": .optional(finding.fingerprint?.description),
        "in_baseline": finding.isInBaseline.map(JSONValue.bool) ?? .null,
        "acceptance": .optional(finding.acceptance?.kind.rawValue),
        "acceptance_reason": .optional(finding.acceptance?.reason),
        "acceptance_owner": .optional(finding.acceptance?.owner),
        "acceptance_expires": .optional(finding.acceptance?.expires),
        "object": .string(object.kind.rawValue),
        "address": .address(object.address),
        "epoch": .unsigned(UInt64(object.epoch)),
        "device": .optional(object.device),
        "end": object.end.map(JSONValue.address) ?? .null,
        "mm": object.mm.map(JSONValue.address) ?? .null,
        "virtual_address": object.virtualAddress.map(JSONValue.address) ?? .null,
        "owner": object.owner.map(JSONValue.address) ?? .null,
        "time": .unsigned(finding.firstSeen.time),
        "cpu": .unsigned(UInt64(finding.firstSeen.cpu)),
        "pid": .signed(Int64(finding.firstSeen.pid)),
        "task": .optional(finding.firstSeen.task),
        "function": .string(finding.function),
        "references": finding.ledger.map { .signed($0.references) } ?? .null,
        "unattributed": finding.ledger.map { .signed($0.unattributed) } ?? .null,
        "evidence_events": .unsigned(UInt64(finding.evidence.count)),
        "explanation": .string(
          finding.explanation.joined(separator: "\n").text(trace.time)),
        "advice": .string(finding.advice.text(trace.time)),
        "text": .string(words.line),
      ])
  }

  private func rule(_ outcome: RuleOutcome) -> JSONValue {
    record(
      "rule",
      [
        "rule": .string(outcome.rule.description),
        "slug": .optional(report.metadata(of: outcome.rule)?.slug),
        "outcome": .string(outcome.outcome.rawValue),
        "reason": .string(outcome.reason.text(trace.time)),
        "findings": .unsigned(UInt64(trace.findings.count { $0.rule == outcome.rule })),
      ])
  }

  private func device(_ device: DeviceSummary) -> JSONValue {
    record(
      "device",
      [
        "device": .optional(device.name),
        "drm": .address(device.drm),
        "pagemaps": .unsigned(device.pagemaps),
        "unplugged_at": .optional(device.unpluggedAt),
      ])
  }

  private func calls(
    _ type: String, _ calls: CallSummary, direction: MigrationSummary? = nil
  ) -> JSONValue {
    let failed = calls.failures.reduce(UInt64(0)) { $0.addingReportingOverflow($1.count).0 }
    var columns: [String: JSONValue] = [
      "calls": .unsigned(calls.count),
      "failed": .unsigned(failed),
      "failures": .string(
        calls.failures.map { "\(Errno.name($0.errno))=\($0.count)" }.joined(separator: ",")),
      "p50": .optional(calls.p50),
      "p99": .optional(calls.p99),
      "longest": .optional(calls.longest),
    ]
    if let direction {
      columns["direction"] = .string(direction.direction.rawValue)
      columns["pages"] = .unsigned(direction.pages)
      columns["bytes"] = .unsigned(direction.bytes)
    }
    return record(type, columns)
  }

  private func cpu(_ cpu: CPULedger) -> JSONValue {
    record(
      "cpu",
      [
        "buffer": .unsigned(UInt64(cpu.buffer)),
        "cpu": .unsigned(UInt64(cpu.cpu)),
        "events_read": .unsigned(cpu.eventsRead),
        "events_lost": .unsigned(cpu.eventsLost),
        "gaps_of_unknown_size": .unsigned(cpu.gapsOfUnknownSize),
      ])
  }

  private func damage(_ damage: Damage) -> JSONValue {
    record(
      "damage",
      [
        "kind": .string(damage.kind.rawValue),
        "offset": .unsigned(damage.offset),
        "length": .optional(damage.length),
        "cpu": damage.cpu.map { .unsigned(UInt64($0)) } ?? .null,
        "message": .string(damage.message),
      ])
  }
}
