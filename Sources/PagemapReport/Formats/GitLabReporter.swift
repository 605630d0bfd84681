import PagemapAnalysis
import PagemapRules
import TraceWords

/// GitLab's Code Quality report: an entry a finding, and one for every trace that proves nothing, so
/// that an empty list means that all traces passed.
package enum GitLabReporter: Reporter {
  package static let name = "gitlab-codequality"

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    let identities = ResultIdentities(report)
    let entries = report.traces.indices.flatMap { index in
      trace(at: index, report, identities)
    }
    return JSONValue.array(entries).serialized()
  }

  private static func trace(
    at index: Int, _ report: Report, _ identities: ResultIdentities
  ) -> [JSONValue] {
    let trace = report.traces[index]
    func entry(_ description: String, _ check: String, _ severity: String, _ parts: [String])
      -> JSONValue
    {
      .object([
        "description": .string(UntrustedText.escaped(description)),
        "check_name": .string(check),
        "fingerprint": .string(identities.of(parts, trace: index).description),
        "severity": .string(severity),
        "location": .object([
          "path": .string(report.location(of: trace)),
          "lines": .object(["begin": .unsigned(1)]),
        ]),
      ])
    }
    let reason = trace.reason.text(trace.time)
    var entries: [JSONValue] = []
    if trace.verdict == .unusable {
      entries.append(entry("unusable: \(reason)", "unusable-trace", "blocker", ["unusable"]))
    } else if trace.verdict == .inconclusive {
      entries.append(
        entry("inconclusive: \(reason)", "incomplete-trace", "minor", ["incomplete"]))
    } else if let missing = trace.missingEvidence {
      entries.append(entry(missing.text(trace.time), "incomplete-trace", "minor", ["incomplete"]))
    }
    for (place, finding) in trace.findings.enumerated()
    where finding.acceptance?.kind != .suppression {
      let words = FindingWords(finding: finding, trace: trace, report: report)
      let slug = report.metadata(of: finding.rule).map { "-\($0.slug)" } ?? ""
      entries.append(
        entry(
          "\(finding.rule) (\(words.weight)): \(words.subject)", "\(finding.rule)\(slug)",
          severity(finding), finding.identityParts(place: place)))
    }
    return entries
  }

  /// What GitLab calls it: only what is certain is critical or major.
  static func severity(_ finding: Finding) -> String {
    switch (finding.severity, finding.isCertain) {
    case (.error, true): "critical"
    case (.warning, true): "major"
    case (.error, false), (.warning, false): "minor"
    case (.info, _): "info"
    }
  }
}
