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

/// The steps that each kind of event takes, in the order in which they are declared.
///
/// Several rooms may want one kind: of its steps the first that is declared is the first to be taken.
/// The table of a trace is cut down to the kinds that its probes give.
struct StepTable: Sendable {
  private var steps = [[Step]](repeating: [], count: PagemapEvent.Kind.allCases.count)

  /// The table of a trace with these probes. A text does not tell its probes: it gets all steps.
  init(_ probes: ProbeInventory) {
    let present = Set(probes.present.map(\.kind))
    for row in Self.declared
    where !probes.isComplete || present.isEmpty || present.contains(row.kind) {
      steps[row.kind.index].append(row.step)
    }
  }

  /// The steps of a kind of event.
  @inline(__always)
  subscript(kind: PagemapEvent.Kind) -> [Step] { steps[kind.index] }

  /// All rooms' lists, in the order in which rooms look at an event that several want.
  private static let declared: [StepRow] = [
    KernelMirror.migrationSteps, KernelMirror.folioSteps, KernelMirror.deviceSteps,
    KernelMirror.addressSpaceSteps, KernelMirror.allocationSteps, KernelMirror.zddSteps,
    KernelMirror.migrationCallSteps, KernelMirror.pagemapSteps, KernelMirror.deviceHoldSteps,
    KernelMirror.cacheSteps, KernelMirror.shrinkerSteps, KernelMirror.ownerSteps,
    KernelMirror.svmPagesSteps, KernelMirror.rangeSteps, KernelMirror.vmSteps,
  ].flatMap { $0 }
}
