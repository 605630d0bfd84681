import PagemapEvents
import PagemapModel
import TraceIngest
import TraceWords

/// What the rules of one trace share: the model, the end of the recording, and the findings.
final class RuleContext {
  /// The mirror of the kernel's state.
  var world: World
  let thresholds: Thresholds
  /// Whether stamps may be compared between CPUs and are nanoseconds.
  let clockIsComparable: Bool
  /// Whether stamps are time, in nanoseconds.
  var stampsAreTime = true
  /// Device names, as of now.
  var names = Names()
  /// The end of the recording; nil until it has ended.
  var end: RecordingEnd?

  private var entries: [Finding] = []
  /// For each finding the time that its events must be known of, without a gap.
  private var proofs: [(start: UInt64, end: UInt64)] = []
  private var bySerial: [Root: Int] = [:]
  private var withdrawn: Set<Int> = []
  /// Findings of one rule beyond this number are counted, not kept.
  static let findingLimit = 256
  private var perRule: [RuleID: Int] = [:]
  /// The places of findings that were made, proven, put in doubt or withdrawn since the last call of
  /// `takeChanges()`, each once, in the order of that.
  private(set) var changes: [Int] = []
  private var changed: Set<Int> = []

  init(world: World, thresholds: Thresholds, clockIsComparable: Bool) {
    self.world = world
    self.thresholds = thresholds
    self.clockIsComparable = clockIsComparable
  }

  /// The end of a recording, and how well it is known.
  struct RecordingEnd {
    /// The last moment that was recorded.
    var time: UInt64
    /// Whether the trace tells it, so that what has not happened by then has not happened.
    var isKnown: Bool
    /// Whether bytes are missing or damaged.
    var isDamaged: Bool
  }

  /// What findings have their root in: one life of one object. What goes wrong with the life itself
  /// is one story; a defect of a migration, or of its mappings, is another one, even on that object.
  private struct Root: Hashable {
    var serial: UInt64
    var story: FindingClass

    init(_ serial: UInt64, _ category: FindingClass) {
      self.serial = serial
      switch category {
      case .doubleMigration, .dmaMapping, .protocol, .thrash, .livelock: story = category
      default: story = .lifecycle
      }
    }
  }

  // MARK: Findings

  /// Reports a violation. `serial` is the life of the object that is at its root: one root cause
  /// gives one finding, and what comes later on the same life is evidence of the first. Its proof
  /// rests on all that happened since `start`. `others` are lives that it explains as well.
  func report(
    _ finding: Finding, serial: UInt64, provedSince start: UInt64, explains others: [UInt64] = []
  ) {
    let root = Root(serial, finding.category)
    keepStacks(of: finding)
    var finding = finding
    if !clockIsComparable {
      finding.severity = .info
      finding.explanation.append(
        "the clock is each CPU's own, so the order of events of different CPUs is not known")
    }
    if let known = bySerial[root] {
      // What was in doubt is proven by what came later.
      if finding.isCertain, !entries[known].isCertain, entries[known].rule == finding.rule {
        entries[known].isCertain = true
        entries[known].severity = finding.severity
        entries[known].explanation += finding.explanation
        proofs[known] = (min(start, proofs[known].start), world.now)
        noteChange(known)
      }
      if entries[known].evidence.count < 12 {
        entries[known].evidence = ordered(entries[known].evidence + finding.evidence)
      }
      return
    }
    perRule[finding.rule, default: 0] += 1
    guard perRule[finding.rule, default: 0] <= Self.findingLimit else { return }
    bySerial[root] = entries.count
    for other in others where bySerial[Root(other, finding.category)] == nil {
      bySerial[Root(other, finding.category)] = entries.count
    }
    proofs.append((start, world.now))
    noteChange(entries.count)
    entries.append(finding)
  }

  /// Keeps the stacks of a finding's events from making room for later ones.
  private func keepStacks(of finding: Finding) {
    for event in finding.evidence { world.stacks.keep(event.sequence) }
    guard finding.object.kind == .pagemap else { return }
    for level in world.pagemaps[finding.object.address]?.levels ?? [] {
      world.stacks.keep(level.stack, of: level.reached.sequence)
    }
  }

  /// Takes their certainty from findings whose proof lies in a gap that became known only later.
  func reconsider() {
    for index in entries.indices where entries[index].isCertain {
      guard isDoubtful(index, in: world) else { continue }
      entries[index].doubt()
      noteChange(index)
    }
  }

  /// Whether the proof of the finding at a place lies in a gap that is known by now.
  func isDoubtful(_ index: Int, in world: borrowing World) -> Bool {
    !world.isIntact(from: proofs[index].start, to: proofs[index].end)
  }

  /// The finding at a place, and whether it was withdrawn.
  func finding(at index: Int) -> (finding: Finding, isWithdrawn: Bool) {
    (entries[index], withdrawn.contains(index))
  }

  /// Whether a life of an object already has its finding.
  func isReported(_ serial: UInt64) -> Bool { bySerial[Root(serial, .lifecycle)] != nil }

  /// Changes the finding of a life.
  func amend(_ serial: UInt64, _ change: (inout Finding) -> Void) {
    guard let index = bySerial[Root(serial, .lifecycle)] else { return }
    change(&entries[index])
    noteChange(index)
  }

  private func noteChange(_ place: Int) {
    if changed.insert(place).inserted { changes.append(place) }
  }

  /// Hands over which findings changed since the last call.
  func takeChanges() -> [Int] {
    defer {
      changes.removeAll()
      changed.removeAll()
    }
    return changes
  }

  /// How many findings were made.
  var findingCount: Int { entries.count }

  /// Takes a finding back: what followed shows that there was nothing wrong.
  func withdraw(_ serial: UInt64, _ rule: RuleID) {
    guard let index = bySerial[Root(serial, .lifecycle)], entries[index].rule == rule else {
      return
    }
    if withdrawn.insert(index).inserted { noteChange(index) }
  }

  /// All findings, in the order they were made.
  var findings: [Finding] {
    entries.indices.filter { !withdrawn.contains($0) }.map { entries[$0] }
  }

  // MARK: Certainty

  /// Whether nothing is missing since `time` that could turn a judgement around.
  func isIntact(since time: UInt64) -> Bool { clockIsComparable && world.isIntact(since: time) }

  /// Whether nothing is missing between two points of time.
  func isIntact(from start: UInt64, to end: UInt64) -> Bool {
    clockIsComparable && world.isIntact(from: start, to: end)
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
      kind: .pagemap, address: pagemap.address, epoch: pagemap.epoch, device: name(pagemap.device))
    reference.owner = pagemap.owner
    return reference
  }

  /// A device allocation as a report names it.
  func reference(_ allocation: DeviceAllocation) -> ObjectReference {
    let device = allocation.pagemap.flatMap { world.pagemaps[$0]?.device }
    var reference = ObjectReference(
      kind: .deviceAllocation, address: allocation.address, epoch: allocation.epoch,
      device: name(device))
    reference.mm = allocation.mm
    return reference
  }
}

extension Finding {
  /// Takes its certainty away: its proof lies where events are missing.
  mutating func doubt() {
    isCertain = false
    severity = min(severity, .warning)
    explanation.append("events of some CPU are missing from that time, so it is not certain")
  }
}

/// Evidence in trace order, each event once.
func ordered(_ evidence: [Evidence]) -> [Evidence] {
  var seen: Set<UInt64> = []
  return evidence.sorted { $0.sequence < $1.sequence }.filter { seen.insert($0.sequence).inserted }
}
