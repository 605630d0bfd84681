/// How much worse a run may be before it counts as a regression, in per cent.
package struct DiffLimits: Hashable, Sendable {
  /// How much the median and the 99th percentile of calls may grow.
  package var latency: Double? = 50
  /// By how many percentage points the share of failed calls may grow.
  package var failures: Double? = 1
  /// How much the number of calls and the bytes moved may grow; nil: as much as they like, since
  /// that depends on how long was recorded.
  package var migrations: Double?
  /// How much the memory that pagemaps hold, and the time to create and tear down one, may grow.
  package var cost: Double? = 20
  /// Calls that a latency or a share needs on both sides to be compared.
  package var leastCalls: UInt64 = 20

  package init() {}

  /// The limits by the names that users give them.
  package enum Name: String, CaseIterable, Sendable {
    case latency, failures, migrations, cost
  }

  package subscript(name: Name) -> Double? {
    get {
      switch name {
      case .latency: latency
      case .failures: failures
      case .migrations: migrations
      case .cost: cost
      }
    }
    set {
      switch name {
      case .latency: latency = newValue
      case .failures: failures = newValue
      case .migrations: migrations = newValue
      case .cost: cost = newValue
      }
    }
  }
}

/// What changed between two traces.
package struct Difference: Hashable, Sendable {
  /// The two; nil on one side where the other has no partner.
  package var before: RunDigest?
  package var after: RunDigest?
  /// Findings above `info` that only one side has.
  package var new: [RunDigest.FoundDigest] = []
  package var gone: [RunDigest.FoundDigest] = []
  /// How many both have.
  package var kept = 0
  /// What durations are counted in; nil where the clock of one side counts time and the other's does
  /// not, so that they cannot be compared.
  package var durationUnit: RunDigest.Amount.Unit? {
    let units = Set([before, after].compactMap { $0?.durationUnit })
    return units.count == 1 ? units.first : nil
  }
  /// Numbers side by side.
  package var numbers: [Number] = []
  /// The distributions of latencies, where both sides or one has any.
  package var distributions: [Distribution] = []
  /// What is worse than the limits allow.
  package var regressions: [Regression] = []

  /// A number on both sides.
  package struct Number: Hashable, Sendable {
    /// What it is about: a kind of calls, or `cost`.
    package var group: String
    /// Which number of the group, as it is printed.
    package var name: String
    package var unit: RunDigest.Amount.Unit
    package var before: Double?
    package var after: Double?
    /// Whether it is worse than the limits allow.
    package var isRegression = false

    /// The change in per cent; nil where one side is unknown or the first is 0.
    package var change: Double? {
      guard let before, let after, before > 0 else { return nil }
      return (after - before) / before * 100
    }
  }

  /// Calls by how long they took.
  package struct Distribution: Hashable, Sendable {
    package var name: String
    /// The longest of each bucket by the clock (nil: without bound), and calls on both sides.
    package var buckets: [Bucket]

    /// Calls that took about the same time, before and after.
    package struct Bucket: Hashable, Sendable {
      package var upTo: UInt64?
      package var before: UInt64
      package var after: UInt64
    }
  }
}

/// Something that is worse than the limits allow.
package enum Regression: Hashable, Sendable {
  /// A trace of the first run that the second one has none like.
  case withoutPartner(path: String)
  /// The verdict became fail or unusable.
  case verdict(before: String, after: String)
  /// A certain finding that is not accepted, and that only the second run has.
  case finding(RunDigest.FoundDigest)
  /// More calls of a kind fail: shares in per cent.
  case failures(calls: String, before: Double, after: Double)
  /// A number that grew.
  case growth(Difference.Number)
}

/// What changed between two runs.
package struct RunDifference: Hashable, Sendable {
  /// The version of the document's shape.
  package static let schema = "pmtrace.diff/1"

  /// The limits that it was judged by.
  package var limits: DiffLimits
  /// The traces, pair by pair.
  package var pairs: [Difference]

  /// Compares two runs. One trace on each side are a pair, whatever they are called; of several,
  /// those of one file name are.
  package init(_ before: [RunDigest], _ after: [RunDigest], limits: DiffLimits) {
    self.limits = limits
    if before.count == 1, after.count == 1 {
      pairs = [Difference(before[0], after[0], limits)]
      return
    }
    var rest = after
    pairs = before.map { one in
      guard let place = rest.firstIndex(where: { $0.fileName == one.fileName }) else {
        return Difference(one, nil, limits)
      }
      return Difference(one, rest.remove(at: place), limits)
    }
    pairs += rest.map { Difference(nil, $0, limits) }
  }

  /// 3 where an input was unusable, else 1 where anything is a regression, else 2 where a trace is
  /// inconclusive, else 0.
  package var exitCode: Int32 {
    let digests = pairs.flatMap { [$0.before, $0.after].compactMap { $0 } }
    if digests.isEmpty || digests.contains(where: { $0.verdict == "unusable" }) { return 3 }
    if pairs.contains(where: { !$0.regressions.isEmpty }) { return 1 }
    return digests.contains { $0.verdict == "inconclusive" } ? 2 : 0
  }
}

extension RunDigest {
  /// The last part of the path.
  var fileName: Substring { path.split(separator: "/").last ?? "" }
}
