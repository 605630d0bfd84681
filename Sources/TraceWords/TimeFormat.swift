/// How a trace's stamps and durations read: a clock that does not count time, such as `counter` or
/// `x86-tsc`, has units of its own.
package struct TimeFormat: Hashable, Sendable {
  /// Whether stamps are nanoseconds.
  package var isNanoseconds = true

  package init(isNanoseconds: Bool = true) { self.isNanoseconds = isNanoseconds }

  /// A stamp as ftrace prints it: `19.049123`.
  package func stamp(_ time: UInt64) -> String {
    isNanoseconds ? Format.seconds(time) : String(time)
  }

  /// A stamp with its unit: `19.049123 s`, `32235466 ticks`.
  package func moment(_ time: UInt64) -> String { stamp(time) + (isNanoseconds ? " s" : " ticks") }

  /// A stamp in the middle of a sentence, where seconds need no unit: `19.049123`, `32235466 ticks`.
  package func clause(_ time: UInt64) -> String { isNanoseconds ? stamp(time) : moment(time) }

  /// A duration with three significant digits or more: `870 ns`, `12.3 us`, `4.56 ms`, `1.23 s`.
  package func duration(_ time: UInt64) -> String {
    guard isNanoseconds else { return Format.count(time) + " ticks" }
    switch time {
    case ..<1000: return "\(time) ns"
    case ..<1_000_000: return significant(time, scale: 3) + " us"
    case ..<1_000_000_000: return significant(time, scale: 6) + " ms"
    default: return significant(time, scale: 9) + " s"
    }
  }

  /// A duration as an explanation gives it, with one digit at most: `870 us`, `12.3 ms`, `4.0 s`.
  package func roughDuration(_ time: UInt64) -> String {
    guard isNanoseconds else { return duration(time) }
    switch time {
    case ..<1_000_000: return Format.fixed(time, scale: 3, decimals: 0) + " us"
    case ..<1_000_000_000: return Format.fixed(time, scale: 6, decimals: 1) + " ms"
    default: return Format.fixed(time, scale: 9, decimals: 1) + " s"
    }
  }

  private func significant(_ time: UInt64, scale: Int) -> String {
    let wholeDigits = String(time).count - scale
    return Format.fixed(time, scale: scale, decimals: max(0, 3 - wholeDigits))
  }
}
