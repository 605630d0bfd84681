import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

extension JSONReporter {
  static func finding(_ finding: Finding, _ report: Report, _ time: TimeFormat) -> JSONValue {
    let metadata = report.metadata(of: finding.rule)
    return .object([
      "rule": .string(finding.rule.description),
      "class": .string(finding.category.rawValue),
      "severity": .string(finding.severity.rawValue),
      "certain": .bool(finding.isCertain),
      "title": .string(finding.title.text(time)),
      "object": object(finding.object),
      "firstSeen": .object(moment(finding.firstSeen)),
      "evidence": .array(finding.evidence.map { evidence($0, time) }),
      "explanation": .array(finding.explanation.map { .string($0.text(time)) }),
      "ledger": finding.ledger.map(ledger) ?? .null,
      "advice": .string(finding.advice.text(time)),
      "invariant": .optional(metadata?.invariant),
      "kernelFunction": .optional(metadata?.kernelFunction),
      "fingerprint": .optional(finding.fingerprint?.description),
      "function": .string(finding.function),
      "acceptance": finding.acceptance.map(acceptance) ?? .null,
      "inBaseline": finding.isInBaseline.map(JSONValue.bool) ?? .null,
    ])
  }

  private static func acceptance(_ acceptance: Acceptance) -> JSONValue {
    .object([
      "kind": .string(acceptance.kind.rawValue),
      "reason": .optional(acceptance.reason),
      "owner": .optional(acceptance.owner),
      "expires": .optional(acceptance.expires),
    ])
  }

  /// The members that name it; those that only some kinds have are left out of the others.
  static func object(_ object: ObjectReference) -> JSONValue {
    var members: [String: JSONValue] = [
      "kind": .string(object.kind.rawValue),
      "address": .address(object.address),
      "epoch": .unsigned(UInt64(object.epoch)),
      "device": .optional(object.device),
    ]
    let further = [
      "end": object.end, "mm": object.mm, "virtualAddress": object.virtualAddress,
      "owner": object.owner,
    ]
    for (key, address) in further {
      if let address { members[key] = .address(address) }
    }
    return .object(members)
  }

  static func moment(_ moment: Moment) -> [String: JSONValue] {
    [
      "time": .unsigned(moment.time),
      "cpu": .unsigned(UInt64(moment.cpu)),
      "task": .optional(moment.task),
      "pid": .signed(Int64(moment.pid)),
    ]
  }

  static func evidence(_ evidence: Evidence, _ time: TimeFormat) -> JSONValue {
    var members = moment(evidence.moment)
    members["event"] = .string(evidence.event)
    members["detail"] = .string(evidence.detail.text(time))
    members["sequence"] = .unsigned(evidence.sequence)
    if !evidence.stack.isEmpty { members["stack"] = .array(evidence.stack.map(JSONValue.string)) }
    return .object(members)
  }

  static func ledger(_ ledger: ReferenceLedger) -> JSONValue {
    var members: [String: JSONValue] = [
      "references": .signed(ledger.references),
      "sampledAt": .object(moment(ledger.sampledAt)),
      "holders": .array(
        ledger.holders.map { holder in
          .object([
            "kind": .string(holder.kind),
            "count": .signed(holder.count),
            "addresses": .array(holder.addresses.map(JSONValue.address)),
          ])
        }),
      "unattributed": .signed(ledger.unattributed),
      "appearedAfter": ledger.appearedAfter.map { .object(moment($0)) } ?? .null,
      "appearedBefore": ledger.appearedBefore.map { .object(moment($0)) } ?? .null,
      "tasksThen": .array(ledger.tasksThen.map { .string($0.label) }),
    ]
    if !ledger.stack.isEmpty { members["stack"] = .array(ledger.stack.map(JSONValue.string)) }
    return .object(members)
  }
}
