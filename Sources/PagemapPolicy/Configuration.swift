package import PagemapAnalysis
package import PagemapRules

/// What `.pmtrace.yml` says: `Documentation/Configuration.md`.
package struct Configuration: Hashable, Sendable {
  /// The version of the file's shape that this tool reads.
  package static let version = 1
  /// The file that is read where none is named.
  package static let fileName = ".pmtrace.yml"

  /// The least severity that fails a trace; nil where the file does not say.
  package var failOn: Severity?
  /// Whether a trace passes whose evidence may be missing; nil where the file does not say.
  package var allowIncomplete: Bool?
  /// The rules that must have been decided for a pass.
  package var required: Set<RuleID> = []
  /// The baseline's path as the file gives it, relative to the file's directory.
  package var baseline: String?
  /// Rules that are not checked.
  package var disabledRules: Set<RuleID> = []
  /// The severities of rules' certain findings.
  package var severities: [RuleID: Severity] = [:]
  /// The thresholds that are set.
  package var thresholds: [Thresholds.Name: UInt64] = [:]
  /// What is accepted, in the order of the file, with the line that each begins on.
  package var suppressions: [Entry] = []

  package init() {}

  /// A suppression and where it stands.
  package struct Entry: Hashable, Sendable {
    package var suppression: Suppression
    /// Counted from 1.
    package var line: Int

    package init(suppression: Suppression, line: Int) {
      self.suppression = suppression
      self.line = line
    }

    /// Whether the last day on which it holds lies before `today` (as `2026-12-31`).
    package func isExpired(on today: CalendarDay) -> Bool {
      guard let day = suppression.acceptance.expires.flatMap(CalendarDay.init) else { return false }
      return day < today
    }
  }
}

extension Configuration {
  /// The options with what the file says. What the command line says is set after it.
  ///
  /// - Parameter today: the day by which suppressions expire.
  package func apply(to options: inout AnalysisOptions, today: CalendarDay) {
    if let failOn { options.failOn = failOn }
    if let allowIncomplete { options.allowIncomplete = allowIncomplete }
    if !disabledRules.isEmpty {
      options.rules = Set(RuleRegistry.all.map(\.id)).subtracting(disabledRules)
    }
    options.required = required
    options.severities = severities
    for (name, value) in thresholds { options.thresholds[name] = value }
    options.suppressions = suppressions.filter { !$0.isExpired(on: today) }.map(\.suppression)
  }

  /// The suppressions that have expired.
  package func expired(on today: CalendarDay) -> [Entry] {
    suppressions.filter { $0.isExpired(on: today) }
  }
}

/// A day of the Gregorian calendar, `2026-12-31`.
package struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let year: Int
  private let month: Int
  private let day: Int

  /// The day that a text names; nil where it names none.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
      (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year)
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// The day, by Coordinated Universal Time, on which so many seconds since 1970 fall.
  package init(secondsSince1970 seconds: Int) {
    var rest = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
    var year = 1970
    while rest < 0 {
      year -= 1
      rest += Self.days(of: year)
    }
    while rest >= Self.days(of: year) {
      rest -= Self.days(of: year)
      year += 1
    }
    var month = 1
    while rest >= Self.days(in: month, of: year) {
      rest -= Self.days(in: month, of: year)
      month += 1
    }
    (self.year, self.month, day) = (year, month, rest + 1)
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func days(of year: Int) -> Int { isLeap(year) ? 366 : 365 }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  package static func < (one: CalendarDay, other: CalendarDay) -> Bool {
    (one.year, one.month, one.day) < (other.year, other.month, other.day)
  }

  package var description: String {
    func digits(_ number: Int, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
  }
}
