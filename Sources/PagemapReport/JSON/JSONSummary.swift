import PagemapEvents
import PagemapModel
import TraceWords

extension JSONReporter {
  static func summary(_ summary: Summary, _ time: TimeFormat) -> JSONValue {
    .object([
      "events": .unsigned(summary.events),
      "pagemapEvents": .unsigned(summary.pagemapEvents),
      "firstEvent": .optional(summary.firstEvent),
      "lastEvent": .optional(summary.lastEvent),
      "recordedUntil": .optional(summary.recordedUntil),
      "devices": .array(summary.devices.map(device)),
      "pagemaps": pagemaps(summary.pagemaps),
      "migrations": .array(summary.migrations.map(migration)),
      "evictions": calls(summary.evictions),
      "cpuFaults": calls(summary.cpuFaults),
      "cpuFaultsWithoutProgress": .unsigned(summary.cpuFaultsWithoutProgress),
      "ownerGroups": .array(summary.ownerGroups.map(ownerGroup)),
      "cost": cost(summary.cost, time),
    ])
  }

  static func device(_ device: DeviceSummary) -> JSONValue {
    .object([
      "name": .optional(device.name),
      "drm": .address(device.drm),
      "pagemaps": .unsigned(device.pagemaps),
      "unpluggedAt": .optional(device.unpluggedAt),
    ])
  }

  private static func pagemaps(_ counts: PagemapCounts) -> JSONValue {
    .object([
      "created": .unsigned(counts.created),
      "adopted": .unsigned(counts.adopted),
      "revived": .unsigned(counts.revived),
      "shrunk": .unsigned(counts.shrunk),
      "destroyed": .unsigned(counts.destroyed),
      "aliveAtEnd": .unsigned(counts.aliveAtEnd),
      "cachedAtEnd": .unsigned(counts.cachedAtEnd),
      "cacheHits": .unsigned(counts.cacheHits),
      "cacheMisses": .unsigned(counts.cacheMisses),
    ])
  }

  static func migration(_ migration: MigrationSummary) -> JSONValue {
    .object([
      "direction": .string(migration.direction.rawValue),
      "calls": calls(migration.calls),
      "pages": .unsigned(migration.pages),
      "bytes": .unsigned(migration.bytes),
    ])
  }

  static func calls(_ calls: CallSummary) -> JSONValue {
    .object([
      "count": .unsigned(calls.count),
      "failures": .array(
        calls.failures.map { failure in
          .object([
            "errno": .signed(failure.errno),
            "name": .string(Errno.name(failure.errno)),
            "count": .unsigned(failure.count),
          ])
        }),
      "p50": .optional(calls.p50),
      "p99": .optional(calls.p99),
      "longest": .optional(calls.longest),
      "distribution": .array(
        calls.distribution.map {
          .object(["upTo": .optional($0.upTo), "count": .unsigned($0.count)])
        }),
    ])
  }

  private static func ownerGroup(_ group: OwnerGroupSummary) -> JSONValue {
    .object([
      "owner": .address(group.owner),
      "epoch": .unsigned(UInt64(group.epoch)),
      "mostPeers": .unsigned(group.mostPeers),
      "vmPeersAtEnd": .unsigned(group.vmPeersAtEnd),
      "pagemapPeersAtEnd": .unsigned(group.pagemapPeersAtEnd),
    ])
  }

  private static func cost(_ cost: PagemapCost, _ time: TimeFormat) -> JSONValue {
    let steps = cost.memory.map { steps in
      JSONValue.array(
        steps.map { .object(["time": .unsigned($0.time), "bytes": .unsigned($0.bytes)]) })
    }
    return .object([
      "memory": steps ?? .null,
      "furtherSteps": .unsigned(cost.furtherSteps),
      "peakBytes": .unsigned(cost.peakBytes),
      "bytesAtEnd": .unsigned(cost.bytesAtEnd),
      "byteSeconds": time.isNanoseconds ? .double(cost.byteSeconds) : .null,
      "creation": .unsigned(cost.creation),
      "creations": .unsigned(cost.creations),
      "teardown": .unsigned(cost.teardown),
      "teardowns": .unsigned(cost.teardowns),
    ])
  }
}
