import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// Looks on for a replay: ends the run at the moment that was asked for, and tells the steps.
struct ReplayWatcher: RunWatcher {
  static var keepsLast: Bool { true }

  /// The history of the object that was asked for.
  private(set) var watch: ObjectWatch?
  /// Gaps that were met, within the limit.
  private(set) var gaps: [LostEvents] = []
  private(set) var furtherGaps: UInt64 = 0

  private let request: ReplayRequest
  private let onPassage: (ReplayPassage) -> Bool
  /// The latest stamp that is wanted; nil while it is not known or where no time was asked for.
  private var latest: UInt64?
  private var isOutside = false
  private var touched: Set<UInt64> = []
  private var before: [ObjectSnapshot] = []
  private var findingCount = 0

  init(_ request: ReplayRequest, _ onPassage: @escaping (ReplayPassage) -> Bool) {
    self.request = request
    self.onPassage = onPassage
    watch = request.object.map { ObjectWatch(address: $0) }
  }

  // MARK: The moment

  mutating func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
    if case .time(let time) = request.moment {
      if latest == nil { resolve(time, run) }
      if let latest, event.timestamp > latest, !isOutside { return false }
    }
    if request.follow, request.object == nil { look(at: event, run) }
    return true
  }

  mutating func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
    let known = findingCount
    findingCount = run.context.findingCount
    let step = self.step(event, run)
    var isLast =
      switch request.moment {
      case .event(let number): event.sequence >= number
      case .finding(let number): UInt64(findingCount) >= number
      case .end, .time: false
      }
    if var step, request.follow, !isOutside {
      if findingCount > known { step.findings = made(since: known, run) }
      if !onPassage(.step(step)) { isLast = true }
    }
    return !isLast
  }

  mutating func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool {
    if let latest, time > latest, !isOutside { return false }
    if gaps.count < ReplayState.gapLimit { gaps.append(loss) } else { furtherGaps += 1 }
    return request.follow && !isOutside ? onPassage(.gap(loss)) : true
  }

  /// Works out which stamp is meant, now that the first record was read. Where it lies outside the
  /// recording the trace is read to its end, to say where that is.
  private mutating func resolve(_ time: ReplayTime, _ run: borrowing TraceRun) {
    let metadata = run.reader.metadata
    let isTime = metadata.timestampsAreNanoseconds
    let start = run.reader.ledger.firstTimestamp ?? 0
    let stamp = time.latest(from: start, isNanoseconds: isTime)
    latest = stamp
    isOutside = stamp < start || (!isTime && time.digits > 0)
    if let end = metadata.recordedUntil, Self.isBehind(stamp, end, isTime) { isOutside = true }
  }

  /// Whether a stamp lies behind the end. A time as it is printed stands for all of its microsecond.
  private static func isBehind(_ stamp: UInt64, _ end: UInt64, _ isTime: Bool) -> Bool {
    isTime ? stamp / 1000 > end / 1000 : stamp > end
  }

  /// Complains where a time lies outside what was recorded. The trace was read to its end.
  func check(_ time: ReplayTime, _ run: borrowing TraceRun) throws(ReplayFailure) {
    let metadata = run.reader.metadata
    let isTime = metadata.timestampsAreNanoseconds
    guard isTime || time.digits == 0 else {
      throw .request("the trace's clock does not count seconds: give its own whole units")
    }
    let ledger = run.reader.ledger
    guard let first = ledger.firstTimestamp else { throw .request("the trace has no record") }
    let end = max(ledger.lastTimestamp ?? first, metadata.recordedUntil ?? first)
    let stamp = time.latest(from: first, isNanoseconds: isTime)
    guard stamp >= first, !Self.isBehind(stamp, end, isTime) else {
      let format = TimeFormat(isNanoseconds: isTime)
      throw .request(
        "the time lies outside the recording, which goes from \(format.stamp(first)) to "
          + format.moment(end))
    }
  }

  // MARK: Steps

  /// Takes down, ahead of an event, what it may change.
  private mutating func look(at event: borrowing PagemapEvent, _ run: borrowing TraceRun) {
    touched = run.mirror.addressesTouched(by: event)
    before = objects(touched, of: TaskKey(event), run)
  }

  private func objects(
    _ addresses: Set<UInt64>, of task: TaskKey, _ run: borrowing TraceRun
  ) -> [ObjectSnapshot] {
    run.mirror.objects(at: addresses, of: task, names: run.decoder.names)
  }

  /// The step that an event was; nil where none is wanted.
  private mutating func step(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun)
    -> ReplayStep?
  {
    if watch != nil { return watch?.take(event, run) }
    guard request.follow else { return nil }
    let after = objects(touched, of: TaskKey(event), run)
    return ReplayStep(
      event: run.evidence(of: event), changes: run.changes(from: before, to: after))
  }

  private func made(since known: Int, _ run: borrowing TraceRun) -> [ReplayStep.MadeFinding] {
    run.context.findings.enumerated().dropFirst(known).map { index, finding in
      ReplayStep.MadeFinding(number: index + 1, rule: finding.rule, title: finding.title)
    }
  }
}
