import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules

/// The members of a status line.
enum StreamStatusJSON {
  static func members(_ status: StreamStatus, _ rates: StreamRates) -> [String: JSONValue] {
    let overview = status.overview
    return [
      "elapsed": .unsigned(status.elapsed),
      "time": .optional(overview.time),
      "recordsRead": .unsigned(status.recordsRead),
      "events": .unsigned(overview.events),
      "pagemapEvents": .unsigned(overview.pagemapEvents),
      "eventsLost": .unsigned(status.eventsLost),
      "gapsOfUnknownSize": .unsigned(status.gapsOfUnknownSize),
      "lateRecords": .unsigned(status.lateRecords),
      "cpus": .array(status.cpus.filter(\.isAny).map(StreamNDJSON.cpu)),
      "windowFill": .double(status.windowFill),
      "devices": .array(overview.devices.map(JSONReporter.device)),
      "furtherDevices": .unsigned(overview.furtherDevices),
      "pagemaps": .array(overview.pagemaps.map(pagemap)),
      "furtherPagemaps": .unsigned(overview.furtherPagemaps),
      "objects": .array(
        overview.objects.map {
          .object(["kind": .string($0.kind.rawValue), "count": .unsigned($0.count)])
        }),
      "migrations": .array(overview.migrations.map(JSONReporter.migration)),
      "evictions": JSONReporter.calls(overview.evictions),
      "cpuFaults": JSONReporter.calls(overview.cpuFaults),
      "cpuFaultsWithoutProgress": .unsigned(overview.cpuFaultsWithoutProgress),
      "rates": self.rates(rates),
      "findings": findings(status.findings),
      "command": command(status.command),
    ]
  }

  private static func pagemap(_ pagemap: LivePagemap) -> JSONValue {
    .object([
      "address": .address(pagemap.address),
      "epoch": .unsigned(UInt64(pagemap.epoch)),
      "device": .optional(pagemap.device),
      "state": .string("\(pagemap.state)"),
      "older": .bool(pagemap.isAdopted),
      "since": .unsigned(pagemap.since),
      "ledger": pagemap.ledger.map(JSONReporter.ledger) ?? .null,
    ])
  }

  private static func rates(_ rates: StreamRates) -> JSONValue {
    .object([
      "records": .double(rates.records),
      "events": .double(rates.events),
      "evictions": .double(rates.evictions),
      "cpuFaults": .double(rates.cpuFaults),
      "migrations": .array(
        rates.migrations.map { rate in
          .object([
            "direction": .string(rate.direction.rawValue),
            "calls": .double(rate.calls),
            "bytes": .double(rate.bytes),
          ])
        }),
    ])
  }

  /// How many findings stand: by certainty, then severity.
  private static func findings(_ tally: FindingTally) -> JSONValue {
    func counts(_ isCertain: Bool) -> JSONValue {
      .object(
        Dictionary(
          uniqueKeysWithValues: Severity.allCases.map {
            ($0.rawValue, .unsigned(tally.count($0, certain: isCertain)))
          }))
    }
    return .object(["certain": counts(true), "uncertain": counts(false)])
  }

  /// What became of the command; null where there is none.
  static func command(_ state: StreamStatus.CommandState) -> JSONValue {
    func object(_ name: String, pid: Int32? = nil, code: Int32? = nil, signal: Int32? = nil)
      -> JSONValue
    {
      func number(_ value: Int32?) -> JSONValue { value.map { .signed(Int64($0)) } ?? .null }
      return .object([
        "state": .string(name), "pid": number(pid), "exitCode": number(code),
        "signal": number(signal),
      ])
    }
    return switch state {
    case .none: .null
    case .running(let pid): object("running", pid: pid)
    case .exited(let code): object("exited", code: code)
    case .killed(let signal): object("killed", signal: signal)
    }
  }
}
