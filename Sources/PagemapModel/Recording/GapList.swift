/// Stretches of time in which events of some CPU are missing.
///
/// A gap becomes known when its CPU's next record is met, so that events of other CPUs that lie
/// within it were taken in before. What was proved then has to be asked again.
struct GapList: Sendable {
  private var gaps: [(start: UInt64, end: UInt64)] = []
  /// The latest end; nil without a gap.
  private(set) var lastEnd: UInt64?
  /// How many gaps were added: another number means that something more may be in doubt.
  private(set) var revision = 0

  /// Gaps beyond this number are taken together.
  private static let limit = 1024

  /// Adds a gap from the last record before it to the first one behind it.
  mutating func add(from start: UInt64, to end: UInt64) {
    lastEnd = max(lastEnd ?? 0, end)
    revision &+= 1
    if let last = gaps.indices.last, start <= gaps[last].end, gaps[last].start <= end {
      gaps[last] = (min(start, gaps[last].start), max(end, gaps[last].end))
    } else if gaps.count < Self.limit {
      gaps.append((start, end))
    } else {
      gaps = [gaps.reduce((start, end)) { (min($0.0, $1.start), max($0.1, $1.end)) }]
    }
  }

  /// Whether any of the time from `start` to `end` lies in a gap.
  func touch(from start: UInt64, to end: UInt64) -> Bool {
    gaps.contains { $0.start < end && start <= $0.end }
  }
}
