/// What the last event showed: to rules what they may object to, to timelines what happened.
package struct News: Sendable {
  /// What the last event showed the rules.
  package private(set) var observations: [Observation] = []
  /// What the last event ended or changed, where `recordsActivity` is set.
  package private(set) var activities: [Activity] = []
  /// The states that objects ended in which the last event took away, where `recordsEndings` is set.
  package private(set) var endings: [ObjectEnding] = []
  /// Whether endings are told; set it before the first event.
  package var recordsEndings = false
  /// Whether activities are told; set it before the first event.
  package var recordsActivity = false
  /// Breaches that stand only if the call they happened in has really not returned, by the place of
  /// its entry in the trace: its return proves it.
  private var suspects: [UInt64: Breach] = [:]
  /// Destroys of pagemaps on a list, by the task, until it is seen what that does next.
  private var listedDestroys: [TaskKey: [Breach]] = [:]

  /// Forgets what the event before showed.
  @inline(__always)
  mutating func clear() {
    if !observations.isEmpty { observations.removeAll(keepingCapacity: true) }
    if !activities.isEmpty { activities.removeAll(keepingCapacity: true) }
    if !endings.isEmpty { endings.removeAll(keepingCapacity: true) }
  }

  /// Shows something to the rules.
  mutating func observe(_ observation: Observation) { observations.append(observation) }

  /// Tells the rules of a breach.
  mutating func report(_ breach: Breach) { observations.append(.breach(breach)) }

  /// Tells what happened.
  mutating func tell(_ activity: Activity) { activities.append(activity) }

  /// Tells where an object stood when it went.
  mutating func tellEnd<Object: MachineObject>(
    of object: Object, _ kind: ObjectSnapshot.Kind, _ address: UInt64, epoch: UInt32? = nil
  ) {
    guard recordsEndings else { return }
    endings.append(
      .init(
        kind: kind, address: address, epoch: epoch, state: Object.machine.name(of: object.state)))
  }

  // MARK: What the next events decide

  /// Keeps a breach until the call that it happened in returns: if that one's return was missed, the
  /// call was over before.
  mutating func suspect(_ breach: Breach, in entry: UInt64) {
    if suspects.count >= 256 { suspects.removeAll() }
    if suspects[entry] == nil { suspects[entry] = breach }
  }

  /// The call that was entered at this place returned.
  mutating func returned(from entry: UInt64) {
    guard !suspects.isEmpty, let breach = suspects.removeValue(forKey: entry) else { return }
    report(breach)
  }

  /// Whether any destroy waits for what its task does next.
  var hasListedDestroys: Bool { !listedDestroys.isEmpty }

  /// A destroy of a pagemap on a list stands unless its task returns from a scan next.
  mutating func keepListedDestroy(_ breach: Breach, of task: TaskKey) {
    listedDestroys[task, default: []].append(breach)
  }

  /// The task goes on; `isScan` says whether with the return of a scan, whose entry went unrecorded.
  mutating func settleListedDestroys(of task: TaskKey, isScan: Bool) {
    guard let breaches = listedDestroys.removeValue(forKey: task), !isScan else { return }
    for breach in breaches { report(breach) }
  }
}
