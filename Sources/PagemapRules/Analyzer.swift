import PagemapEvents
import PagemapModel
package import TraceIngest

/// Takes a trace from its reader through the decoder, the model and the rules to a verdict.
package struct Analyzer {
  private let options: AnalysisOptions
  private let reader: any TraceReader
  private var decoder: EventDecoder
  /// The model, which `context` has while rules are asked: what is not shared costs no check.
  private var world: World
  private let context: RuleContext
  private var rules: [any Rule]
  private let interests: [ObservationSet]
  private var sequence: UInt64 = 0
  private var damageSeen = 0

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
    var analyzer = Analyzer(reader, options)
    try analyzer.run(progress)
    return analyzer.conclude(path)
  }

  private init(_ reader: any TraceReader, _ options: AnalysisOptions) {
    self.reader = reader
    self.options = options
    let metadata = reader.metadata
    decoder = EventDecoder(metadata: metadata)
    var thresholds = options.thresholds
    // Where stamps are not time, no stretch of them proves that anything is over.
    if !metadata.timestampsAreNanoseconds { thresholds.quietTime = .max }
    let cpus = Set(metadata.buffers.flatMap(\.cpus))
    // Jiffies are the same for all that happens within milliseconds.
    let isComparable = metadata.clockIsGlobal && metadata.clock != "uptime"
    world = World(probes: decoder.inventory)
    context = RuleContext(
      world: world, thresholds: thresholds,
      clockIsComparable: isComparable || cpus.count == 1)
    let inventory = decoder.inventory
    // What a rule does not see ends no object and no call: without its probes it would be wrong.
    let chosen = RuleRegistry.rules.filter {
      (options.rules?.contains($0.metadata.id) ?? true)
        && (!inventory.isComplete || Self.absentNeed(of: $0.metadata, inventory) == nil)
    }
    rules = chosen.map { $0.init() }
    interests = chosen.map { $0.interests }
    reader.select(decoder.selection)
  }

  // MARK: Record by record

  private mutating func run(_ progress: ((UInt64) -> Void)?) throws(IngestError) {
    var batch = RecordBatch()
    var event = PagemapEvent()
    while try reader.read(into: &batch) {
      for header in batch.records {
        switch header.kind {
        case .lostEvents: noteLoss(Int(header.payloadOffset), in: batch)
        case .binary, .text:
          guard decoder.decode(header, batch.bytes.span.bytes, into: &event) else { continue }
          event.sequence = sequence
          sequence += 1
          take(event)
        }
      }
      noteDamage()
      progress?(reader.ledger.eventsRead)
    }
    noteDamage()
  }

  private mutating func take(_ event: borrowing PagemapEvent) {
    world.apply(event)
    guard !world.observations.isEmpty else { return }
    context.names = decoder.names
    swap(&world, &context.world)
    defer { swap(&world, &context.world) }
    for observation in context.world.observations {
      let set = observation.set
      for index in rules.indices where interests[index].contains(set) {
        rules[index].observe(observation, context)
      }
    }
  }

  private mutating func noteLoss(_ index: Int, in batch: borrowing RecordBatch) {
    guard index < batch.losses.count else { return world.noteGap(from: nil, to: nil) }
    world.noteGap(from: batch.losses[index].after, to: batch.losses[index].before)
  }

  /// Damage that came to light while the last batch was read makes what is known by now doubtful.
  private mutating func noteDamage() {
    let count = reader.ledger.damage.count
    if count > damageSeen { world.noteGap(from: nil, to: world.now) }
    damageSeen = count
  }

  // MARK: The end

  private mutating func conclude(_ path: String) -> TraceAnalysis {
    let metadata = reader.metadata
    let ledger = completeLedger()
    let recorded = max(ledger.lastTimestamp ?? 0, metadata.recordedUntil ?? 0)
    context.names = decoder.names
    context.world = world
    context.end = RuleContext.RecordingEnd(
      time: recorded, isKnown: metadata.endIsKnown, isDamaged: !ledger.damage.isEmpty)
    for index in rules.indices { rules[index].finish(context) }
    context.reconsider()

    var analysis = TraceAnalysis(path: path, verdict: .pass, reason: "", exitCode: 0)
    analysis.metadata = metadata
    analysis.ledger = ledger
    analysis.probes = decoder.inventory
    analysis.summary = context.world.summary(
      names: decoder.names, end: recorded == 0 ? nil : recorded)
    analysis.findings = context.findings.map(named).sorted(by: Self.isWorse)
    analysis.rules = outcomes(analysis)
    VerdictPolicy(options: options).judge(&analysis)
    return analysis
  }

  /// The reader's ledger, and in it what the decoder could not use: that is evidence lost as well.
  private func completeLedger() -> TraceLedger {
    var ledger = reader.ledger
    if decoder.undecodable > 0 {
      ledger.add(
        Damage(
          kind: .malformed, offset: 0, length: nil,
          message: "\(decoder.undecodable) pagemap events are shorter than their format says"))
    }
    for format in decoder.inventory.rejected
    where ["drm_pagemap:", "drm_gpusvm:"].contains(where: format.name.hasPrefix) {
      ledger.add(
        Damage(
          kind: .malformed, offset: 0, length: nil,
          message: "the format of \(format.name) cannot be used: \(format.reason)"))
    }
    return ledger
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

  /// The finding with the names of the tasks filled in.
  private func named(_ finding: Finding) -> Finding {
    let names = reader.taskNames
    var finding = finding
    finding.firstSeen.task = names[finding.firstSeen.pid]
    for index in finding.evidence.indices {
      finding.evidence[index].moment.task = names[finding.evidence[index].moment.pid]
    }
    if var ledger = finding.ledger {
      ledger.sampledAt.task = names[ledger.sampledAt.pid]
      ledger.tasksThen = ledger.tasksThen.map { text in
        Int32(text).flatMap { names[$0] }.map { "\($0)-\(text)" } ?? text
      }
      for path in [\ReferenceLedger.appearedAfter, \.appearedBefore] {
        if let pid = ledger[keyPath: path]?.pid { ledger[keyPath: path]?.task = names[pid] }
      }
      finding.ledger = ledger
    }
    return finding
  }

  /// The first set of events that a rule needs and no probe of the trace can give.
  private static func absentNeed(of rule: RuleMetadata, _ inventory: ProbeInventory)
    -> [PagemapEvent.Kind]?
  {
    rule.needs.first { !inventory.holds(anyOf: $0) }
  }

  private func outcomes(_ analysis: TraceAnalysis) -> [RuleOutcome] {
    let missing = VerdictPolicy.missing(analysis.ledger)
    return RuleRegistry.all.filter { options.rules?.contains($0.id) ?? true }.map { rule in
      let found = analysis.findings.filter { $0.rule == rule.id && $0.severity > .info }
      if let worst = found.first {
        return RuleOutcome(
          rule: rule.id, outcome: worst.isCertain ? .violated : .inconclusive,
          reason: "\(found.count) finding\(found.count == 1 ? "" : "s")"
            + (worst.isCertain ? "" : ", none of them certain"))
      }
      if let absent = Self.absentNeed(of: rule, decoder.inventory) {
        let functions = absent.map { "\($0.label)" }.joined(separator: " or ")
        return RuleOutcome(
          rule: rule.id, outcome: .notEvaluable,
          reason: decoder.inventory.isComplete
            ? "no probe of \(functions) in the trace" : "no event of \(functions) in the text")
      }
      if let missing {
        return RuleOutcome(rule: rule.id, outcome: .inconclusive, reason: missing)
      }
      return RuleOutcome(rule: rule.id, outcome: .passed, reason: "")
    }
  }
}
