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
    let missing = Self.missing(analysis.ledger) ?? untold(analysis)
    if let worst = failing.first {
      analysis.verdict = .fail
      analysis.exitCode = 1
      analysis.reason = reason(failing.count, worst)
    } else if let reason = unproven(analysis, missing) {
      analysis.verdict = .inconclusive
      analysis.exitCode = 2
      analysis.reason = reason
    } else if let missing {
      analysis.verdict = .inconclusive
      analysis.exitCode = 0
      analysis.incompletenessAllowed = true
      analysis.reason = "let through by --allow-incomplete, though \(missing)"
    } else {
      pass(&analysis)
    }
  }

  private func pass(_ analysis: inout TraceAnalysis) {
    let accepted = analysis.findings.count { $0.acceptance != nil && $0.severity > .info }
    analysis.verdict = .pass
    analysis.exitCode = 0
    analysis.reason =
      "\(analysis.summary?.pagemapEvents ?? 0) pagemap events, \(decided(analysis)) rules hold"
    if accepted > 0 { analysis.reason += ", \(count: accepted, "accepted finding")" }
  }

  /// Why the trace proves nothing, nil where it does: the first thing that the user has to mend.
  private func unproven(_ analysis: TraceAnalysis, _ missing: Sentence?) -> Sentence? {
    let hasEvents = analysis.summary?.pagemapEvents ?? 0 > 0
    if let missing, !options.allowIncomplete || !hasEvents {
      return hasEvents ? missing : "no pagemap event could be read: \(missing)"
    }
    guard hasEvents else {
      return "no pagemap event in the trace: record the drm_pagemap probes"
    }
    return undecided(analysis)
  }

  /// A finding that is not certain only because the trace does not tell its end or its probes; nil without.
  private func untold(_ analysis: TraceAnalysis) -> Sentence? {
    let open = analysis.findings.filter {
      !$0.isCertain && $0.acceptance == nil && $0.severity > .info
    }
    let untold: Sentence
    let found: Finding?
    if analysis.metadata?.endIsKnown == false, let leak = open.first(where: \.category.isLeak) {
      (untold, found) = ("end", leak)
    } else {
      (untold, found) = ("probes", analysis.probes?.isComplete == false ? open.first : nil)
    }
    return found.map {
      "whether \($0.rule.description) is violated cannot be told, since the trace does not tell its "
        + "\(untold): \($0.title)"
    }
  }

  // MARK: What must be decided

  /// Why no pass can rest on the rules that were decided; nil where it can.
  private func undecided(_ analysis: TraceAnalysis) -> Sentence? {
    let outcomes = Dictionary(analysis.rules.map { ($0.rule, $0) }) { first, _ in first }
    let open = options.required.sorted().filter { !isDecided(outcomes[$0]) }
    if let rule = open.first {
      let more: Sentence = open.count > 1 ? ", and \(open.count - 1) more" : ""
      return "\(rule.description) is required and was not decided\(reason(outcomes[rule]))\(more)"
    }
    let wanted = RuleGroup.core.filter { outcomes[$0] != nil }
    let candidates = wanted.isEmpty ? Set(outcomes.keys) : wanted
    guard !candidates.contains(where: { isDecided(outcomes[$0]) }) else { return nil }
    let first = candidates.min().flatMap { outcomes[$0] }
    return wanted.isEmpty
      ? "none of the rules was decided\(reason(first))"
      : "no rule that lifetimes and migrations rest on was decided\(reason(first))"
  }

  /// Whether a rule has an answer. What loss alone leaves open counts as one where loss is let through.
  private func isDecided(_ outcome: RuleOutcome?) -> Bool {
    switch outcome?.outcome {
    case .passed, .violated, .accepted: true
    case .inconclusive: options.allowIncomplete
    case .notEvaluable, nil: false
    }
  }

  private func reason(_ outcome: RuleOutcome?) -> Sentence {
    guard let outcome else { return ": it is not checked" }
    return outcome.reason.isEmpty ? "" : ": \(outcome.reason)"
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
    if let first = ledger.cpus.lazy.compactMap(\.unformatted.first).first {
      let records = ledger.cpus.reduce(UInt64(0)) { $0 &+ $1.unformattedRecords }
      words.append(
        "\(count: records, "record") of events whose format is not in the file (the first id is "
          + "\(UInt64(first.id)))")
    }
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
