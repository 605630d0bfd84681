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
  private var steps: [Step?]
  private var ahead: [[Look]]
  private var behind: [[Look]]

  /// The table of a trace with these probes, and with the looks of the rules that it can decide.
  init(_ probes: ProbeInventory, _ looks: [Look]) {
    let count = PagemapEvent.Kind.allCases.count
    steps = [Step?](repeating: nil, count: count)
    ahead = [[Look]](repeating: [], count: count)
    behind = ahead
    let present = Set(probes.present.map(\.kind.index))
    let isCut = probes.isComplete && !present.isEmpty
    for row in Rooms.steps where !isCut || present.contains(row.kind.index) {
      steps[row.kind.index] = Self.join(steps[row.kind.index], row.step)
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

  private static func join(_ first: Step?, _ second: @escaping Step) -> Step {
    guard let first else { return second }
    return { mirror, event in
      first(&mirror, event)
      second(&mirror, event)
    }
  }

  /// The step of a kind of event, by its index; nil where it has none.
  @inline(__always)
  subscript(kind: Int) -> Step? { steps[kind] }

  /// Whether any rule looks ahead of the step, or behind it.
  @inline(__always)
  func hasLooksAhead(_ kind: Int) -> Bool { !ahead[kind].isEmpty }
  @inline(__always)
  func hasLooksBehind(_ kind: Int) -> Bool { !behind[kind].isEmpty }

  /// The looks ahead of the step, and those behind it.
  func looksAhead(_ kind: Int) -> [Look] { ahead[kind] }
  func looksBehind(_ kind: Int) -> [Look] { behind[kind] }
}
