import PagemapAnalysis
import PagemapModel
import PagemapRules
package import ReferenceKernel
import TestSupport
import TraceIngest

/// Checks what pmtrace says of random sequences.
package final class SoakCheck {
  /// What is wrong about one analysis.
  package struct Problem: Sendable {
    /// A word for the kind, for tallies.
    package var kind: String
    /// The whole story, one line.
    package var text: String
    /// The trace.
    package var trace: [UInt8]
  }

  /// What was done so far.
  package struct Tally: Sendable {
    package var sequences = 0
    package var analyses = 0
    package var events = 0
    package var faults: [Fault: Int] = [:]
    package var found: [Fault: Int] = [:]
    package var incomplete = 0
    /// False alarms and misses that the tables know of, by kind.
    package var known: [String: Int] = [:]

    package init() {}

    /// Adds another worker's tally.
    package mutating func add(_ other: Tally) {
      sequences += other.sequences
      analyses += other.analyses
      events += other.events
      incomplete += other.incomplete
      known.merge(other.known, uniquingKeysWith: +)
      faults.merge(other.faults, uniquingKeysWith: +)
      found.merge(other.found, uniquingKeysWith: +)
    }
  }

  package private(set) var tally = Tally()
  private let file: MemoryFile
  private var problems: [Problem] = []

  /// Whether false alarms that are known of fail as well.
  private let countsKnownAlarms: Bool

  package init(countsKnownAlarms: Bool = false) throws {
    self.countsKnownAlarms = countsKnownAlarms
    file = try MemoryFile()
  }

  /// What a seed is about: half of them have a fault.
  package static func fault(of seed: UInt64) -> Fault? {
    guard seed % 2 == 1 else { return nil }
    return Fault.allCases[Int(seed / 2 % UInt64(Fault.allCases.count))]
  }

  /// The trace of a seed.
  package static func trace(of seed: UInt64) -> [UInt8] {
    RandomSequence(seed: seed, fault: fault(of: seed)).log.file()
  }

  /// Makes the sequence of a seed and looks at it from all sides. Answers what is wrong.
  package func check(seed: UInt64) throws -> [Problem] {
    problems = []
    tally.sequences += 1
    let sequence = RandomSequence(seed: seed, fault: Self.fault(of: seed))
    tally.events += sequence.log.entries.count
    if let fault = sequence.fault {
      try checkBroken(seed, sequence, fault)
    } else {
      guard sequence.isComplete else {
        problems.append(
          Problem(
            kind: "stuck",
            text: "seed \(seed): stuck after \(sequence.steps) steps, left are \(sequence.remains)",
            trace: sequence.log.file()))
        return problems
      }
      try checkLegal(seed, sequence)
      var random = ScenarioRandom(seed: seed ^ 0x5eed)
      switch seed / 2 % 4 {
      case 0: try checkWindows(seed, sequence, &random)
      case 1: try checkLoss(seed, sequence, &random)
      case 2: try checkClocks(seed, sequence)
      default: break
      }
    }
    return problems
  }

  private func analyze(_ bytes: [UInt8]) throws -> TraceAnalysis {
    tally.analyses += 1
    return try Analyzer.analyze(file.open(bytes), path: "trace.dat", options: AnalysisOptions())
  }

  private func report(_ kind: String, _ text: String, _ trace: [UInt8]) {
    problems.append(Problem(kind: kind, text: text, trace: trace))
  }

  static func line(_ finding: Finding) -> String {
    "\(finding.rule) \(finding.category.rawValue) \(finding.severity)"
      + (finding.isCertain ? " certain: " : ": ")
      + "\(finding.title.plain), \(finding.object.kind.rawValue) 0x"
      + String(finding.object.address, radix: 16)
  }

  // MARK: Without a fault

  private func checkLegal(_ seed: UInt64, _ sequence: RandomSequence) throws {
    let trace = sequence.log.file()
    let analysis = try analyze(trace)
    for finding in analysis.findings where finding.severity > .info {
      alarm("false alarm ", "seed \(seed): ", finding, trace)
    }
    let isHeld =
      !countsKnownAlarms
      && analysis.findings.contains { $0.isCertain && KnownAlarms.hold($0.rule.number, "") }
    if problems.isEmpty, !isHeld, analysis.exitCode != 0 {
      report("verdict", "seed \(seed): exit \(analysis.exitCode), \(analysis.reason.plain)", trace)
    }
  }

  /// Started late, stopped early.
  private func checkWindows(
    _ seed: UInt64, _ sequence: RandomSequence, _ random: inout ScenarioRandom
  ) throws {
    let count = sequence.log.entries.count
    let start = random.below(count)
    let end = start + 1 + random.below(count - start)
    for window in [0..<end, seed % 16 == 0 ? start..<end : start..<count] {
      var cut = EventLog.Cut()
      cut.window = window
      try expectNothingCertain("window", "seed \(seed), events \(window)", sequence.log.file(cut))
    }
  }

  /// Events are lost, and marked.
  private func checkLoss(
    _ seed: UInt64, _ sequence: RandomSequence, _ random: inout ScenarioRandom
  ) throws {
    let count = sequence.log.entries.count
    for turn in [random.below(3), 2 + random.below(2)] {
      let place = random.below(count)
      var cut = EventLog.Cut()
      cut.lost = turn == 3 ? Set(place..<min(count, place + 20)) : [place]
      cut.isCounted = turn % 2 == 0
      try expectNothingCertain(
        "loss", "seed \(seed) without \(place) \(sequence.log.entries[place].name)",
        sequence.log.file(cut))
    }
  }

  private func checkClocks(_ seed: UInt64, _ sequence: RandomSequence) throws {
    let clocks = ["local", "uptime", "counter"]
    for clock in [clocks[Int(seed / 8 % 3)]] {
      var cut = EventLog.Cut()
      cut.clock = clock
      try expectNothingCertain(
        "clock \(clock)", "seed \(seed), clock \(clock)", sequence.log.file(cut))
    }
  }

  /// Nothing is proved by a piece of a legal trace.
  func expectNothingCertain(_ kind: String, _ name: String, _ trace: [UInt8]) throws {
    let analysis = try analyze(trace)
    for finding in analysis.findings where finding.severity > .info && finding.isCertain {
      alarm("\(kind) ", "\(name): ", finding, trace)
    }
  }

  // MARK: Recordings

  /// Leaves events out of a clean recording, one at a time and marked, and starts late and stops
  /// early. Answers what is wrong.
  ///
  /// - Parameter places: how many events are tried, evenly spread from `offset` on; nil for all.
  package func sweep(_ name: String, places: Int?, offset: Int) throws -> [Problem] {
    problems = []
    let recording = try RecordedEvents(name)
    let count = recording.events.count
    let step = places.map { max(1, count / max(1, $0)) } ?? 1
    for place in stride(from: offset % step, to: count, by: step) {
      let lost = recording.names[recording.events[place].id] ?? "?"
      let mark: RecordedEvents.Mark = place % 2 == 0 ? .counted : .uncounted
      try expectNothingCertain(
        "recording, loss", "\(name) without \(place) \(lost)",
        recording.without([place], mark: mark))
      try expectNothingCertain(
        "recording, start", "\(name) from \(place)",
        recording.without(Set(0..<place), mark: .none))
      try expectNothingCertain(
        "recording, end", "\(name) until \(place)",
        recording.until(place))
    }
    return problems
  }

  /// The clean recordings of the repository.
  package static var cleanRecordings: [String] {
    RecordedTruth.names.filter { (try? RecordedTruth(of: $0).expect.isEmpty) == true }
  }

  // MARK: With a fault

  private func checkBroken(_ seed: UInt64, _ sequence: RandomSequence, _ fault: Fault) throws {
    tally.faults[fault, default: 0] += 1
    if !sequence.isComplete { tally.incomplete += 1 }
    var expected = Expectation.of(fault)
    if fault == .leakedFolio, sequence.hasForked { expected.isCertain = false }
    let trace = sequence.log.file()
    let analysis = try analyze(trace)
    let findings = analysis.findings.filter { $0.severity > .info }
    let name =
      "seed \(seed), \(fault.rawValue) of "
      + sequence.broken.map { "0x" + String($0, radix: 16) }.joined(separator: " ")
    let hits = findings.filter {
      expected.classes.contains($0.category) && sequence.broken.contains($0.object.address)
    }
    if !hits.isEmpty { tally.found[fault, default: 0] += 1 }
    judge(hits, expected, fault, analysis.exitCode, name, findings, trace)
    var legal = expected.consequences
    // What hangs holds what it holds.
    if !sequence.isComplete { legal.formUnion([.leakPage, .leakReference, .ownerLeak]) }
    for finding in findings where !sequence.broken.contains(finding.object.address) {
      guard !legal.contains(finding.category) else { continue }
      alarm("beside \(fault.rawValue): ", "\(name): ", finding, trace)
    }
  }

  private func judge(
    _ hits: [Finding], _ expected: Expectation, _ fault: Fault, _ exitCode: Int32, _ name: String,
    _ findings: [Finding], _ trace: [UInt8]
  ) {
    if case .notYet = expected.status { return }
    if hits.isEmpty {
      if case .missedAtTimes = expected.status {
        return tally.known["missed \(fault.rawValue)", default: 0] += 1
      }
      report("missed \(fault.rawValue)", "\(name): \(findings.map(Self.line))", trace)
    } else if expected.isCertain, !hits.contains(where: \.isCertain) {
      report("uncertain \(fault.rawValue)", "\(name): \(findings.map(Self.line))", trace)
    } else if expected.isCertain, exitCode != 1 {
      report("verdict \(fault.rawValue)", "\(name): exit \(exitCode)", trace)
    }
  }

  // MARK: What is known

  /// A finding that should not be: a failure, unless the rule is known for it.
  private func alarm(_ kind: String, _ name: String, _ finding: Finding, _ trace: [UInt8]) {
    if !countsKnownAlarms, KnownAlarms.hold(finding.rule.number, kind) {
      tally.known["\(kind)\(finding.rule)", default: 0] += 1
    } else {
      report("\(kind)\(finding.rule)", "\(name)\(Self.line(finding))", trace)
    }
  }
}
