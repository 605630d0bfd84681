package import PagemapEvents
package import PagemapModel
import TraceIngest
package import TraceWords

/// What the rules of one trace share: the model, the end of the recording, and the findings.
package final class RuleContext {
  /// The mirror of the kernel's state.
  ///
  /// It stands at a place of its own, which lives as long as the context and is reached by nobody else:
  /// the events of a trace find it there without a check of who else looks, and without being moved.
  package var mirror: KernelMirror {
    unsafeAddress { UnsafePointer(place) }
    unsafeMutableAddress { place }
  }
  private let place: UnsafeMutablePointer<KernelMirror>
  let thresholds: Thresholds
  /// Whether stamps may be compared between CPUs and are nanoseconds.
  let clockIsComparable: Bool
  /// Whether stamps are time, in nanoseconds.
  package var stampsAreTime = true
  /// Device names, as of now.
  package var names = Names()
  /// The end of the recording; nil until it has ended.
  package var end: RecordingEnd?

  private var entries: [Finding] = []
  /// For each finding the time that its events must be known of, without a gap.
  private var proofs: [(start: UInt64, end: UInt64)] = []
  private var byRoot: [Root: Int] = [:]
  private var withdrawn: Set<Int> = []
  /// Findings of one rule beyond this number are counted, not kept.
  static let findingLimit = 256
  private var perRule: [RuleID: Int] = [:]
  /// The places of findings that were made, proven, put in doubt or withdrawn since the last call of
  /// `takeChanges()`, each once, in the order of that.
  package private(set) var changes: [Int] = []
  private var changed: Set<Int> = []

  /// A context without findings, of a trace whose first event is still to come.
  package init(mirror: KernelMirror, thresholds: Thresholds, clockIsComparable: Bool) {
    place = .allocate(capacity: 1)
    place.initialize(to: mirror)
    self.thresholds = thresholds
    self.clockIsComparable = clockIsComparable
  }

  deinit {
    place.deinitialize(count: 1)
    place.deallocate()
  }

  /// The end of a recording, and how well it is known.
  package struct RecordingEnd {
    /// The last moment that was recorded.
    var time: UInt64
    /// Whether the trace tells it, so that what has not happened by then has not happened.
    var isKnown: Bool
    /// Whether bytes are missing or damaged.
    var isDamaged: Bool

    package init(time: UInt64, isKnown: Bool, isDamaged: Bool) {
      self.time = time
      self.isKnown = isKnown
      self.isDamaged = isDamaged
    }
  }

  /// What findings have their root in. What goes wrong with a life itself is one story; a defect of a
  /// migration, or of its mappings, is another one, even on that object.
  private struct Root: Hashable {
    var cause: Cause
    var story: FindingClass

    init(_ cause: Cause, _ category: FindingClass) {
      self.cause = cause
      switch category {
      case .doubleMigration, .dmaMapping, .protocol, .thrash, .livelock: story = category
      default: story = .lifecycle
      }
    }
  }

  /// Takes the next event into the mirror. Answers whether it showed the rules anything.
  package func take(_ event: borrowing PagemapEvent) -> Bool { mirror.apply(event) }

  // MARK: Findings

  /// Reports a violation. One root cause gives one finding, and what comes later of the same cause is
  /// evidence of the first. Its proof rests on all that happened since `start`. `others` are causes of
  /// further findings that it explains as well.
  func report(
    _ finding: Finding, cause: Cause, provedSince start: UInt64, explains others: [Cause] = []
  ) {
    let root = Root(cause, finding.category)
    keepStacks(of: finding)
    var finding = finding
    if !clockIsComparable {
      finding.severity = .info
      finding.explanation.append(
        "the clock is each CPU's own, so the order of events of different CPUs is not known")
    }
    if let known = byRoot[root] {
      // What was in doubt is proven by what came later.
      if finding.isCertain, !entries[known].isCertain, entries[known].rule == finding.rule {
        entries[known].isCertain = true
        entries[known].severity = finding.severity
        entries[known].explanation += finding.explanation
        proofs[known] = (min(start, proofs[known].start), mirror.recording.now)
        noteChange(known)
      }
      if entries[known].evidence.count < 12 {
        entries[known].evidence = ordered(entries[known].evidence + finding.evidence)
      }
      return
    }
    perRule[finding.rule, default: 0] += 1
    guard perRule[finding.rule, default: 0] <= Self.findingLimit else { return }
    byRoot[root] = entries.count
    for other in others where byRoot[Root(other, finding.category)] == nil {
      byRoot[Root(other, finding.category)] = entries.count
    }
    proofs.append((start, mirror.recording.now))
    noteChange(entries.count)
    entries.append(finding)
  }

  /// Keeps the stacks of a finding's events from making room for later ones.
  private func keepStacks(of finding: Finding) {
    for event in finding.evidence { mirror.stacks.keep(event.sequence) }
    guard finding.object.kind == .pagemap else { return }
    for level in mirror.pagemaps[finding.object.address]?.references.levels ?? [] {
      mirror.stacks.keep(level.stack, of: level.reached.sequence)
    }
  }

  /// Takes their certainty from findings whose proof lies in a gap that became known only later.
  package func reconsider() {
    for index in entries.indices where entries[index].isCertain {
      guard isDoubtful(index) else { continue }
      entries[index].doubt()
      noteChange(index)
    }
  }

  /// Whether the proof of the finding at a place lies in a gap that is known by now.
  package func isDoubtful(_ index: Int) -> Bool {
    !mirror.recording.isIntact(from: proofs[index].start, to: proofs[index].end)
  }

  /// The finding at a place, and whether it was withdrawn.
  package func finding(at index: Int) -> (finding: Finding, isWithdrawn: Bool) {
    (entries[index], withdrawn.contains(index))
  }

  /// Whether a life of an object already has its finding.
  func isReported(_ serial: UInt64) -> Bool { byRoot[Root(.life(serial), .lifecycle)] != nil }

  /// Changes the finding of a life.
  func amend(_ serial: UInt64, _ change: (inout Finding) -> Void) {
    guard let index = byRoot[Root(.life(serial), .lifecycle)] else { return }
    change(&entries[index])
    noteChange(index)
  }

  private func noteChange(_ place: Int) {
    if changed.insert(place).inserted { changes.append(place) }
  }

  /// Hands over which findings changed since the last call.
  package func takeChanges() -> [Int] {
    defer {
      changes.removeAll()
      changed.removeAll()
    }
    return changes
  }

  /// How many findings were made.
  package var findingCount: Int { entries.count }

  /// Takes a finding back: what followed shows that there was nothing wrong.
  func withdraw(_ serial: UInt64, _ rule: RuleID) {
    guard let index = byRoot[Root(.life(serial), .lifecycle)], entries[index].rule == rule else {
      return
    }
    if withdrawn.insert(index).inserted { noteChange(index) }
  }

  /// All findings, in the order they were made.
  package var findings: [Finding] {
    entries.indices.filter { !withdrawn.contains($0) }.map { entries[$0] }
  }

  // MARK: Certainty

  /// Whether nothing is missing since `time` that could turn a judgement around.
  func isIntact(since time: UInt64) -> Bool {
    clockIsComparable && mirror.recording.isIntact(since: time)
  }

  /// Whether nothing is missing between two points of time.
  func isIntact(from start: UInt64, to end: UInt64) -> Bool {
    clockIsComparable && mirror.recording.isIntact(from: start, to: end)
  }

  /// Whether what did not happen from `time` to the end of the recording surely did not.
  func isProvenAbsent(since time: UInt64) -> Bool {
    guard isIntact(since: time) else { return false }
    guard let end else { return true }
    return end.isKnown && !end.isDamaged
  }

  /// Whether the recording went on for the quiet time after `time`, up to `now`.
  func isQuiet(since time: UInt64, now: UInt64) -> Bool {
    now >= time && now - time >= thresholds.quietTime
  }

  // MARK: Words

  /// The name of a device by its index.
  func name(_ device: UInt64?) -> String? { device.flatMap { names[$0] } }

  /// A pagemap as a report names it.
  func reference(_ pagemap: Pagemap) -> ObjectReference {
    var reference = ObjectReference(
      kind: .pagemap, address: pagemap.address, epoch: pagemap.epoch,
      device: name(pagemap.home.device))
    reference.owner = pagemap.home.owner
    return reference
  }

  /// The pagemap of a hold as a report names it.
  func reference(_ hold: DeviceHold) -> ObjectReference {
    var reference = ObjectReference(
      kind: .pagemap, address: hold.address, epoch: hold.epoch, device: name(hold.device))
    reference.owner = hold.owner
    return reference
  }

  /// A device allocation as a report names it.
  func reference(_ allocation: DeviceAllocation) -> ObjectReference {
    let device = allocation.pagemap.flatMap { mirror.pagemaps[$0]?.home.device }
    var reference = ObjectReference(
      kind: .deviceAllocation, address: allocation.address, epoch: allocation.epoch,
      device: name(device))
    reference.mm = allocation.origin.mm
    return reference
  }
}

extension Finding {
  /// Takes its certainty away: its proof lies where events are missing.
  package mutating func doubt(
    because reason: Sentence = "events of some CPU are missing from that time, so it is not certain"
  ) {
    isCertain = false
    severity = min(severity, .warning)
    explanation.append(reason)
  }
}

/// Evidence in trace order, each event once.
func ordered(_ evidence: [Evidence]) -> [Evidence] {
  var seen: Set<UInt64> = []
  return evidence.sorted { $0.sequence < $1.sequence }.filter { seen.insert($0.sequence).inserted }
}
