import Glibc

/// What became of a wanted probe.
package struct ProbeOutcome: Hashable, Sendable {
  /// What can become of it.
  package enum Result: Hashable, Sendable {
    /// The kernel took the candidate of this index.
    case added(candidate: Int)
    /// An event of this name was there already and is used as it is.
    case present(Ownership.Owner)
    /// The kernel took none.
    case refused
  }

  /// The group and name of its event: that of the candidate that serves, or of the first.
  package var name: EventName
  /// What became of it.
  package var result: Result
  /// Why candidates were not taken, one each, in order of preference; also those before an added.
  package var refusals: [DynamicEvents.Refusal] = []

  /// Whether the event can be recorded.
  package var isUsable: Bool { result != .refused }

  /// Whether it was added now.
  package var isAdded: Bool { if case .added = result { true } else { false } }
}

/// What became of probes that were to be removed.
package struct ProbeRemoval: Hashable, Sendable {
  /// Those that are gone.
  package var removed: [EventName] = []
  /// Those that somebody still uses.
  package var kept: [DynamicEvents.Refusal] = []
}

/// Adds and removes probes, and knows whose they are.
package struct Prober: Sendable {
  let tracefs: Tracefs
  let ownership: Ownership
  private var events: DynamicEvents { DynamicEvents(tracefs) }

  package init(_ tracefs: Tracefs, ownership: Ownership = .pmtrace) {
    self.tracefs = tracefs
    self.ownership = ownership
  }

  /// Adds the probes that are not there yet, marked as `owner`'s.
  ///
  /// - Returns: what became of each, in the same order.
  /// - Throws: `ControlError` where probes cannot be used at all; nothing is left behind then.
  package func install(
    _ probes: [WantedProbe], as owner: Ownership.Owner
  ) throws(ControlError) -> [ProbeOutcome] {
    try tracefs.requireProbes()
    let lock = try ControlLock.take(tracefs)
    return try install(probes, as: owner, holding: lock)
  }

  /// Tries the probes and removes again what was added.
  ///
  /// - Returns: what became of each, in the same order.
  /// - Throws: `ControlError` where probes cannot be used at all; nothing is left behind then.
  package func check(_ probes: [WantedProbe]) throws(ControlError) -> [ProbeOutcome] {
    try tracefs.requireProbes()
    let lock = try ControlLock.take(tracefs)
    let outcomes = try install(probes, as: .run, holding: lock)
    _ = try withdraw(outcomes, holding: lock)
    return outcomes
  }

  /// Removes the probes that `probes install` added, with their stack triggers, and what killed runs
  /// have left behind.
  package func remove() throws(ControlError) -> StaleRuns.Report {
    try tracefs.requireProbes()
    let lock = try ControlLock.take(tracefs)
    var report = try StaleRuns(tracefs, ownership: ownership).clean(holding: lock)
    let installed = try owners().filter { $0.value == .installed }.keys.sorted()
    for name in installed { StackTrigger(name, tracefs).clear() }
    let removal = try remove(.installed, holding: lock)
    report.probes.removed = (report.probes.removed + removal.removed).sorted()
    report.probes.kept += removal.kept
    return report
  }

  /// Lets a stack trace follow each event, for whoever records it. Only those that
  /// `probes install` added: `remove` takes the triggers away again.
  package func setStackTriggers(_ events: [EventName]) throws(ControlError) {
    try tracefs.requireProbes()
    let lock = try ControlLock.take(tracefs)
    let owners = try owners()
    for name in events where owners[name] == .installed { try StackTrigger(name, tracefs).set() }
    _ = consume lock
  }
}

extension Prober {
  func install(
    _ probes: [WantedProbe], as owner: Ownership.Owner, holding lock: borrowing ControlLock
  ) throws(ControlError) -> [ProbeOutcome] {
    let present = try owners()
    let programs = Dictionary(
      grouping: try events.list().filter { $0.program != nil }, by: \.name)
    var outcomes: [ProbeOutcome] = []
    do {
      for probe in probes {
        if let (name, other) = Self.present(probe, among: present) {
          outcomes.append(Self.outcome(of: probe, name, other, programs[name] ?? []))
        } else {
          outcomes.append(try add(probe, as: owner))
        }
      }
    } catch {
      // What made it fail is what the caller needs to know.
      _ = try? withdraw(outcomes, holding: lock)
      throw error
    }
    return outcomes
  }

  /// What comes of a probe whose event is there already. One on another program's file is no use: it
  /// would record that program.
  private static func outcome(
    of probe: WantedProbe, _ name: EventName, _ owner: Ownership.Owner, _ events: [DynamicEvent]
  ) -> ProbeOutcome {
    let wanted = Set(probe.candidates.compactMap { DynamicEvent($0)?.program })
    let there = Set(events.compactMap(\.program))
    guard let other = there.first, !wanted.isEmpty, wanted.isDisjoint(with: there) else {
      return ProbeOutcome(name: name, result: .present(owner))
    }
    var outcome = ProbeOutcome(name: name, result: .refused)
    outcome.refusals.append(
      DynamicEvents.Refusal(
        definition: probe.candidates.first ?? "",
        reason: "an event of this name is on \(other) already", number: EEXIST))
    return outcome
  }

  /// The event that serves already, by the name of any candidate.
  private static func present(
    _ probe: WantedProbe, among owners: [EventName: Ownership.Owner]
  ) -> (EventName, Ownership.Owner)? {
    let names = [probe.name] + probe.candidates.compactMap { DynamicEvent($0)?.name }
    return names.lazy.compactMap { name in owners[name].map { (name, $0) } }.first
  }

  private func add(
    _ probe: WantedProbe, as owner: Ownership.Owner
  ) throws(ControlError) -> ProbeOutcome {
    var outcome = ProbeOutcome(name: probe.name, result: .refused)
    for (index, candidate) in probe.candidates.enumerated() {
      guard let event = DynamicEvent(candidate) else {
        let reason = "it is no definition KIND:GROUP/EVENT PLACE"
        outcome.refusals.append(.init(definition: candidate, reason: reason, number: 0))
        continue
      }
      if let refusal = try events.add(event.marked(ownership.marker(owner))) {
        outcome.refusals.append(refusal)
      } else {
        outcome.result = .added(candidate: index)
        outcome.name = event.name
        break
      }
    }
    return outcome
  }

  /// Removes what was added and nothing else; those that are in use are returned.
  func withdraw(
    _ outcomes: [ProbeOutcome], holding lock: borrowing ControlLock
  ) throws(ControlError) -> [DynamicEvents.Refusal] {
    var kept: [DynamicEvents.Refusal] = []
    for outcome in outcomes {
      guard case .added = outcome.result else { continue }
      if let refusal = try events.remove(outcome.name) { kept.append(refusal) }
    }
    return kept
  }

  /// Removes all probes of one owner, also those of other processes.
  func remove(
    _ owner: Ownership.Owner, holding lock: borrowing ControlLock
  ) throws(ControlError) -> ProbeRemoval {
    var removal = ProbeRemoval()
    for name in try owners().filter({ $0.value == owner }).keys.sorted() {
      if let refusal = try events.remove(name) {
        removal.kept.append(refusal)
      } else {
        removal.removed.append(name)
      }
    }
    return removal
  }

  /// Whose each event is. Several definitions may share a name: they are ours only if all are.
  func owners() throws(ControlError) -> [EventName: Ownership.Owner] {
    var owners: [EventName: Ownership.Owner] = [:]
    for event in try events.list() {
      let owner = ownership.owner(of: event.words)
      owners[event.name] = owners[event.name, default: owner] == owner ? owner : .foreign
    }
    return owners
  }
}
