import PagemapEvents
import PagemapModel
import PagemapRules
package import TraceIngest
import TraceWords

/// Runs a trace up to a moment and shows the model as it stands there.
///
/// A replay is one pass that stops: no event behind the moment is taken in, and where nobody follows
/// it costs what an analysis of as many records does.
package enum Replayer {
  /// Replays a trace.
  ///
  /// - Parameters:
  ///   - reader: the trace, not read from yet.
  ///   - path: its name for the report.
  ///   - request: what to show.
  ///   - onPassage: where the request follows, told each step and gap in order; answers false to
  ///     end the replay there.
  ///   - progress: told the number of records read, now and then.
  /// - Throws: `ReplayFailure` where the input fails or has no such moment or object.
  package static func replay(
    _ reader: any TraceReader, path: String, request: ReplayRequest,
    onPassage: @escaping (ReplayPassage) -> Bool = { _ in true },
    progress: ((UInt64) -> Void)? = nil
  ) throws(ReplayFailure) -> ReplayState {
    var run = TraceRun(reader, request.options)
    run.recordEndings()
    var watcher = ReplayWatcher(request, onPassage)
    let isWhole: Bool
    do throws(IngestError) {
      isWhole = try run.run(&watcher, progress)
    } catch {
      throw .input(error)
    }
    var state = ReplayState(path: path)
    state.isNanoseconds = reader.metadata.timestampsAreNanoseconds
    state.firstRecord = reader.ledger.firstTimestamp
    if isWhole { state.isEnd = try conclude(&run, &watcher, request) }
    describe(run, watcher, request, &state)
    if let address = request.object, state.history?.steps.isEmpty ?? true {
      throw .request(
        "no event up to there names \(Format.address(address)); give an address as reports show it")
    }
    return state
  }

  /// The trace was read to its end. Answers whether its end is the moment that was asked for.
  private static func conclude(
    _ run: inout TraceRun, _ watcher: inout ReplayWatcher, _ request: ReplayRequest
  ) throws(ReplayFailure) -> Bool {
    switch request.moment {
    case .end:
      _ = run.finish(run.completeLedger())
      return true
    case .finding(let number):
      if UInt64(run.context.findingCount) >= number { return false }
      _ = run.finish(run.completeLedger())
      let count = run.context.findingCount
      guard UInt64(count) >= number else {
        throw .request(
          "the trace has \(count == 0 ? "no finding" : Format.count(UInt64(count), "finding")), "
            + "none with the number \(number)")
      }
      return true
    case .event(let number):
      // The run ends at the event, unless there is none.
      guard run.count > 0 else { throw .request("the trace has no modelled event") }
      throw .request(
        "there is no event \(number): the trace has the events 0 to \(run.count - 1)")
    case .time(let time):
      try watcher.check(time, run)
      return false
    }
  }

  private static func describe(
    _ run: TraceRun, _ watcher: ReplayWatcher, _ request: ReplayRequest,
    _ state: inout ReplayState
  ) {
    let tasks = run.reader.taskNames
    let names = run.decoder.names
    state.event = run.count > 0 ? run.evidence(of: run.last) : nil
    if let address = request.object {
      state.mirror.objects = run.mirror.objects(at: address, names: names)
    } else {
      state.mirror = run.mirror.snapshot(names: names)
    }
    state.mirror.objects = state.mirror.objects.map { object in object.named { tasks[$0] } }
    state.history = watcher.watch?.complete
    if let range = request.range {
      let parts = run.mirror.residents(
        from: range.lowerBound, to: range.upperBound, mm: request.mm, names: names)
      state.range = RangeResidency(
        start: range.lowerBound, end: range.upperBound, mm: request.mm, parts: parts)
    }
    state.gaps = watcher.gaps
    state.furtherGaps = watcher.furtherGaps
    let ledger = run.completeLedger()
    state.damage = ledger.damage
    state.furtherDamage = ledger.furtherDamage
    let stacks = run.stackNames
    state.findings = run.context.findings.map { $0.named({ tasks[$0] }, stacks) }
  }
}
