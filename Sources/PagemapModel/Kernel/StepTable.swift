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

/// What happens at each kind of event, built once for a trace: looks of rules, the mirror's step, looks
/// behind it.
///
/// Several rooms may want one kind: the step of the room that the mirror holds first is taken first, and
/// within a room the one that is declared first.
/// The table is cut down to the kinds that the trace's probes give; a text does not tell them.
struct StepTable: Sendable {
  /// Rows and looks by kind. Rows and not bare closures: an array of those calls each through a thunk.
  private var steps: [[StepRow]]
  private var ahead: [[Look]]
  private var behind: [[Look]]

  /// The table of a trace with these probes, and with the looks of the rules that it can decide.
  init(_ probes: ProbeInventory, _ looks: [Look]) {
    let count = PagemapEvent.Kind.allCases.count
    steps = [[StepRow]](repeating: [], count: count)
    ahead = [[Look]](repeating: [], count: count)
    behind = ahead
    let present = Set(probes.present.map(\.kind.index))
    let isCut = probes.isComplete && !present.isEmpty
    for row in Rooms.steps where !isCut || present.contains(row.kind.index) {
      steps[row.kind.index].append(row)
    }
    for look in looks where !isCut || present.contains(look.kind.index) {
      if look.isAhead {
        ahead[look.kind.index].append(look)
      } else {
        behind[look.kind.index].append(look)
      }
    }
  }

  /// A table of no step, for a mirror that takes no event.
  init() { (steps, ahead, behind) = ([], [], []) }

  /// The steps of a kind of event, by its index, in order.
  @inline(__always)
  subscript(kind: Int) -> [StepRow] { steps[kind] }

  /// Whether any rule looks ahead of the step, or behind it.
  @inline(__always)
  func hasLooksAhead(_ kind: Int) -> Bool { !ahead[kind].isEmpty }
  @inline(__always)
  func hasLooksBehind(_ kind: Int) -> Bool { !behind[kind].isEmpty }

  /// The looks ahead of the step, and those behind it.
  func looksAhead(_ kind: Int) -> [Look] { ahead[kind] }
  func looksBehind(_ kind: Int) -> [Look] { behind[kind] }
}
