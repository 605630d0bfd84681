import PagemapAnalysis
import PagemapEvents
import PagemapRules
import TraceIngest

extension JSONReporter {
  /// What was read and what is missing; null where the input was unusable.
  static func completeness(_ trace: TraceAnalysis, _ report: Report) -> JSONValue {
    guard let ledger = trace.ledger, let metadata = trace.metadata, let probes = trace.probes else {
      return .null
    }
    return .object([
      "complete": .bool(!ledger.isIncomplete),
      "allowed": .bool(trace.incompletenessAllowed),
      "container": container(metadata.container),
      "kernelRelease": .optional(metadata.kernelRelease),
      "clock": .object([
        "name": .optional(metadata.clock),
        "nanoseconds": .bool(metadata.timestampsAreNanoseconds),
        "global": .bool(metadata.clockIsGlobal),
      ]),
      "endKnown": .bool(metadata.endIsKnown),
      "recordedUntil": .optional(metadata.recordedUntil),
      "firstRecord": .optional(ledger.firstTimestamp),
      "lastRecord": .optional(ledger.lastTimestamp),
      "cpus": .array(ledger.cpus.map { cpu($0, metadata) }),
      "damage": .array(ledger.damage.map(damage)),
      "furtherDamage": .unsigned(ledger.furtherDamage),
      "probes": self.probes(probes, report),
    ])
  }

  private static func container(_ container: TraceMetadata.Container) -> JSONValue {
    switch container {
    case .traceDat(let version, let compression):
      .object([
        "format": .string("trace.dat"), "version": .signed(Int64(version)),
        "compression": .string(compression),
      ])
    case .text:
      .object(["format": .string("text"), "version": .null, "compression": .null])
    case .live:
      .object(["format": .string("live"), "version": .null, "compression": .null])
    }
  }

  private static func cpu(_ cpu: CPULedger, _ metadata: TraceMetadata) -> JSONValue {
    .object([
      "buffer": .string(metadata.bufferName(cpu.buffer)),
      "cpu": .unsigned(UInt64(cpu.cpu)),
      "eventsRead": .unsigned(cpu.eventsRead),
      "eventsLost": .unsigned(cpu.eventsLost),
      "lossUnknown": .bool(cpu.gapsOfUnknownSize > 0),
      "gapsOfUnknownSize": .unsigned(cpu.gapsOfUnknownSize),
      "gaps": .array(
        cpu.gaps.map { gap in
          .object([
            "after": .optional(gap.after), "before": .optional(gap.before),
            "eventsLost": .optional(gap.count),
          ])
        }),
      "furtherGaps": .unsigned(cpu.furtherGaps),
      "unformatted": .array(
        cpu.unformatted.map {
          .object(["id": .unsigned(UInt64($0.id)), "records": .unsigned($0.records)])
        }),
      "furtherUnformatted": .unsigned(cpu.furtherUnformatted),
      "statistics": cpu.statistics.map(statistics) ?? .null,
    ])
  }

  private static func statistics(_ statistics: CPUStatistics) -> JSONValue {
    .object([
      "entries": .unsigned(statistics.entries),
      "overrun": .unsigned(statistics.overrun),
      "commitOverrun": .unsigned(statistics.commitOverrun),
      "droppedEvents": .unsigned(statistics.droppedEvents),
      "readEvents": .unsigned(statistics.readEvents),
      "now": .optional(statistics.now),
    ])
  }

  static func damage(_ damage: Damage) -> JSONValue {
    .object([
      "kind": .string(damage.kind.rawValue),
      "offset": .unsigned(damage.offset),
      "length": .optional(damage.length),
      "cpu": .optional(damage.cpu.map(UInt64.init)),
      "message": .string(damage.message),
    ])
  }

  private static func probes(_ probes: ProbeInventory, _ report: Report) -> JSONValue {
    .object([
      "complete": .bool(probes.isComplete),
      "present": .array(
        probes.present.map { probe in
          .object([
            "name": .string(probe.name),
            "event": .string(probe.kind.label),
            "fields": .array(probe.fields.map { .string("\($0)") }),
            "count": .unsigned(probe.count),
          ])
        }),
      "absent": .array(report.absentEvents(in: probes).map(JSONValue.string)),
      "unknown": .array(probes.unknown.map(JSONValue.string)),
      "rejected": .array(
        probes.rejected.map {
          .object(["name": .string($0.name), "reason": .string($0.reason)])
        }),
    ])
  }
}
