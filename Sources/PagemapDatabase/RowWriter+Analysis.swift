import GRDB
import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapReport
import PagemapRules
import TraceIngest
import TraceWords

/// The rows that an analysis gives when it is done.
extension RowWriter {
  mutating func add(_ analysis: TraceAnalysis) throws {
    try addTrace(analysis)
    for device in analysis.summary?.devices ?? [] {
      try add(
        DatabaseSchema.devices,
        [
          .address(device.drm), .text(device.name), .number(device.pagemaps),
          .number(device.unpluggedAt),
        ])
    }
    for (position, probe) in (analysis.probes?.present ?? []).enumerated() {
      try add(
        DatabaseSchema.probes,
        [
          .number(position), .text(probe.name), probe.kind.label.databaseValue,
          probe.fields.map(\.label).joined(separator: " ").databaseValue, .number(probe.count),
        ])
    }
    if let summary = analysis.summary { try addLatencies(summary) }
    for outcome in analysis.rules {
      try add(
        DatabaseSchema.rules,
        [
          outcome.rule.description.databaseValue, outcome.outcome.rawValue.databaseValue,
          .text(outcome.reason.text(analysis.time)),
        ])
    }
    for (index, finding) in analysis.findings.enumerated() {
      try add(finding, number: Int64(index + 1), analysis.time)
    }
    if let ledger = analysis.ledger { try add(ledger) }
  }

  /// An input that cannot be used: a row of `traces` and nothing else.
  mutating func addUnusable(path: String, because error: IngestError) throws {
    try addTrace(.unusable(path: path, because: error))
    try commit()
  }

  private mutating func addTrace(_ analysis: TraceAnalysis) throws {
    let (metadata, summary) = (analysis.metadata, analysis.summary)
    let cost = summary?.cost ?? PagemapCost()
    let knowsMemory = cost.memory != nil
    try add(
      DatabaseSchema.traces,
      [
        .text(analysis.path), analysis.verdict.rawValue.databaseValue,
        .text(analysis.reason.text(analysis.time)),
        .number(analysis.exitCode), .text(metadata.map(Self.container)), .text(metadata?.clock),
        .flag(metadata?.timestampsAreNanoseconds), .text(metadata?.kernelRelease),
        .flag(metadata?.endIsKnown), .number(summary?.firstEvent), .number(summary?.lastEvent),
        .number(summary?.recordedUntil), .number(summary?.events ?? 0),
        .number(summary?.pagemapEvents ?? 0), .number(analysis.ledger?.eventsRead ?? 0),
        .number(analysis.ledger?.cpus.reduce(UInt64(0)) { $0 &+ $1.eventsLost } ?? 0),
        knowsMemory ? .number(cost.peakBytes) : .null,
        knowsMemory ? .number(cost.bytesAtEnd) : .null, .number(cost.creations),
        .number(cost.creation), .number(cost.teardowns), .number(cost.teardown),
      ])
  }

  private static func container(_ metadata: TraceMetadata) -> String {
    switch metadata.container {
    case .traceDat(let version, let compression): "trace.dat v\(version) \(compression)"
    case .text: "text"
    case .live: "live"
    }
  }

  private mutating func addLatencies(_ summary: Summary) throws {
    var calls = summary.migrations.map { ($0.direction.rawValue, $0.calls) }
    calls.append(("evictions", summary.evictions))
    calls.append(("cpu-faults", summary.cpuFaults))
    for (name, call) in calls {
      for (position, bucket) in call.distribution.enumerated() {
        try add(
          DatabaseSchema.latencies,
          [
            name.databaseValue, .number(position), .number(bucket.upTo), .number(bucket.count),
          ])
      }
    }
  }

  // MARK: Findings

  private mutating func add(_ finding: Finding, number: Int64, _ time: TimeFormat) throws {
    let object = finding.object
    try add(
      DatabaseSchema.findings,
      [
        number.databaseValue, finding.rule.description.databaseValue,
        finding.category.rawValue.databaseValue, finding.severity.rawValue.databaseValue,
        .flag(finding.isCertain), .text(finding.title.text(time)),
        object.kind.rawValue.databaseValue,
        .address(object.address), .number(object.epoch), .text(object.device),
        .address(orNull: object.end), .address(orNull: object.mm),
        .number(finding.firstSeen.time), .number(finding.firstSeen.cpu),
        .number(finding.firstSeen.pid), .text(finding.firstSeen.task), .text(finding.function),
        .lines(finding.explanation.map { $0.text(time) }), .text(finding.advice.text(time)),
        .text(finding.fingerprint?.description),
        .text(finding.acceptance?.kind.rawValue), .text(finding.acceptance?.reason),
        .flag(finding.isInBaseline), .number(finding.ledger?.references),
        .number(finding.ledger?.unattributed),
      ])
    for (position, evidence) in finding.evidence.enumerated() {
      try add(
        DatabaseSchema.evidence,
        [
          number.databaseValue, .number(position), .number(evidence.sequence),
          .number(evidence.moment.time), .number(evidence.moment.cpu),
          .number(evidence.moment.pid), .text(evidence.moment.task), .text(evidence.event),
          .text(evidence.detail.text(time)),
          evidence.stack.isEmpty ? .null : .lines(evidence.stack),
        ])
    }
    for (position, holder) in (finding.ledger?.holders ?? []).enumerated() {
      let addresses = holder.addresses.map(Format.address)
      try add(
        DatabaseSchema.holders,
        [
          number.databaseValue, .number(position), .text(holder.kind), holder.count.databaseValue,
          addresses.isEmpty ? .null : addresses.joined(separator: " ").databaseValue,
        ])
    }
  }

  // MARK: Completeness

  private mutating func add(_ ledger: TraceLedger) throws {
    for cpu in ledger.cpus {
      let place: [DatabaseValue] = [.number(cpu.buffer), .number(cpu.cpu)]
      try add(
        DatabaseSchema.cpus,
        place + [
          .number(cpu.eventsRead), .number(cpu.eventsLost), .number(cpu.gapsOfUnknownSize),
          .number(cpu.furtherGaps),
        ])
      for (position, gap) in cpu.gaps.enumerated() {
        try add(
          DatabaseSchema.gaps,
          place + [
            .number(position), .number(gap.count), .number(gap.after), .number(gap.before),
          ])
      }
    }
    for (position, damage) in ledger.damage.enumerated() {
      try add(
        DatabaseSchema.damage,
        [
          .number(position), damage.kind.rawValue.databaseValue, .number(damage.offset),
          .number(damage.length), damage.cpu.map { .number($0) } ?? .null, .text(damage.message),
        ])
    }
  }
}
