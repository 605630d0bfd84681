#if DEBUG || PMTRACE_TESTS
  import Foundation
  import PagemapAnalysis
  import PagemapModel
  import TestSupport
  import TraceIngest

  /// What `pmtrace replay --follow` shows of the machines over all traces of the repository: recordings,
  /// and the composed traces for what no recording can show.
  struct MachineTour: Sendable {
    /// How often each state was entered, by the kind of object and the state's name.
    private(set) var shown: [String: Int] = [:]
    /// The same over recordings alone.
    private(set) var recorded: [String: Int] = [:]
    /// The steps that machines took.
    private(set) var taken: Set<String> = []

    /// The tour, taken once.
    static let whole = Task { () -> MachineTour in
      let folders = ["recordings", "composed"]
      let traces = try folders.flatMap { folder in
        try FileManager.default.contentsOfDirectory(
          atPath: RepositoryFiles.url("fixtures/\(folder)").path
        ).filter { $0.hasSuffix(".dat") }.sorted().map { "\(folder)/\($0)" }
      }
      return try await withThrowingTaskGroup(of: MachineTour.self) { group in
        for trace in traces { group.addTask { try MachineTour(of: trace) } }
        var tour = MachineTour()
        for try await part in group { tour.add(part) }
        return tour
      }
    }

    private init() {}

    /// Follows one trace of `fixtures/`.
    private init(of trace: String) throws {
      let log = StepLog()
      var states: [String: Int] = [:]
      try StepLog.$current.withValue(log) {
        var request = ReplayRequest()
        request.follow = true
        let path = RepositoryFiles.url("fixtures/\(trace)").path
        _ = try Replayer.replay(TraceOpener.open(path: path), path: trace, request: request) {
          passage in
          guard case .step(let step) = passage else { return true }
          for change in step.changes {
            guard let state = change.newState, state != change.oldState else { continue }
            states["\(change.kind.rawValue) \(state)", default: 0] += 1
          }
          return true
        }
      }
      shown = states
      if trace.hasPrefix("recordings/") { recorded = states }
      taken = log.steps
    }

    private mutating func add(_ part: MachineTour) {
      shown.merge(part.shown) { $0 + $1 }
      recorded.merge(part.recorded) { $0 + $1 }
      taken.formUnion(part.taken)
    }
  }
#endif
