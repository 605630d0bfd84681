import PagemapDiff
import TraceWords

/// Numbers of a comparison as people read them.
enum DiffFormat {
  /// A change in per cent: `+12.5 %`, `-3.0 %`.
  static func change(_ value: Double) -> String {
    (value >= 0 ? "+" : "") + Format.decimal(value) + " %"
  }

  /// A number with its unit.
  static func amount(_ value: Double, _ unit: RunDigest.Amount.Unit) -> String {
    let whole = UInt64(max(0, min(1.8e19, value.rounded())))
    switch unit {
    case .bytes: return Format.bytes(whole)
    case .byteSeconds: return Format.bytes(whole) + " x s"
    case .nanoseconds: return TimeFormat().duration(whole)
    case .ticks: return TimeFormat(isNanoseconds: false).duration(whole)
    case .count: return Format.count(whole)
    }
  }

  /// What is worse, one line.
  static func words(_ regression: Regression) -> String {
    switch regression {
    case .withoutPartner(let path): return "\(path) has no partner"
    case .verdict(let before, let after): return "the verdict went from \(before) to \(after)"
    case .finding(let finding): return "new finding \(finding.rule) \(finding.title)"
    case .failures(let calls, let before, let after):
      return
        "\(calls): \(Format.decimal(after)) % of calls fail, \(Format.decimal(before)) % before"
    case .growth(let number):
      let growth = number.change.map { " (\(change($0)))" } ?? ""
      return
        "\(number.group): \(number.name) went from \(amount(number.before ?? 0, number.unit)) to "
        + "\(amount(number.after ?? 0, number.unit))\(growth)"
    }
  }
}
