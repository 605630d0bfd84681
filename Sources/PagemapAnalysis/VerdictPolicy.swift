import PagemapEvents
import PagemapModel
package import PagemapRules
import TraceIngest
package import TraceWords

/// Turns findings and completeness into a verdict, a reason and an exit code.
struct VerdictPolicy {
  var options: AnalysisOptions

  /// Sets the verdict of `analysis`, whose findings, ledger and summary are complete.
  func judge(_ analysis: inout TraceAnalysis) {
    analysis.failOn = options.failOn
    let failing = analysis.findings.filter { $0.fails(at: options.failOn) }
    let accepted = analysis.findings.count { $0.acceptance != nil && $0.severity > .info }
    let pagemapEvents = analysis.summary?.pagemapEvents ?? 0
    if let worst = failing.first {
      analysis.verdict = .fail
      analysis.exitCode = 1
      analysis.reason = reason(failing.count, worst)
    } else if pagemapEvents == 0 {
      analysis.verdict = .inconclusive
      analysis.exitCode = 2
      analysis.reason = "no pagemap event in the trace: record the drm_pagemap probes"
    } else if let missing = Self.missing(analysis.ledger) {
      analysis.verdict = .inconclusive
      analysis.exitCode = options.allowIncomplete ? 0 : 2
      analysis.incompletenessAllowed = options.allowIncomplete
      analysis.reason =
        options.allowIncomplete
        ? "let through by --allow-incomplete, though \(missing)" : missing
    } else {
      analysis.verdict = .pass
      analysis.exitCode = 0
      analysis.reason = "\(pagemapEvents) pagemap events, \(decided(analysis)) rules hold"
      if accepted > 0 {
        analysis.reason += ", \(count: accepted, "accepted finding")"
      }
    }
  }

  private func reason(_ count: Int, _ worst: Finding) -> Sentence {
    let device = worst.object.device.map { " of \($0)" } ?? ""
    let object: Sentence = "\(worst.object.kind.rawValue) \(address: worst.object.address)\(device)"
    let more: Sentence = count > 1 ? ", and \(count - 1) more" : ""
    return "\(worst.rule.description) \(worst.title): \(object)\(more)"
  }

  private func decided(_ analysis: TraceAnalysis) -> Int {
    analysis.rules.count { $0.outcome == .passed }
  }

  /// What is missing from a trace, one line; nil where nothing is.
  static func missing(_ ledger: TraceLedger?) -> Sentence? {
    guard let ledger, ledger.isIncomplete else { return nil }
    var words: [Sentence] = []
    let lost = ledger.cpus.reduce(UInt64(0)) { $0 &+ $1.eventsLost }
    let gaps = ledger.cpus.reduce(UInt64(0)) { $0 &+ $1.gapsOfUnknownSize }
    if lost > 0 { words.append("\(lost) events lost") }
    if gaps > 0 { words.append("\(count: gaps, "gap") of unknown size") }
    if let first = ledger.damage.first {
      let count = UInt64(ledger.damage.count) &+ ledger.furtherDamage
      let more: Sentence = count > 1 ? " and \(count - 1) more" : ""
      words.append("damage at byte \(first.offset) (\(first.message))\(more)")
    }
    return "evidence may be missing: " + words.joined(separator: ", ")
  }
}

extension Finding {
  /// Whether it fails a trace: it is certain, bad enough and not accepted.
  package func fails(at severity: Severity) -> Bool {
    isCertain && self.severity >= severity && acceptance == nil
  }
}

extension TraceAnalysis {
  /// What evidence is missing, one line; nil where none is. A trace that fails can have it too.
  package var missingEvidence: Sentence? { VerdictPolicy.missing(ledger) }
}
