import PagemapEvents

/// A step of the mirror: what one kernel function does to its objects.
typealias Step = @Sendable (inout KernelMirror, borrowing PagemapEvent) -> Void

/// A line of a room's declared list: which step an event of a kind takes.
struct StepRow: Sendable {
  let kind: PagemapEvent.Kind
  let step: Step

  /// An event of `kind` takes `step`.
  static func on(_ kind: PagemapEvent.Kind, _ step: @escaping Step) -> StepRow {
    StepRow(kind: kind, step: step)
  }
}

/// What happens at an event of one kind: looks of rules, steps of the mirror, looks behind them.
struct EventPlan: Sendable {
  var ahead: [Look] = []
  var steps: [Step] = []
  var behind: [Look] = []
}

/// What happens at each kind of event, built once for a trace.
///
/// Several rooms may want one kind: the step of the room that the mirror holds first is taken first, and
/// within a room the one that is declared first.
/// The table is cut down to the kinds that the trace's probes give; a text does not tell them.
struct StepTable: Sendable {
  private var plans = [EventPlan](repeating: EventPlan(), count: PagemapEvent.Kind.allCases.count)

  /// The table of a trace with these probes, and with the looks of the rules that it can decide.
  init(_ probes: ProbeInventory, _ looks: [Look]) {
    let present = Set(probes.present.map(\.kind))
    let isCut = probes.isComplete && !present.isEmpty
    for row in Rooms.steps where !isCut || present.contains(row.kind) {
      plans[row.kind.index].steps.append(row.step)
    }
    for look in looks where !isCut || present.contains(look.kind) {
      if look.isAhead {
        plans[look.kind.index].ahead.append(look)
      } else {
        plans[look.kind.index].behind.append(look)
      }
    }
  }

  /// A table of no step, for a mirror that takes no event.
  init() {}

  /// What happens at a kind of event.
  @inline(__always)
  subscript(kind: PagemapEvent.Kind) -> EventPlan { plans[kind.index] }
}
