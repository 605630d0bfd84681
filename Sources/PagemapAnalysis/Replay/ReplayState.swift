package import PagemapModel
package import PagemapRules
package import TraceIngest
package import TraceWords

/// The model at a moment of a trace: what `pmtrace replay` shows.
package struct ReplayState: Sendable {
  /// The path as the user gave it; `-` for standard input.
  package var path: String
  /// The last event that was taken in; nil ahead of the first one.
  package var event: Evidence?
  /// Whether the whole trace was taken in, so that what only its end decides is decided.
  package var isEnd = false
  /// Whether stamps are nanoseconds.
  package var isNanoseconds = true
  /// The stamp of the first record of any kind; nil in a trace without records.
  package var firstRecord: UInt64?
  /// All objects. Those of one address only, where one was asked for.
  package var mirror = MirrorSnapshot()
  /// Which part of the asked range is where; nil where none was asked for.
  package var range: RangeResidency?
  /// The past of the object that was asked for; nil where none was.
  package var history: ObjectHistory?
  /// Gaps met so far, the first `gapLimit` of them.
  package var gaps: [LostEvents] = []
  /// Gaps beyond the limit.
  package var furtherGaps: UInt64 = 0
  /// Damage met so far.
  package var damage: [Damage] = []
  /// Damage beyond what is kept one by one.
  package var furtherDamage: UInt64 = 0
  /// Findings made so far, in the order they were made: the first has number 1.
  package var findings: [Finding] = []

  /// How many gaps are kept one by one.
  package static let gapLimit = 64

  package init(path: String) { self.path = path }

  /// How its times read.
  package var time: TimeFormat { TimeFormat(isNanoseconds: isNanoseconds) }
}

/// Where the pages of a range of virtual addresses are.
package struct RangeResidency: Hashable, Sendable {
  /// The range, its end exclusive.
  package var start: UInt64
  package var end: UInt64
  /// The address space; nil where all were asked for.
  package var mm: UInt64?
  /// What device allocations hold of it, by address space, then address.
  package var parts: [ResidentPart]
}

/// One step of a replay: an event, and what it changed in the model.
package struct ReplayStep: Hashable, Sendable {
  /// The event, with all its fields.
  package var event: Evidence
  /// What it changed, by kind, then address.
  package var changes: [MirrorDifference.Change]
  /// The findings that were made at it: their rules and titles, with their numbers from 1.
  package var findings: [MadeFinding] = []

  /// A finding at the step that led to it.
  package struct MadeFinding: Hashable, Sendable {
    /// Its number in the order of making, from 1.
    package var number: Int
    /// The rule that was broken.
    package var rule: RuleID
    /// What is wrong.
    package var title: Sentence
  }
}

/// What a replay meets on its way.
package enum ReplayPassage: Sendable {
  /// An event.
  case step(ReplayStep)
  /// Events are missing here.
  case gap(LostEvents)
}

/// What happened to the objects of one address.
package struct ObjectHistory: Hashable, Sendable {
  /// The address.
  package var address: UInt64
  /// The events that named the address or changed an object there, oldest first: the last
  /// `stepLimit` of them, with the changes of these objects only.
  package var steps: [ReplayStep] = []
  /// Steps older than those.
  package var earlierSteps: UInt64 = 0
  /// The lives that objects had there, oldest first: the last `lifeLimit` of them.
  package var lives: [Life] = []
  /// Lives older than those.
  package var earlierLives: UInt64 = 0

  /// How many steps and lives are kept.
  package static let stepLimit = 256
  package static let lifeLimit = 64

  /// A life that an object had.
  package struct Life: Hashable, Sendable {
    /// What it was.
    package var kind: ObjectSnapshot.Kind
    /// Which life of the address; nil for kinds whose lives are not told apart.
    package var epoch: UInt32?
    /// The event at which the model came to know it.
    package var began: Evidence
    /// The state it was last seen in, for kinds that have states.
    package var state: String?
    /// The event at which the model forgot it; nil while it lives.
    package var ended: Evidence?
  }

  package init(address: UInt64) { self.address = address }
}
