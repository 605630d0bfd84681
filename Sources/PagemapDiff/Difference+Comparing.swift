import PagemapModel
import TraceWords

extension Difference {
  /// Compares two traces; one of them may be missing.
  init(_ before: RunDigest?, _ after: RunDigest?, _ limits: DiffLimits) {
    self.before = before
    self.after = after
    compareFindings()
    guard let before, let after else {
      if let before { regressions.append(.withoutPartner(path: before.path)) }
      return
    }
    compareVerdicts(before, after)
    compareCalls(before, after, limits)
    compareCost(before, after, limits)
  }

  private static func rank(_ verdict: String) -> Int {
    ["pass", "inconclusive", "fail", "unusable"].firstIndex(of: verdict) ?? 3
  }

  private mutating func compareVerdicts(_ before: RunDigest, _ after: RunDigest) {
    guard after.verdict == "fail" || after.verdict == "unusable",
      Self.rank(after.verdict) > Self.rank(before.verdict)
    else { return }
    regressions.append(.verdict(before: before.verdict, after: after.verdict))
  }

  private mutating func compareFindings() {
    let known = Set((before?.findings ?? []).map(\.fingerprint))
    let found = Set((after?.findings ?? []).map(\.fingerprint))
    new = (after?.findings ?? []).filter { !known.contains($0.fingerprint) }
    gone = (before?.findings ?? []).filter { !found.contains($0.fingerprint) }
    kept = known.intersection(found).count
    guard before != nil, after != nil else { return }
    for finding in new where finding.isCertain && !finding.isAccepted {
      regressions.append(.finding(finding))
    }
  }

  // MARK: Calls

  private mutating func compareCalls(
    _ before: RunDigest, _ after: RunDigest, _ limits: DiffLimits
  ) {
    let names = before.calls.map(\.name)
    let others = after.calls.map(\.name).filter { !names.contains($0) }
    for name in names + others {
      let one = before.calls.first { $0.name == name }
      let other = after.calls.first { $0.name == name }
      guard (one?.count ?? 0) > 0 || (other?.count ?? 0) > 0 else { continue }
      compare(name, one, other, limits)
    }
  }

  private mutating func compare(
    _ name: String, _ before: RunDigest.CallDigest?, _ after: RunDigest.CallDigest?,
    _ limits: DiffLimits
  ) {
    let counts = (before?.count ?? 0, after?.count ?? 0)
    add(name, "calls", .count, Double(counts.0), Double(counts.1), limit: limits.migrations)
    if before?.bytes != nil || after?.bytes != nil {
      add(
        name, "bytes", .bytes, Double(before?.bytes ?? 0), Double(after?.bytes ?? 0),
        limit: limits.migrations)
    }
    let isComparable = min(counts.0, counts.1) >= limits.leastCalls
    compareFailures(name, before, after, isComparable ? limits.failures : nil)
    guard let unit = durationUnit else { return }
    let limit = isComparable ? limits.latency : nil
    for (label, path) in [
      ("p50", \RunDigest.CallDigest.p50), ("p99", \RunDigest.CallDigest.p99),
    ] {
      add(
        name, label, unit, before?[keyPath: path].map { Double($0) },
        after?[keyPath: path].map { Double($0) }, limit: limit)
    }
    add(
      name, "longest", unit, before?.longest.map { Double($0) },
      after?.longest.map { Double($0) }, limit: nil)
    addDistribution(name, before?.distribution ?? [], after?.distribution ?? [])
  }

  private mutating func compareFailures(
    _ name: String, _ before: RunDigest.CallDigest?, _ after: RunDigest.CallDigest?,
    _ limit: Double?
  ) {
    let (one, other) = (Double(before?.failures ?? 0), Double(after?.failures ?? 0))
    guard one > 0 || other > 0 else { return }
    var number = Number(
      group: name, name: "failures", unit: .count, before: one, after: other)
    let shares = (
      one / Double(max(1, before?.count ?? 0)) * 100,
      other / Double(max(1, after?.count ?? 0)) * 100
    )
    if let limit, shares.1 - shares.0 > limit {
      number.isRegression = true
      regressions.append(.failures(calls: name, before: shares.0, after: shares.1))
    }
    numbers.append(number)
  }

  /// Adds a number; one that grew by more than `limit` per cent is a regression.
  private mutating func add(
    _ group: String, _ name: String, _ unit: RunDigest.Amount.Unit, _ before: Double?,
    _ after: Double?, limit: Double?
  ) {
    guard before != nil || after != nil else { return }
    var number = Number(group: group, name: name, unit: unit, before: before, after: after)
    if let limit, let before, let after, after > before * (1 + limit / 100) {
      number.isRegression = true
      regressions.append(.growth(number))
    }
    numbers.append(number)
  }

  private mutating func addDistribution(
    _ name: String, _ before: [CallSummary.Bucket], _ after: [CallSummary.Bucket]
  ) {
    let bounds = Set((before + after).map { $0.upTo ?? .max }).sorted()
    guard !bounds.isEmpty else { return }
    let buckets = bounds.map { bound in
      Distribution.Bucket(
        upTo: bound == .max ? nil : bound,
        before: before.first { $0.upTo ?? .max == bound }?.count ?? 0,
        after: after.first { $0.upTo ?? .max == bound }?.count ?? 0)
    }
    distributions.append(Distribution(name: name, buckets: buckets))
  }

  // MARK: Cost

  private mutating func compareCost(
    _ before: RunDigest, _ after: RunDigest, _ limits: DiffLimits
  ) {
    let names = before.cost.map(\.name)
    let amounts = before.cost + after.cost.filter { !names.contains($0.name) }
    for amount in amounts where durationUnit != nil || !amount.unit.isDuration {
      let one = before.cost.first { $0.name == amount.name }
      let other = after.cost.first { $0.name == amount.name }
      // How many pagemaps there are, and byte-seconds, depend on how long was recorded, and the mean
      // of a few tells nothing.
      let samples = min(one?.samples ?? 0, other?.samples ?? 0)
      let isJudged = amount.unit == .bytes || samples >= max(1, limits.leastCalls)
      add(
        "cost", amount.name, amount.unit, one?.value, other?.value,
        limit: isJudged ? limits.cost : nil)
    }
  }
}
