package import PagemapModel

/// One rule of the kernel: told what happens, it reports what breaks it.
///
/// A rule is a value with what little it must remember; it is made anew for every trace. What it
/// needs to know of the objects it asks the context's `mirror`.
package protocol Rule: Sendable {
  /// What is to be known of the rule without running it.
  static var metadata: RuleMetadata { get }

  init()

  /// Which observations it wants to be told.
  static var interests: ObservationSet { get }

  /// The looks that it takes at the mirror when events come: what it decides there it is told as a breach.
  static var looks: [Look] { get }

  /// Takes in what the last event showed.
  mutating func observe(_ observation: Observation, _ context: RuleContext)

  /// Judges what can be judged only when the recording has ended.
  mutating func finish(_ context: RuleContext)
}

extension Rule {
  static var looks: [Look] { [] }
  /// A rule that asks for no observation takes none in.
  package func observe(_ observation: Observation, _ context: RuleContext) {}
  /// A rule that judges on the way has nothing to judge at the end.
  package func finish(_ context: RuleContext) {}
}

/// Kinds of observations, so that a rule is told only what it asks for.
package struct ObservationSet: OptionSet, Sendable {
  /// A bit for each kind.
  package let rawValue: UInt16

  /// The set with these bits.
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  static let pagemapUses = ObservationSet(rawValue: 1 << 0)
  static let groups = ObservationSet(rawValue: 1 << 1)
  static let secondPagemaps = ObservationSet(rawValue: 1 << 2)
  static let migrations = ObservationSet(rawValue: 1 << 3)
  static let cpuFaults = ObservationSet(rawValue: 1 << 4)
  static let evictions = ObservationSet(rawValue: 1 << 5)
  static let endedAllocations = ObservationSet(rawValue: 1 << 6)
  static let doubleMoves = ObservationSet(rawValue: 1 << 7)
  static let breaches = ObservationSet(rawValue: 1 << 8)
}

extension Observation {
  /// The set of which it is one.
  package var set: ObservationSet {
    switch self {
    case .usedWithoutReference, .impossibleCount, .releasedWhileHeld: .pagemapUses
    case .groupJoinedAfterIdle: .groups
    case .secondPagemap: .secondPagemaps
    case .migrationReturned: .migrations
    case .cpuFault: .cpuFaults
    case .evictionReturned: .evictions
    case .allocationEnded: .endedAllocations
    case .movedTwice: .doubleMoves
    case .breach: .breaches
    }
  }
}
