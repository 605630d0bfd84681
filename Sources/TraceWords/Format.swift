/// Numbers as people read them. None of it depends on the locale.
package enum Format {
  /// Lower-case hexadecimal digits, at least `digits` of them.
  package static func hexadecimal(_ value: UInt64, digits: Int = 1) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// An address as the kernel prints it: `0xff36ccee44c28298`.
  package static func address(_ value: UInt64) -> String { "0x" + hexadecimal(value) }

  /// A number with `decimals` digits behind the point, of `value / 10^scale`, cut, not rounded, so
  /// that no moment is shown later than it was.
  package static func fixed(_ value: UInt64, scale: Int, decimals: Int) -> String {
    let digits = String(value)
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    let whole = padded.dropLast(scale)
    let fraction = padded.suffix(scale).prefix(decimals)
    return fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
  }

  /// A number with one digit behind the point, rounded: `12.5`, `-0.3`.
  package static func decimal(_ value: Double) -> String {
    let tenths = Int64(max(-9e15, min(9e15, (value * 10).rounded())))
    return (tenths < 0 ? "-" : "") + fixed(tenths.magnitude, scale: 1, decimals: 1)
  }

  /// As `decimal`, without a digit that says nothing: `12.5`, `12`.
  package static func shortDecimal(_ value: Double) -> String {
    let text = decimal(value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  // MARK: Counts and sizes

  /// A count with thousands set apart: `1,234,567`.
  package static func count(_ value: UInt64) -> String {
    var result: [Character] = []
    for (index, digit) in String(value).reversed().enumerated() {
      if index > 0, index % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return String(result.reversed())
  }

  /// A count with its noun: `1 event`, `2 events`, `3 losses`.
  package static func count(_ value: UInt64, _ noun: String, plural: String? = nil) -> String {
    count(value) + " " + self.noun(noun, plural: plural, for: value)
  }

  /// A noun as it stands behind a count: `event` behind 1, else `events`.
  package static func noun(_ noun: String, plural: String? = nil, for count: UInt64) -> String {
    count == 1 ? noun : plural ?? noun + "s"
  }

  /// A size: `0 B`, `4 KiB`, `1.5 MiB`.
  package static func bytes(_ value: UInt64) -> String {
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
  package static func share(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "-" }
    let perMille = UInt64(min(1, Double(part) / Double(whole)) * 1000)
    return fixed(perMille, scale: 1, decimals: 1) + " %"
  }

  // MARK: Nanoseconds of clocks that count time

  /// Nanoseconds as seconds with microseconds, as ftrace prints them: `19.049123`.
  package static func seconds(_ nanoseconds: UInt64) -> String {
    fixed(nanoseconds, scale: 9, decimals: 6)
  }

  /// Nanoseconds as seconds to the last digit, without zeros at the end: `0.0025`, `3`.
  package static func exactSeconds(_ nanoseconds: UInt64) -> String {
    var text = fixed(nanoseconds, scale: 9, decimals: 9)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// Nanoseconds as whole seconds on the face of a clock: `0:12`, `1:02:03`.
  package static func clock(_ nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    func two(_ value: UInt64) -> String { (value < 10 ? "0" : "") + "\(value)" }
    let rest = two(seconds % 60)
    return seconds < 3600
      ? "\(seconds / 60):\(rest)" : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(rest)"
  }
}
