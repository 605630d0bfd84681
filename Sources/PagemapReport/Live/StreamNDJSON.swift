package import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// What a stream prints for machines, an object a line:
/// `Documentation/Schemas/pmtrace.stream-1.schema.json`.
package enum StreamNDJSON {
  /// The version of the lines' shapes.
  package static let schema = "pmtrace.stream/1"
  /// What the rules are, for the members of findings that come from there.
  private static let catalog = Report(traces: [], rules: RuleRegistry.all)

  /// What is recorded.
  package static func start(_ start: StreamStart) -> [UInt8] {
    line(
      "start",
      [
        "version": .string(start.version),
        "kernelRelease": .optional(start.kernelRelease),
        "clock": .string(start.clock),
        "cpus": .unsigned(UInt64(max(0, start.cpus))),
        "bufferSize": .unsigned(start.bufferSize),
        "reorderWindow": .unsigned(start.reorderWindow),
        "events": .array(start.events.map(JSONValue.string)),
        "missingEvents": .array(start.missingEvents.map(JSONValue.string)),
        "decidableRules": .optional(start.decidableRules.map { UInt64(max(0, $0)) }),
        "rules": .optional(start.rules.map { UInt64(max(0, $0)) }),
        "duration": .optional(start.duration),
        "tee": .optional(start.tee),
        "metrics": .optional(start.metrics),
        "command": start.command.map { .array($0.map(JSONValue.string)) } ?? .null,
      ])
  }

  /// A finding that became certain, or what became of one.
  package static func news(_ news: FindingNews, isNanoseconds: Bool) -> [UInt8] {
    let type =
      switch news.kind {
      case .found: "finding"
      case .changed: "finding-changed"
      case .withdrawn: "finding-withdrawn"
      }
    return line(
      type,
      [
        "number": .unsigned(UInt64(max(0, news.number))),
        "finding": JSONReporter.finding(
          news.finding, catalog, TimeFormat(isNanoseconds: isNanoseconds)),
      ])
  }

  /// What was lost since the last such line.
  package static func loss(_ loss: StreamLoss) -> [UInt8] {
    line(
      "loss",
      [
        "time": .optional(loss.time),
        "cpus": .array(loss.cpus.map(cpu)),
        "lateRecords": .unsigned(loss.lateRecords),
        "totalEventsLost": .unsigned(loss.totalEvents),
      ])
  }

  static func cpu(_ loss: CPULoss) -> JSONValue {
    .object([
      "cpu": .unsigned(UInt64(loss.cpu)),
      "overrun": .unsigned(loss.overrun),
      "dropped": .unsigned(loss.dropped),
      "commitOverrun": .unsigned(loss.commitOverrun),
      "missing": .unsigned(loss.missing),
      "gapsOfUnknownSize": .unsigned(loss.gapsOfUnknownSize),
    ])
  }

  /// How things stand, and how much happened since the last such line.
  package static func status(_ status: StreamStatus, rates: StreamRates) -> [UInt8] {
    line("status", StreamStatusJSON.members(status, rates))
  }

  /// What became of the command; nothing while it runs.
  package static func command(_ state: StreamStatus.CommandState) -> [UInt8] {
    switch state {
    case .none, .running: []
    case .exited, .killed: line("command", ["command": StreamStatusJSON.command(state)])
    }
  }

  /// The end, with the report that an analysis of the same trace gives.
  package static func end(_ report: Report, elapsed: UInt64) -> [UInt8] {
    line(
      "end",
      [
        "elapsed": .unsigned(elapsed),
        "verdict": .string(report.verdict.rawValue),
        "exitCode": .signed(Int64(report.exitCode)),
        "report": JSONReporter.document(report),
      ])
  }

  private static func line(_ type: String, _ members: [String: JSONValue]) -> [UInt8] {
    var members = members
    members["schema"] = .string(schema)
    members["type"] = .string(type)
    return JSONValue.object(members).line()
  }
}
