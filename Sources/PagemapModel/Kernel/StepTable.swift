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

/// What happens at each kind of event, built once for a trace: looks of rules, the mirror's steps, looks
/// behind them.
///
/// Several rooms may want one kind: the step of the room that the mirror holds first is taken first, and
/// within a room the one that is declared first.
/// The table is cut down to the kinds that the trace's probes give; a text does not tell them.
struct StepTable: Sendable {
  /// What an event of one kind passes: places in `rows` and in `looks`.
  struct Path: Sendable {
    var looksAhead = 0..<0
    var steps = 0..<0
    var looksBehind = 0..<0
  }

  /// The paths by the index of the kind.
  private var paths: [Path]
  /// The steps of all kinds, those of one kind next to each other, in order.
  private(set) var rows: [StepRow] = []
  /// The looks of all kinds, in the same way.
  private(set) var looks: [Look] = []

  /// The table of a trace with these probes, and with the looks of the rules that it can decide.
  init(_ probes: ProbeInventory, _ looks: [Look]) {
    self.init()
    let present = Set(probes.present.map(\.kind.index))
    let isCut = probes.isComplete && !present.isEmpty
    let steps = Dictionary(grouping: Rooms.steps, by: \.kind.index)
    let ahead = Dictionary(grouping: looks.filter(\.isAhead), by: \.kind.index)
    let behind = Dictionary(grouping: looks.filter { !$0.isAhead }, by: \.kind.index)
    for kind in paths.indices where !isCut || present.contains(kind) {
      paths[kind].looksAhead = Self.append(ahead[kind], to: &self.looks)
      paths[kind].steps = Self.append(steps[kind], to: &rows)
      paths[kind].looksBehind = Self.append(behind[kind], to: &self.looks)
    }
  }

  /// A table of no step, for a mirror that takes no event.
  init() { paths = [Path](repeating: Path(), count: PagemapEvent.Kind.allCases.count) }

  private static func append<Element>(_ some: [Element]?, to all: inout [Element]) -> Range<Int> {
    let first = all.count
    all += some ?? []
    return first..<all.count
  }

  /// What events of a kind pass, which is given by its index.
  @inline(__always)
  subscript(kind: Int) -> Path { paths[kind] }
}
