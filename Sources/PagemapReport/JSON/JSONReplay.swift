package import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// What `pmtrace replay --format json` prints: `Documentation/Schemas/pmtrace.replay-1.schema.json`.
package enum ReplayJSON {
  /// The versions of the shapes of a state and of a step.
  package static let schema = "pmtrace.replay/1"
  package static let stepSchema = "pmtrace.replay-step/1"

  /// The state at a moment.
  package static func state(_ state: ReplayState) -> [UInt8] { document(state).serialized() }

  /// The same in one line, as the last one behind the steps.
  package static func line(_ state: ReplayState) -> [UInt8] { document(state).line() }

  /// The line of one step or gap.
  package static func line(_ passage: ReplayPassage, isNanoseconds: Bool) -> [UInt8] {
    let time = TimeFormat(isNanoseconds: isNanoseconds)
    return switch passage {
    case .step(let step):
      JSONValue.object(["schema": .string(stepSchema), "step": self.step(step, time)]).line()
    case .gap(let gap):
      JSONValue.object(["schema": .string(stepSchema), "gap": self.gap(gap)]).line()
    }
  }

  static func document(_ state: ReplayState) -> JSONValue {
    let time = state.time
    var objects: [String: JSONValue] = [:]
    for kind in Rooms.kinds {
      objects[kind.array] = .array(state.mirror[kind.kind].map { object($0, time) })
    }
    return .object([
      "schema": .string(schema),
      "path": .string(state.path),
      "end": .bool(state.isEnd),
      "nanoseconds": .bool(state.isNanoseconds),
      "firstRecord": .optional(state.firstRecord),
      "event": state.event.map { JSONReporter.evidence($0, time) } ?? .null,
      "objects": .object(objects),
      "liveFolios": .optional(state.mirror.liveFolios),
      "residency": .array(state.mirror.residency.map(residency)),
      "range": state.range.map(range) ?? .null,
      "history": state.history.map { history($0, time) } ?? .null,
      "gaps": .array(state.gaps.map(gap)),
      "furtherGaps": .unsigned(state.furtherGaps),
      "damage": .array(state.damage.map(JSONReporter.damage)),
      "furtherDamage": .unsigned(state.furtherDamage),
      "findings": .array(
        state.findings.enumerated().map { finding($0.element, number: $0.offset + 1, time) }),
    ])
  }

  // MARK: Objects

  private static func object(_ object: ObjectSnapshot, _ time: TimeFormat) -> JSONValue {
    var members: [String: JSONValue] = [:]
    for property in object.properties {
      members[property.key] = property.value.map { value($0, time) } ?? .null
    }
    if object.kind.isOfTasks {
      members["task"] = .signed(Int64(bitPattern: object.address))
    } else {
      members["address"] = .address(object.address)
    }
    if let epoch = object.epoch { members["epoch"] = .unsigned(UInt64(epoch)) }
    if let state = object.state { members["state"] = .string(state) }
    return .object(members)
  }

  private static func value(_ value: SnapshotValue, _ time: TimeFormat) -> JSONValue {
    switch value {
    case .count(let count): .signed(count)
    case .flag(let flag): .bool(flag)
    case .word(let word): .string(word)
    case .address(let address): .address(address)
    case .time(let number), .bytes(let number): .unsigned(number)
    case .range(let start, let end):
      .object(["start": .address(start), "end": .address(end)])
    case .note(let note): JSONReporter.evidence(note.evidence(), time)
    case .event(let event): JSONReporter.evidence(event, time)
    case .ledger(let ledger): JSONReporter.ledger(ledger)
    case .addresses(let addresses): .array(addresses.map(JSONValue.address))
    case .calls(let calls):
      .array(
        calls.map { call in
          .object([
            "function": .string(call.function),
            "object": call.object.map(JSONValue.address) ?? .null,
            "entry": JSONReporter.evidence(call.entry, time),
          ])
        })
    }
  }

  // MARK: Steps

  private static func step(_ step: ReplayStep, _ time: TimeFormat) -> JSONValue {
    .object([
      "event": JSONReporter.evidence(step.event, time),
      "changes": .array(step.changes.map { change($0, time) }),
      "findings": .array(
        step.findings.map { finding in
          .object([
            "number": .signed(Int64(finding.number)),
            "rule": .string(finding.rule.description),
            "title": .string(finding.title.text(time)),
          ])
        }),
    ])
  }

  private static func change(_ change: MirrorDifference.Change, _ time: TimeFormat) -> JSONValue {
    .object([
      "kind": .string(change.kind.rawValue),
      "address": .address(change.address),
      "epoch": .optional(change.epoch.map(UInt64.init)),
      "manner": .string(change.manner.rawValue),
      "oldState": .optional(change.oldState),
      "newState": .optional(change.newState),
      "values": .array(
        change.values.map { entry in
          .object([
            "name": .string(entry.key),
            "old": entry.old.map { value($0, time) } ?? .null,
            "new": entry.new.map { value($0, time) } ?? .null,
          ])
        }),
    ])
  }

  private static func history(_ history: ObjectHistory, _ time: TimeFormat) -> JSONValue {
    .object([
      "address": .address(history.address),
      "earlierSteps": .unsigned(history.earlierSteps),
      "steps": .array(history.steps.map { step($0, time) }),
      "earlierLives": .unsigned(history.earlierLives),
      "lives": .array(
        history.lives.map { life in
          .object([
            "kind": .string(life.kind.rawValue),
            "epoch": .optional(life.epoch.map(UInt64.init)),
            "began": JSONReporter.evidence(life.began, time),
            "state": .optional(life.state),
            "ended": life.ended.map { JSONReporter.evidence($0, time) } ?? .null,
          ])
        }),
    ])
  }

  // MARK: The rest

  private static func residency(_ entry: Residency) -> JSONValue {
    .object([
      "mm": entry.mm.map(JSONValue.address) ?? .null,
      "device": .optional(entry.device),
      "allocations": .unsigned(entry.allocations),
      "pages": .unsigned(entry.pages),
      "unknownAllocations": .unsigned(entry.unknownAllocations),
    ])
  }

  private static func range(_ range: RangeResidency) -> JSONValue {
    .object([
      "start": .address(range.start),
      "end": .address(range.end),
      "mm": range.mm.map(JSONValue.address) ?? .null,
      "parts": .array(
        range.parts.map { part in
          .object([
            "mm": part.mm.map(JSONValue.address) ?? .null,
            "start": .address(part.start),
            "end": .address(part.end),
            "device": .optional(part.device),
            "allocation": .address(part.allocation),
            "epoch": .unsigned(UInt64(part.epoch)),
            "pages": .optional(part.pages),
            "allocationStart": .address(part.allocationStart),
            "allocationEnd": .address(part.allocationEnd),
          ])
        }),
    ])
  }

  private static func gap(_ gap: LostEvents) -> JSONValue {
    .object([
      "cpu": .unsigned(UInt64(gap.cpu)),
      "after": .optional(gap.after),
      "before": .optional(gap.before),
      "eventsLost": .optional(gap.count),
    ])
  }

  private static func finding(_ finding: Finding, number: Int, _ time: TimeFormat) -> JSONValue {
    .object([
      "number": .signed(Int64(number)),
      "rule": .string(finding.rule.description),
      "severity": .string(finding.severity.rawValue),
      "certain": .bool(finding.isCertain),
      "title": .string(finding.title.text(time)),
      "object": JSONReporter.object(finding.object),
      "firstSeen": .object(JSONReporter.moment(finding.firstSeen)),
    ])
  }
}
