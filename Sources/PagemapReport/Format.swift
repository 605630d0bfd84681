/// Numbers as people read them. None of it depends on the locale.
enum Format {
  /// Lower-case hexadecimal digits, at least `digits` of them.
  static func hexadecimal(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// An address: `0xff36ccee44c28298`.
  static func address(_ value: UInt64) -> String { "0x" + hexadecimal(value, digits: 1) }

  /// A number with `decimals` digits behind the point, of `value / 10^scale`, cut, not rounded, so
  /// that no moment is shown later than it was.
  static func fixed(_ value: UInt64, scale: Int, decimals: Int) -> String {
    let digits = String(value)
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    let whole = padded.dropLast(scale)
    let fraction = padded.suffix(scale).prefix(decimals)
    return fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
  }

  /// A count with thousands set apart: `1,234,567`.
  static func count(_ value: UInt64) -> String {
    var result: [Character] = []
    for (index, digit) in String(value).reversed().enumerated() {
      if index > 0, index % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return String(result.reversed())
  }

  /// A count with its noun: `1 event`, `2 events`, `3 losses`.
  static func count(_ value: UInt64, _ noun: String, plural: String? = nil) -> String {
    count(value) + " " + (value == 1 ? noun : plural ?? noun + "s")
  }

  /// A size: `0 B`, `4 KiB`, `1.5 MiB`.
  static func bytes(_ value: UInt64) -> String {
    var unit: UInt64 = 1
    for name in ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] {
      if value / 1024 < unit || name == "PiB" {
        let tenths = (value % unit) * 10 / unit
        return "\(value / unit)" + (tenths == 0 ? "" : ".\(tenths)") + " \(name)"
      }
      unit *= 1024
    }
    return "\(value) B"
  }

  /// A share in per cent with one digit: `66.6 %`.
  static func share(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "-" }
    let perMille = UInt64(min(1, Double(part) / Double(whole)) * 1000)
    return fixed(perMille, scale: 1, decimals: 1) + " %"
  }
}

/// How a trace's stamps and durations read: a clock that does not count time has units of its own.
struct TimeFormat {
  /// Whether stamps are nanoseconds.
  var isNanoseconds = true

  /// A stamp as ftrace prints it: `19.049123`.
  func stamp(_ time: UInt64) -> String {
    isNanoseconds ? Format.fixed(time, scale: 9, decimals: 6) : String(time)
  }

  /// A stamp with its unit: `19.049123 s`.
  func moment(_ time: UInt64) -> String { stamp(time) + (isNanoseconds ? " s" : " ticks") }

  /// A duration with three significant digits or more: `870 ns`, `12.3 us`, `4.56 ms`, `1.23 s`.
  func duration(_ time: UInt64) -> String {
    guard isNanoseconds else { return Format.count(time) + " ticks" }
    switch time {
    case ..<1000: return "\(time) ns"
    case ..<1_000_000: return significant(time, scale: 3) + " us"
    case ..<1_000_000_000: return significant(time, scale: 6) + " ms"
    default: return significant(time, scale: 9) + " s"
    }
  }

  private func significant(_ time: UInt64, scale: Int) -> String {
    let wholeDigits = String(time).count - scale
    return Format.fixed(time, scale: scale, decimals: max(0, 3 - wholeDigits))
  }
}
