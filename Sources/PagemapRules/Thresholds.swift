/// The numbers that judgements rest on, all of them configurable.
package struct Thresholds: Hashable, Sendable {
  /// How long a recording must go on after the last activity before an object that stays counts as
  /// left behind, in nanoseconds.
  package var quietTime: UInt64 = 100_000_000
  /// Consecutive round trips of one range that are thrash.
  package var thrashTrips: UInt64 = 8
  /// A stay on the device shorter than this many times its own migration is too short.
  package var thrashResidencyFactor: UInt64 = 2
  /// Faults without progress on one page that are a livelock.
  package var livelockFaults: UInt64 = 100
  /// Over which time they must come at least, in nanoseconds.
  package var livelockTime: UInt64 = 50_000_000
  /// How long after an eviction returned a CPU fault that was in its way may begin, in nanoseconds.
  package var evictionRaceTime: UInt64 = 100_000_000
  /// How long after `drm_dev_unplug` was entered a migration may still begin unaware, in
  /// nanoseconds.
  package var unplugSettleTime: UInt64 = 1_000_000

  /// How long a released pagemap may hold its provider, in nanoseconds.
  package var unholdTime: UInt64 = 1_000_000_000
  /// How long a call that bounds itself to one second may take, in nanoseconds.
  package var callTime: UInt64 = 2_000_000_000

  package init() {}
}

extension Thresholds {
  /// A threshold by the name that users give it.
  package enum Name: String, CaseIterable, Sendable {
    case quietTime = "quiet-time"
    case thrashTrips = "thrash-trips"
    case thrashResidencyFactor = "thrash-residency-factor"
    case livelockFaults = "livelock-faults"
    case livelockTime = "livelock-time"
    case evictionRaceTime = "eviction-race-time"
    case unplugSettleTime = "unplug-settle-time"
    case unholdTime = "unhold-time"
    case callTime = "call-time"

    /// Whether it is a time, given with a unit.
    package var isTime: Bool {
      switch self {
      case .quietTime, .livelockTime, .evictionRaceTime, .unplugSettleTime, .unholdTime, .callTime:
        true
      case .thrashTrips, .thrashResidencyFactor, .livelockFaults: false
      }
    }
  }

  /// The value of a threshold: a count, or nanoseconds.
  package subscript(name: Name) -> UInt64 {
    get { self[keyPath: Self.path(name)] }
    set { self[keyPath: Self.path(name)] = newValue }
  }

  private static func path(_ name: Name) -> WritableKeyPath<Thresholds, UInt64> {
    switch name {
    case .quietTime: \.quietTime
    case .thrashTrips: \.thrashTrips
    case .thrashResidencyFactor: \.thrashResidencyFactor
    case .livelockFaults: \.livelockFaults
    case .livelockTime: \.livelockTime
    case .evictionRaceTime: \.evictionRaceTime
    case .unplugSettleTime: \.unplugSettleTime
    case .unholdTime: \.unholdTime
    case .callTime: \.callTime
    }
  }

  /// The value that a text stands for: a positive count, or a time with its unit (`100ms`, `1s`,
  /// `50us`, `10ns`); nil where it is neither.
  package static func value(of text: String, for name: Name) -> UInt64? {
    guard name.isTime else { return UInt64(text).flatMap { $0 > 0 ? $0 : nil } }
    for (unit, nanoseconds) in [
      ("ns", UInt64(1)), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ] where text.hasSuffix(unit) {
      guard let count = UInt64(text.dropLast(unit.count)) else { continue }
      let (value, overflow) = count.multipliedReportingOverflow(by: nanoseconds)
      return overflow ? nil : value
    }
    return nil
  }
}
