import PagemapAnalysis
import PagemapRules
import TraceIngest
import TraceWords

/// What the run has to say besides results: unusable inputs, missing evidence, rules that could not
/// be decided.
struct SARIFNotifications {
  var report: Report
  var places: SARIFPlaces
  var rules: SARIFRules

  /// All of them, in the order of traces.
  var all: [JSONValue] {
    var notifications: [JSONValue] = []
    for (index, trace) in report.traces.enumerated() {
      if notifications.count >= SARIFReporter.notificationLimit {
        let rest = report.traces.count - index
        notifications.append(
          Self.message("too-many-notifications", "warning", "\(rest) further traces are left out"))
        break
      }
      notifications += self.trace(trace, index)
    }
    return notifications
  }

  private func trace(_ trace: TraceAnalysis, _ index: Int) -> [JSONValue] {
    let place = places.physical(index)
    var found: [JSONValue] = []
    switch trace.verdict {
    case .unusable:
      let reason = trace.reason.text(trace.time)
      found.append(Self.message("unusable-trace", "error", reason, place))
    case .inconclusive:
      found.append(Self.message("inconclusive-trace", "warning", trace.verdictLine, place))
    case .pass, .fail: break
    }
    if let missing = trace.missingEvidence, missing != trace.reason {
      found.append(Self.message("missing-evidence", "warning", missing.text(trace.time), place))
    }
    let undecided = trace.rules.filter {
      $0.outcome == .inconclusive || $0.outcome == .notEvaluable
    }
    if !undecided.isEmpty { found.append(summary(undecided, place)) }
    return found
  }

  /// The rules that were not decided, one sentence for each outcome.
  private func summary(_ outcomes: [RuleOutcome], _ place: JSONValue) -> JSONValue {
    let sentences = [
      (RuleOutcome.Outcome.inconclusive, "inconclusive"), (.notEvaluable, "not evaluable"),
    ].compactMap { outcome, words -> String? in
      let ids = outcomes.filter { $0.outcome == outcome }.map(\.rule.description)
      return ids.isEmpty ? nil : "\(ids.count) rules \(words): \(ids.joined(separator: ", "))"
    }
    return Self.message(
      "undecided-rules", "note", sentences.joined(separator: "; "), place)
  }

  /// A `notification` object: something of the run that is no result.
  static func message(
    _ id: String, _ level: String, _ text: String, _ place: JSONValue? = nil
  ) -> JSONValue {
    var members: [String: JSONValue] = [
      "descriptor": .object(["id": .string(id)]), "level": .string(level),
      "message": SARIFRules.text(text),
    ]
    if let place { members["locations"] = .array([.object(["physicalLocation": place])]) }
    return .object(members)
  }
}
