package import PagemapEvents

/// A look that a rule takes at the mirror when an event of a kind comes: ahead of the event's steps, when
/// all objects stand as the event found them, or behind them.
package struct Look: Sendable {
  /// What looks: it changes nothing, and tells what it objects to. The mirror comes `inout` because a
  /// borrowed one is copied for each look: rooms write their state themselves, so a rule cannot.
  package typealias Body =
    @Sendable (inout KernelMirror, borrowing PagemapEvent, inout Objections) -> Void

  /// The kind of event.
  package let kind: PagemapEvent.Kind
  let isAhead: Bool
  /// Whether the folio that the event names has to live for the look, or to be free; nil where that does
  /// not matter.
  let folioIsLive: Bool?
  let body: Body
  /// The number of the rule whose look it is, once that is known.
  package var rule = 0

  /// A look ahead of the steps of an event of `kind`.
  package static func before(_ kind: PagemapEvent.Kind, _ body: @escaping Body) -> Look {
    Look(kind: kind, isAhead: true, folioIsLive: nil, body: body)
  }

  /// A look ahead of the steps of an event of `kind` that names a folio which lives, or is free. Of an
  /// initialisation, a free and a CPU fault.
  package static func before(
    _ kind: PagemapEvent.Kind, folioIsLive: Bool, _ body: @escaping Body
  ) -> Look {
    Look(kind: kind, isAhead: true, folioIsLive: folioIsLive, body: body)
  }

  /// A look behind the steps of an event of `kind`.
  package static func after(_ kind: PagemapEvent.Kind, _ body: @escaping Body) -> Look {
    Look(kind: kind, isAhead: false, folioIsLive: nil, body: body)
  }
}

/// What the rules that look at an event object to.
package struct Objections: Sendable {
  /// When an objection counts.
  enum Condition: Sendable {
    case now
    /// Once the call that was entered at this place of the trace has returned: it was really open.
    case returned(UInt64)
    /// Unless the task goes on with the return of a shrinker's scan.
    case noScan(TaskKey)
    /// Unless the lookup that the task is in creates a pagemap.
    case noCreation(TaskKey)
  }

  private(set) var all: [(breach: Breach, condition: Condition)] = []
  var rule = 0

  /// Whether there is none.
  @inline(__always)
  var isEmpty: Bool { all.isEmpty }

  private mutating func add(_ breach: Breach, _ condition: Condition) {
    var breach = breach
    breach.rule = rule
    all.append((breach, condition))
  }

  /// Objects to the event.
  package mutating func report(_ breach: Breach) { add(breach, .now) }

  /// Objects to the event, if the call that it happened in has really not returned: its return, still to
  /// come, proves it. Where that was missed, the call was over before.
  package mutating func report(_ breach: Breach, onceReturned call: EventNote) {
    add(breach, .returned(call.sequence))
  }

  /// Objects to the event, unless its task goes on with the return of a scan, whose entry then went
  /// unrecorded.
  package mutating func reportUnlessScanReturns(_ breach: Breach, of task: TaskKey) {
    add(breach, .noScan(task))
  }

  /// Objects to the event, unless the lookup that its task is in creates a pagemap, which says so itself.
  package mutating func reportUnlessCreated(_ breach: Breach, by task: TaskKey) {
    add(breach, .noCreation(task))
  }
}
