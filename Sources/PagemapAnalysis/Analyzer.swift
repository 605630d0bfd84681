import PagemapEvents
import PagemapModel
import PagemapRules
package import TraceIngest
import TraceWords

/// Runs one trace from its first record to its last and puts the verdict on it.
package enum Analyzer {
  /// Analyses one trace from its first record to its last.
  ///
  /// - Parameters:
  ///   - reader: the trace, not read from yet.
  ///   - path: its name for the report.
  ///   - progress: told the number of records read, now and then.
  /// - Throws: `IngestError` where the input fails in the middle.
  package static func analyze(
    _ reader: any TraceReader, path: String, options: AnalysisOptions,
    progress: ((UInt64) -> Void)? = nil
  ) throws(IngestError) -> TraceAnalysis {
    var run = TraceRun(reader, options)
    guard options.wantsTimeline else {
      var nobody = Unwatched()
      _ = try run.run(&nobody, progress)
      return conclude(&run, path, options)
    }
    var watcher = TimelineWatcher()
    run.recordActivity()
    _ = try run.run(&watcher, progress)
    var analysis = conclude(&run, path, options)
    let tasks = run.reader.taskNames
    analysis.timeline = watcher.recorder.finish(
      run.context.mirror, end: analysis.summary?.recordedUntil, devices: run.decoder.names
    ) { tasks[$0] }
    return analysis
  }

  /// The verdict on a run that has come to its end.
  static func conclude(_ run: inout TraceRun, _ path: String, _ options: AnalysisOptions)
    -> TraceAnalysis
  {
    let ledger = run.completeLedger()
    let recorded = run.finish(ledger)
    let names = run.reader.taskNames
    let inventory = run.decoder.inventory
    var analysis = TraceAnalysis(path: path, verdict: .pass, reason: "", exitCode: 0)
    analysis.metadata = run.reader.metadata
    analysis.ledger = ledger
    analysis.probes = inventory
    analysis.summary = run.context.mirror.summary(
      names: run.decoder.names, end: recorded == 0 ? nil : recorded)
    let stacks = run.stackNames
    analysis.findings = run.context.findings.map { finding in
      var finding = finding
      doubt(&finding, unseen: inventory)
      return options.judged(finding.named({ names[$0] }, stacks))
    }
    analysis.findings.fingerprint()
    analysis.findings = analysis.findings.map(options.marked).sorted(by: isWorse)
    let isTold = run.context.mirror.preemption.isTold
    analysis.rules = outcomes(analysis, inventory, options).map { outcome in
      let needsCounts = RuleRegistry.metadata(of: outcome.rule)?.needsPreemptCounts == true
      return needsCounts && !isTold ? outcome.withoutCounts : outcome
    }
    VerdictPolicy(options: options).judge(&analysis)
    return analysis
  }

  /// A text does not tell its probes: what rests on an event that was never met is not certain.
  private static func doubt(_ finding: inout Finding, unseen inventory: ProbeInventory) {
    guard !inventory.isComplete, finding.isCertain,
      let rule = RuleRegistry.metadata(of: finding.rule),
      let absent = TextProbes.unseenBirth(for: rule, in: inventory)
    else { return }
    let functions = absent.map { "\($0.label)" }.joined(separator: " or ")
    finding.doubt(because: "no event of \(functions) is in the text, so it is not certain")
  }

  /// The order of findings: severity, certainty, rule, time, address.
  private static func isWorse(_ one: Finding, _ other: Finding) -> Bool {
    if one.severity != other.severity { return one.severity > other.severity }
    if one.isCertain != other.isCertain { return one.isCertain }
    if one.rule != other.rule { return one.rule < other.rule }
    if one.firstSeen.time != other.firstSeen.time {
      return one.firstSeen.time < other.firstSeen.time
    }
    return one.object.address < other.object.address
  }

  /// What became of each rule.
  private static func outcomes(
    _ analysis: TraceAnalysis, _ inventory: ProbeInventory, _ options: AnalysisOptions
  ) -> [RuleOutcome] {
    let missing = VerdictPolicy.missing(analysis.ledger)
    return RuleRegistry.all.filter { options.rules?.contains($0.id) ?? true }.map { rule in
      let found = analysis.findings.filter { $0.rule == rule.id && $0.severity > .info }
      if let worst = found.first {
        if found.allSatisfy({ $0.acceptance != nil }) {
          return RuleOutcome(
            rule: rule.id, outcome: .accepted,
            reason: "\(count: found.count, "finding"), known or accepted")
        }
        return RuleOutcome(
          rule: rule.id, outcome: worst.isCertain ? .violated : .inconclusive,
          reason: worst.isCertain
            ? "\(count: found.count, "finding")"
            : "\(count: found.count, "finding"), none of them certain")
      }
      if let absent = inventory.absentNeed(of: rule) {
        let functions = absent.map { "\($0.label)" }.joined(separator: " or ")
        return RuleOutcome(
          rule: rule.id, outcome: .notEvaluable,
          reason: inventory.isComplete
            ? "no probe of \(functions) in the trace" : "no event of \(functions) in the text")
      }
      if let missing {
        return RuleOutcome(rule: rule.id, outcome: .inconclusive, reason: missing)
      }
      return RuleOutcome(rule: rule.id, outcome: .passed, reason: "")
    }
  }
}

/// Nobody looks on: the run goes to the end of the trace.
struct Unwatched: RunWatcher {
  static var keepsLast: Bool { false }
  @inline(__always)
  func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool { true }
  @inline(__always)
  func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool { true }
  func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool { true }
}
