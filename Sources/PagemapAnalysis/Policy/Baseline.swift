import PagemapModel
package import PagemapRules
package import TraceWords

/// The findings that are known: those of an earlier run that the next ones are compared with.
package struct Baseline: Hashable, Sendable {
  /// A known finding: its fingerprint, and what people are told of it.
  package struct Entry: Hashable, Sendable {
    package var fingerprint: Fingerprint
    package var rule: RuleID
    package var title: String
    package var device: String?
    /// The kind of object.
    package var object: String
    package var task: String?
    package var function: String

    package init(
      fingerprint: Fingerprint, rule: RuleID, title: String, device: String?, object: String,
      task: String?, function: String
    ) {
      self.fingerprint = fingerprint
      self.rule = rule
      self.title = title
      self.device = device
      self.object = object
      self.task = task
      self.function = function
    }

    /// The entry for a finding of a trace whose times read like `time`; nil while it has no
    /// fingerprint.
    package init?(_ finding: Finding, _ time: TimeFormat) {
      guard let fingerprint = finding.fingerprint else { return nil }
      self.init(
        fingerprint: fingerprint, rule: finding.rule, title: finding.title.text(time),
        device: finding.object.device, object: finding.object.kind.rawValue,
        task: finding.firstSeen.task.map(Finding.family), function: finding.function)
    }
  }

  /// The entries by fingerprint, rising.
  package private(set) var entries: [Entry] = []
  private var fingerprints: Set<Fingerprint> = []

  package init(_ entries: [Entry] = []) {
    for entry in entries where fingerprints.insert(entry.fingerprint).inserted {
      self.entries.append(entry)
    }
    self.entries.sort { $0.fingerprint < $1.fingerprint }
  }

  /// The baseline of some analyses: every finding of theirs above `info`, accepted ones too.
  package init(of traces: [TraceAnalysis]) {
    self.init(
      traces.flatMap { trace in
        trace.findings.filter { $0.severity > .info }.compactMap { Entry($0, trace.time) }
      })
  }

  /// Whether a finding is known.
  package func contains(_ fingerprint: Fingerprint?) -> Bool {
    fingerprint.map(fingerprints.contains) ?? false
  }
}

/// What became of a baseline in a run.
package struct BaselineComparison: Hashable, Sendable {
  /// Known findings that are still there.
  package var known: [Baseline.Entry] = []
  /// Known findings that are gone, and whose rule was decided in every trace.
  package var fixed: [Baseline.Entry] = []
  /// Known findings that were not seen, though no trace can tell that they are gone: their rule was
  /// not checked, or evidence may be missing.
  package var undecided: [Baseline.Entry] = []
  /// How many findings are new, above `info`.
  package var new: Int = 0

  package init() {}

  /// Compares what was found with a baseline.
  package init(_ baseline: Baseline, _ traces: [TraceAnalysis]) {
    let found = traces.flatMap(\.findings)
    let seen = Set(found.compactMap(\.fingerprint))
    for entry in baseline.entries {
      if seen.contains(entry.fingerprint) {
        known.append(entry)
      } else if !traces.isEmpty, traces.allSatisfy({ $0.hasDecided(entry.rule) }) {
        fixed.append(entry)
      } else {
        undecided.append(entry)
      }
    }
    new = found.count { $0.severity > .info && !baseline.contains($0.fingerprint) }
  }
}

extension TraceAnalysis {
  /// Whether the trace tells whether a rule holds.
  func hasDecided(_ rule: RuleID) -> Bool {
    guard let outcome = rules.first(where: { $0.rule == rule })?.outcome else { return false }
    switch outcome {
    case .passed, .violated, .accepted: return true
    case .inconclusive, .notEvaluable: return false
    }
  }
}
