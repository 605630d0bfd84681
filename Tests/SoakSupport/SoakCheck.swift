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

    package init() {}

    /// Adds another worker's tally.
    package mutating func add(_ other: Tally) {
      sequences += other.sequences
      analyses += other.analyses
      events += other.events
      incomplete += other.incomplete
      faults.merge(other.faults, uniquingKeysWith: +)
      found.merge(other.found, uniquingKeysWith: +)
    }
  }

  package private(set) var tally = Tally()
  private let file: MemoryFile
  private var problems: [Problem] = []

  package init() throws { file = try MemoryFile() }

  /// What a seed is about: half of them have a fault.
  package static func fault(of seed: UInt64) -> Fault? {
    guard seed % 2 == 1 else { return nil }
    return Fault.allCases[Int(seed / 2 % UInt64(Fault.allCases.count))]
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
        problems.append(Problem(
          kind: "stuck", text: "seed \(seed): the reference model itself is stuck",
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
      + "\(finding.title), \(finding.object.kind.rawValue) 0x"
      + String(finding.object.address, radix: 16)
  }

  // MARK: Without a fault

  private func checkLegal(_ seed: UInt64, _ sequence: RandomSequence) throws {
    let trace = sequence.log.file()
    let analysis = try analyze(trace)
    for finding in analysis.findings where finding.severity > .info {
      report("false alarm \(finding.rule)", "seed \(seed): \(Self.line(finding))", trace)
    }
    if problems.isEmpty, analysis.exitCode != 0 {
      report("verdict", "seed \(seed): exit \(analysis.exitCode), \(analysis.reason)", trace)
    }
  }

  /// Started late, stopped early.
  private func checkWindows(
    _ seed: UInt64, _ sequence: RandomSequence, _ random: inout ScenarioRandom
  ) throws {
    let count = sequence.log.entries.count
    let start = random.below(count)
    let end = start + 1 + random.below(count - start)
    for window in [0..<end, start..<count, start..<end] {
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
    for turn in 0..<4 {
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
    for clock in ["local", "uptime", "counter"] {
      var cut = EventLog.Cut()
      cut.clock = clock
      try expectNothingCertain("clock \(clock)", "seed \(seed), clock \(clock)", sequence.log.file(cut))
    }
  }

  /// Nothing is proved by a piece of a legal trace.
  package func expectNothingCertain(_ kind: String, _ name: String, _ trace: [UInt8]) throws {
    let analysis = try analyze(trace)
    for finding in analysis.findings where finding.severity > .info && finding.isCertain {
      report("\(kind) \(finding.rule)", "\(name): \(Self.line(finding))", trace)
    }
  }

  // MARK: With a fault

  private func checkBroken(_ seed: UInt64, _ sequence: RandomSequence, _ fault: Fault) throws {
    tally.faults[fault, default: 0] += 1
    if !sequence.isComplete { tally.incomplete += 1 }
    let expected = Expectation.of(fault)
    let trace = sequence.log.file()
    let analysis = try analyze(trace)
    let findings = analysis.findings.filter { $0.severity > .info }
    let name = "seed \(seed), \(fault.rawValue) of "
      + sequence.broken.map { "0x" + String($0, radix: 16) }.joined(separator: " ")
    let hits = findings.filter {
      expected.classes.contains($0.category) && sequence.broken.contains($0.object.address)
    }
    if !hits.isEmpty { tally.found[fault, default: 0] += 1 }
    if expected.isDecided {
      if hits.isEmpty {
        report("missed \(fault.rawValue)", "\(name): \(findings.map(Self.line))", trace)
      } else if expected.isCertain, !hits.contains(where: \.isCertain) {
        report("uncertain \(fault.rawValue)", "\(name): \(findings.map(Self.line))", trace)
      } else if expected.isCertain, analysis.exitCode != 1 {
        report("verdict \(fault.rawValue)", "\(name): exit \(analysis.exitCode)", trace)
      }
    }
    for finding in findings where !sequence.broken.contains(finding.object.address) {
      report(
        "beside \(fault.rawValue): \(finding.rule)", "\(name): \(Self.line(finding))", trace)
    }
  }
}
