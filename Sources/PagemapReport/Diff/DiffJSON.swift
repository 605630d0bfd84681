package import PagemapDiff

/// What `pmtrace diff` prints for machines: `Documentation/Schemas/pmtrace.diff-1.schema.json`.
package enum DiffJSON {
  /// The comparison as a document.
  package static func render(_ difference: RunDifference) -> [UInt8] {
    JSONValue.object([
      "schema": .string(RunDifference.schema),
      "exitCode": .signed(Int64(difference.exitCode)),
      "limits": limits(difference.limits),
      "pairs": .array(difference.pairs.map(pair)),
    ]).serialized()
  }

  private static func limits(_ limits: DiffLimits) -> JSONValue {
    var members: [String: JSONValue] = ["leastCalls": .unsigned(limits.leastCalls)]
    for name in DiffLimits.Name.allCases { members[name.rawValue] = number(limits[name]) }
    return .object(members)
  }

  private static func number(_ value: Double?) -> JSONValue { value.map(JSONValue.double) ?? .null }

  private static func pair(_ pair: Difference) -> JSONValue {
    .object([
      "before": pair.before.map(side) ?? .null,
      "after": pair.after.map(side) ?? .null,
      "regressions": .array(pair.regressions.map { .string(DiffFormat.words($0)) }),
      "findings": .object([
        "new": .array(pair.new.map(finding)),
        "gone": .array(pair.gone.map(finding)),
        "kept": .signed(Int64(pair.kept)),
      ]),
      "numbers": .array(
        pair.numbers.map { number in
          .object([
            "group": .string(number.group), "name": .string(number.name),
            "unit": .string(number.unit.rawValue), "before": self.number(number.before),
            "after": self.number(number.after), "changePercent": self.number(number.change),
            "regression": .bool(number.isRegression),
          ])
        }),
      "latencies": .array(pair.distributions.map(distribution)),
    ])
  }

  private static func side(_ digest: RunDigest) -> JSONValue {
    .object([
      "path": .string(digest.path), "verdict": .string(digest.verdict),
      "exitCode": .signed(Int64(digest.exitCode)), "complete": .bool(digest.isComplete),
    ])
  }

  private static func finding(_ finding: RunDigest.FoundDigest) -> JSONValue {
    .object([
      "fingerprint": .string(finding.fingerprint), "rule": .string(finding.rule),
      "severity": .string(finding.severity), "certain": .bool(finding.isCertain),
      "title": .string(finding.title), "device": .optional(finding.device),
      "accepted": .bool(finding.isAccepted),
    ])
  }

  private static func distribution(_ distribution: Difference.Distribution) -> JSONValue {
    .object([
      "name": .string(distribution.name),
      "buckets": .array(
        distribution.buckets.map { bucket in
          .object([
            "upTo": .optional(bucket.upTo), "before": .unsigned(bucket.before),
            "after": .unsigned(bucket.after),
          ])
        }),
    ])
  }
}
