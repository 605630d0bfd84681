import PagemapModel

/// One rule of the kernel: told what happens, it reports what breaks it.
///
/// A rule is a value with what little it must remember; it is made anew for every trace. What it
/// needs to know of the objects it asks the context's `world`.
protocol Rule: Sendable {
  /// What is to be known of the rule without running it.
  static var metadata: RuleMetadata { get }

  init()

  /// Takes in what the last event showed.
  mutating func observe(_ observation: Observation, _ context: RuleContext)

  /// Judges what can be judged only when the recording has ended.
  mutating func finish(_ context: RuleContext)
}

extension Rule {
  func observe(_ observation: Observation, _ context: RuleContext) {}
  func finish(_ context: RuleContext) {}
}

/// The numbers that judgements rest on, all of them configurable.
package struct Thresholds: Hashable, Sendable {
  /// How long a recording must go on after the last activity before an object that stays counts as
  /// left behind, in nanoseconds.
  package var quietTime: UInt64 = 100_000_000
  /// Consecutive round trips of one range that are thrash.
  package var thrashTrips: UInt64 = 8
  /// A stay on the device shorter than this many times its own migration is too short.
  package var thrashResidencyFactor: UInt64 = 2
  /// Faults without progress on one page that are a livelock, and over which time at least.
  package var livelockFaults: UInt64 = 100
  package var livelockTime: UInt64 = 50_000_000
  /// How long after `drm_dev_unplug` was entered a migration may still begin unaware, in
  /// nanoseconds.
  package var unplugSettleTime: UInt64 = 1_000_000

  package init() {}
}
