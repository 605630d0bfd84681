import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceWords

/// Findings as SARIF's results, and what the baseline knows and no trace shows any more.
struct SARIFResults {
  /// A result, and how soon it goes where there are too many: the higher, the sooner.
  struct Ranked {
    var rank: Int
    var value: JSONValue
  }

  var report: Report
  var rules: SARIFRules
  var places: SARIFPlaces

  /// All results in the order of traces and findings.
  var all: [Ranked] {
    var results: [Ranked] = []
    for (index, trace) in report.traces.enumerated() {
      for (place, finding) in trace.findings.enumerated() {
        results.append(
          Ranked(
            rank: rank(finding, trace),
            value: result(finding, place: place, trace: index)))
      }
    }
    return results + fixed
  }

  private func rank(_ finding: Finding, _ trace: TraceAnalysis) -> Int {
    if finding.fails(at: trace.failOn) { return 0 }
    if finding.acceptance != nil { return 5 }
    return switch level(finding) {
    case "error": 1
    case "warning": 2
    default: 3
    }
  }

  /// The level. What is not certain is never an error.
  private func level(_ finding: Finding) -> String {
    (finding.isCertain ? finding.severity : min(finding.severity, .warning)).level
  }

  private func result(_ finding: Finding, place: Int, trace index: Int) -> JSONValue {
    let words = FindingWords(finding: finding, trace: report.traces[index], report: report)
    var members = rules.reference(finding.rule)
    members["level"] = .string(level(finding))
    members["kind"] = .string("fail")
    members["message"] = .object(["text": .string(message(words))])
    members["locations"] = .array([
      .object([
        "physicalLocation": places.physical(index),
        "logicalLocations": .array(logical(finding)),
      ])
    ])
    members["partialFingerprints"] = places.fingerprints(
      finding.identityParts(place: place), trace: index)
    members["properties"] = .object([
      "certain": .bool(finding.isCertain), "severity": .string(finding.severity.rawValue),
      "class": .string(finding.category.rawValue), "firstSeen": .string(words.since),
    ])
    if let isKnown = finding.isInBaseline {
      members["baselineState"] = .string(isKnown ? "unchanged" : "new")
    }
    if let acceptance = finding.acceptance {
      members["suppressions"] = .array([
        .object([
          "kind": .string("external"), "status": .string("accepted"),
          "justification": .string(acceptance.justification),
        ])
      ])
    }
    return .object(members)
  }

  /// The finding in a line, why, and what next.
  private func message(_ words: FindingWords) -> String {
    let finding = words.finding
    let time = words.trace.time
    let certainty = finding.isCertain ? "certain" : "not certain"
    return
      (["\(words.subject), \(certainty)", "Since \(words.since)."]
      + finding.explanation.map { UntrustedText.escaped($0.text(time)) }
      + ["Next: " + UntrustedText.escaped(finding.advice.text(time))])
      .joined(separator: "\n")
  }

  private func logical(_ finding: Finding) -> [JSONValue] {
    var places: [JSONValue] = [
      .object([
        "name": .string(Format.address(finding.object.address)),
        "fullyQualifiedName": .string(UntrustedText.escaped(finding.object.sentence)),
        "kind": .string("object"),
      ])
    ]
    if !finding.function.isEmpty {
      let name = JSONValue.string(UntrustedText.escaped(finding.function))
      places.append(
        .object(["name": name, "fullyQualifiedName": name, "kind": .string("function")]))
    }
    return places
  }

  /// What the baseline holds and every trace shows to be gone. It has no trace of its own, so it is
  /// told with the first.
  private var fixed: [Ranked] {
    guard let entries = report.baseline?.fixed, !report.traces.isEmpty else { return [] }
    return entries.map { entry in
      var members = rules.reference(entry.rule)
      members["level"] = .string("none")
      members["kind"] = .string("pass")
      members["baselineState"] = .string("absent")
      members["message"] = .object(["text": .string("Fixed: \(UntrustedText.escaped(entry.title))")]
      )
      members["locations"] = .array([.object(["physicalLocation": places.physical(0)])])
      members["partialFingerprints"] = places.fingerprints(
        [entry.fingerprint.description], trace: 0)
      return Ranked(rank: 6, value: .object(members))
    }
  }
}
