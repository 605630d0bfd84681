/// What a run traces and how.
package struct TracingConfiguration: Sendable {
  /// The tracing directory; nil looks for it.
  package var directory: String?
  /// The probes to add for the run.
  package var probes: [WantedProbe] = []
  /// Further events, `SYSTEM:NAME`, each part a pattern of a shell.
  package var events: [String] = []
  /// Events that are recorded as well where the kernel has them.
  package var optionalEvents: [EventName] = []
  /// The probes that shall be followed by a stack trace; those that do not load are left out.
  package var stacks: [EventName] = []
  /// How the instance records.
  package var settings = InstanceSettings()
  /// Whose instances and probes these are.
  package var ownership = Ownership.pmtrace
  /// What the run asks and tells the kernel; tests have one of their own.
  package var kernel = KernelView()

  package init() {}
}

/// A run on the running kernel: its instance, its probes and what is enabled in it.
///
/// It does not record before `turnOn()`, and `finish()` leaves nothing behind. Use it from one thread.
package final class TracingSession {
  /// Where tracing is commanded, and what that can do.
  package let tracefs: Tracefs
  /// The run's ring buffers.
  package let instance: TraceInstance
  /// What became of each wanted probe, in the order of the configuration.
  package let probes: [ProbeOutcome]
  /// What is enabled, sorted.
  package let events: [EventName]
  /// What killed runs had left behind and is gone now.
  package let stale: StaleRuns.Report
  private let ownership: Ownership

  /// What `finish()` removed and could not remove.
  package struct End: Hashable, Sendable {
    /// The probes of runs.
    package var probes: ProbeRemoval
    /// How many other runs are live, for which the probes of runs stay.
    package var liveRuns: Int
  }

  private init(
    _ tracefs: Tracefs, _ instance: TraceInstance, _ probes: [ProbeOutcome], _ events: [EventName],
    _ stale: StaleRuns.Report, _ ownership: Ownership
  ) {
    self.tracefs = tracefs
    self.instance = instance
    self.probes = probes
    self.events = events
    self.stale = stale
    self.ownership = ownership
  }

  /// Cleans up after killed runs, then makes the instance, adds the probes and enables the events.
  ///
  /// - Throws: `ControlError`; all that was done before is undone then.
  package static func start(
    _ configuration: TracingConfiguration
  ) throws(ControlError) -> TracingSession {
    let tracefs = try Tracefs.locate(configuration.directory, kernel: configuration.kernel)
    try tracefs.requireInstances()
    if !configuration.probes.isEmpty { try tracefs.requireProbes() }
    let lock = try ControlLock.take(tracefs)
    let ownership = configuration.ownership
    let stale = try StaleRuns(tracefs, ownership: ownership).clean(holding: lock)
    let instance = try TraceInstance.create(in: tracefs, ownership: ownership, holding: lock)
    do throws(ControlError) {
      let prober = Prober(tracefs, ownership: ownership)
      let probes =
        configuration.probes.isEmpty
        ? [] : try prober.install(configuration.probes, as: .run, holding: lock)
      let events = try prepare(instance, configuration, probes)
      return TracingSession(tracefs, instance, probes, events, stale, ownership)
    } catch {
      _ = try? undo(instance, tracefs, ownership, holding: lock)
      throw error
    }
  }

  private static func prepare(
    _ instance: TraceInstance, _ configuration: TracingConfiguration, _ probes: [ProbeOutcome]
  ) throws(ControlError) -> [EventName] {
    var events = Set(probes.filter(\.isUsable).map(\.name))
    for pattern in configuration.events { events.formUnion(try instance.events(matching: pattern)) }
    guard !events.isEmpty else { throw nothingToTrace(probes) }
    events.formUnion(configuration.optionalEvents.filter(instance.has))
    try instance.apply(configuration.settings)
    try instance.setStackTriggers(configuration.stacks.filter(events.contains).sorted())
    try instance.enable(events.sorted())
    return events.sorted()
  }

  private static func nothingToTrace(_ probes: [ProbeOutcome]) -> ControlError {
    let reason = probes.lazy.compactMap { $0.refusals.first?.reason }.first
    return ControlError(
      .refused,
      probes.isEmpty
        ? "no event is wanted"
        : "this kernel takes none of the \(probes.count) probes"
          + (reason.map { " (the first: \($0))" } ?? ""),
      advice: probes.isEmpty ? "name some" : "see: pmtrace probes check")
  }

  /// Lets the ring buffers take events, from now on.
  package func turnOn() throws(ControlError) { try instance.turnOn() }

  /// Stops recording; what is in the buffers can still be read.
  package func stop() throws(ControlError) { try instance.turnOff() }

  /// Removes the instance, and the probes of runs where no other run is live.
  ///
  /// - Throws: `ControlError` where something stays behind.
  @discardableResult
  package func finish() throws(ControlError) -> End {
    let lock = try ControlLock.take(tracefs)
    return try Self.undo(instance, tracefs, ownership, holding: lock)
  }

  /// The instance goes first: an event that it has enabled could not be removed.
  private static func undo(
    _ instance: TraceInstance, _ tracefs: Tracefs, _ ownership: Ownership,
    holding lock: borrowing ControlLock
  ) throws(ControlError) -> End {
    try instance.destroy()
    let stale = try StaleRuns(tracefs, ownership: ownership).clean(holding: lock)
    return End(probes: stale.probes, liveRuns: stale.liveRuns)
  }
}
