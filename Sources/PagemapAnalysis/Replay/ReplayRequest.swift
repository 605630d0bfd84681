import PagemapRules
package import TraceIngest

/// What a replay is to show.
package struct ReplayRequest: Sendable {
  /// The moment to stop at.
  package enum Moment: Sendable {
    /// The end of the trace.
    case end
    /// Behind the last event that is not later than this.
    case time(ReplayTime)
    /// Behind the event with this place in the merged trace.
    case event(UInt64)
    /// Behind the event at which the finding with this number, counted from 1, was made.
    case finding(UInt64)
  }

  /// The moment.
  package var moment = Moment.end
  /// The object to watch; nil to show all.
  package var object: UInt64?
  /// A range of virtual addresses (its end exclusive) whose residency is asked for.
  package var range: Range<UInt64>?
  /// The address space of `range`; nil for all.
  package var mm: UInt64?
  /// Whether each step on the way is wanted.
  package var follow = false
  /// How findings are judged.
  package var options = AnalysisOptions()

  package init() {}
}

/// A point of time as people give it: `19.051022` by the trace's clock, or `+0.5` behind its first
/// record.
package struct ReplayTime: Hashable, Sendable {
  /// Whether it counts from the first record of the trace.
  package var isRelative: Bool
  /// Whole seconds, or units of a clock that does not count time.
  package var whole: UInt64
  /// The digits behind the point as nanoseconds.
  package var nanoseconds: UInt64
  /// How many digits stand behind the point.
  package var digits: Int

  /// The time that `text` tells; nil where it is none. At most nine digits behind the point.
  package init?(_ text: String) {
    isRelative = text.hasPrefix("+")
    let parts = text.dropFirst(isRelative ? 1 : 0)
      .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let isNumber = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { 0x30...0x39 ~= $0 }
    }
    guard isNumber, let first = parts.first, let whole = UInt64(first) else { return nil }
    self.whole = whole
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    digits = fraction.utf8.count
    guard digits <= 9 else { return nil }
    nanoseconds = UInt64(fraction + String(repeating: "0", count: 9 - digits)) ?? 0
  }

  /// The latest stamp that is meant. `start` is the stamp of the first record.
  ///
  /// Stamps are printed with microseconds, cut, not rounded: a time as it is printed means all of
  /// its microsecond, so that the event beside it is within.
  func latest(from start: UInt64, isNanoseconds: Bool) -> UInt64 {
    guard isNanoseconds else { return isRelative ? Self.sum(start, whole) : whole }
    let (seconds, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let time = Self.sum(overflow ? .max : seconds, nanoseconds)
    if isRelative { return Self.sum(start, time) }
    return digits <= 6 ? Self.sum(time, 999) : time
  }

  private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

/// Why a replay has nothing to show.
package enum ReplayFailure: Error, Sendable {
  /// The input could not be used.
  case input(IngestError)
  /// The trace has no such moment or object: one line that says what it has.
  case request(String)
}
