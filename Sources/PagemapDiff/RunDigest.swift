package import PagemapAnalysis
package import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// What of a trace's analysis two runs are compared by. It is the same whether it comes from an
/// analysis or from a saved JSON report.
package struct RunDigest: Hashable, Sendable {
  /// The trace's path as it was given.
  package var path: String
  package var verdict: String
  package var exitCode: Int32
  /// Whether no loss and no damage is known.
  package var isComplete: Bool
  /// Whether its clock counts time, in nanoseconds, and no units of its own.
  package var isNanoseconds = true
  package var findings: [FoundDigest] = []
  /// Calls by the direction of their data.
  package var calls: [CallDigest] = []
  /// What pagemaps cost; empty where nothing is known.
  package var cost: [Amount] = []

  /// What a comparison needs of a finding.
  package struct FoundDigest: Hashable, Sendable {
    package var fingerprint: String
    package var rule: String
    package var severity: String
    package var isCertain: Bool
    package var title: String
    package var device: String?
    package var isAccepted: Bool
  }

  /// Calls of one kind.
  package struct CallDigest: Hashable, Sendable {
    package var name: String
    package var count: UInt64
    package var failures: UInt64
    /// Bytes moved; nil for calls that count none.
    package var bytes: UInt64?
    package var p50: UInt64?
    package var p99: UInt64?
    package var longest: UInt64?
    package var distribution: [CallSummary.Bucket]
  }

  /// Something that is counted or measured.
  package struct Amount: Hashable, Sendable {
    /// What, in words joined by dashes.
    package var name: String
    package var value: Double
    package var unit: Unit
    /// Of how many things it is the mean; nil where it is no mean.
    package var samples: UInt64?

    /// What a number is of.
    package enum Unit: String, Sendable {
      case bytes
      case byteSeconds = "byte-seconds"
      case nanoseconds
      /// Units of a clock that does not count time.
      case ticks
      case count

      /// Whether it counts what a clock counts.
      var isDuration: Bool { self == .nanoseconds || self == .ticks }
    }
  }
}

extension RunDigest {
  /// What a comparison needs of a trace that was analysed now.
  package init(_ trace: TraceAnalysis) {
    path = trace.path
    verdict = trace.verdict.rawValue
    exitCode = trace.exitCode
    isComplete = trace.ledger.map { !$0.isIncomplete } ?? false
    isNanoseconds = trace.time.isNanoseconds
    findings = trace.findings.filter { $0.severity > .info }.map { finding in
      FoundDigest(
        fingerprint: finding.fingerprint?.description ?? "", rule: finding.rule.description,
        severity: finding.severity.rawValue, isCertain: finding.isCertain,
        title: finding.title.text(trace.time),
        device: finding.object.device, isAccepted: finding.acceptance != nil)
    }
    guard let summary = trace.summary else { return }
    calls = summary.migrations.map {
      CallDigest($0.direction.rawValue, $0.calls, bytes: $0.bytes)
    }
    let cost = summary.cost
    self.cost = amounts(
      peakBytes: cost.memory == nil ? nil : cost.peakBytes,
      bytesAtEnd: cost.memory == nil ? nil : cost.bytesAtEnd,
      byteSeconds: cost.memory == nil || !isNanoseconds ? nil : cost.byteSeconds,
      created: summary.pagemaps.created, revived: summary.pagemaps.revived,
      creation: (cost.creation, cost.creations), teardown: (cost.teardown, cost.teardowns))
  }

  /// What its durations are counted in.
  var durationUnit: Amount.Unit { isNanoseconds ? .nanoseconds : .ticks }

  /// The amounts that a summary's cost gives.
  func amounts(
    peakBytes: UInt64?, bytesAtEnd: UInt64?, byteSeconds: Double?, created: UInt64,
    revived: UInt64, creation: (time: UInt64, count: UInt64),
    teardown: (time: UInt64, count: UInt64)
  ) -> [Amount] {
    var amounts: [Amount] = []
    func add(_ name: String, _ value: Double?, _ unit: Amount.Unit) {
      if let value { amounts.append(Amount(name: name, value: value, unit: unit)) }
    }
    func addMean(_ name: String, _ sum: (time: UInt64, count: UInt64)) {
      guard sum.count > 0 else { return }
      let mean = Double(sum.time) / Double(sum.count)
      amounts.append(Amount(name: name, value: mean, unit: durationUnit, samples: sum.count))
    }
    add("peak-memory", peakBytes.map { Double($0) }, .bytes)
    add("memory-at-end", bytesAtEnd.map { Double($0) }, .bytes)
    add("memory-over-time", byteSeconds, .byteSeconds)
    add("pagemaps-created", Double(created), .count)
    add("pagemaps-revived", Double(revived), .count)
    addMean("creation-mean", creation)
    addMean("teardown-mean", teardown)
    return amounts
  }
}

extension RunDigest.CallDigest {
  init(_ name: String, _ calls: CallSummary, bytes: UInt64? = nil) {
    self.init(
      name: name, count: calls.count, failures: calls.failures.reduce(0) { $0 &+ $1.count },
      bytes: bytes, p50: calls.p50, p99: calls.p99, longest: calls.longest,
      distribution: calls.distribution)
  }
}
