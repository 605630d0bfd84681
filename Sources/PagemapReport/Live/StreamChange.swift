package import PagemapModel

/// How much happened a second between two statuses of a stream.
package struct StreamRates: Hashable, Sendable {
  /// Records read a second.
  package var records: Double = 0
  /// Modelled events a second.
  package var events: Double = 0
  /// Migrations by direction; a direction without any so far is left out.
  package var migrations: [Direction] = []
  /// Evictions a second.
  package var evictions: Double = 0
  /// CPU faults a second.
  package var cpuFaults: Double = 0

  /// The migrations of one direction.
  package struct Direction: Hashable, Sendable {
    /// From where to where.
    package var direction: MigrationDirection
    /// Calls a second.
    package var calls: Double
    /// Bytes a second.
    package var bytes: Double
  }

  package init() {}

  /// The rates between two statuses; all 0 where no time lies between them.
  package init(from earlier: StreamStatus, to later: StreamStatus) {
    guard later.elapsed > earlier.elapsed else { return }
    let seconds = Double(later.elapsed - earlier.elapsed) / 1e9
    func rate(_ old: UInt64, _ new: UInt64) -> Double {
      new > old ? Double(new - old) / seconds : 0
    }
    let (old, new) = (earlier.overview, later.overview)
    records = rate(earlier.recordsRead, later.recordsRead)
    events = rate(old.events, new.events)
    evictions = rate(old.evictions.count, new.evictions.count)
    cpuFaults = rate(old.cpuFaults.count, new.cpuFaults.count)
    migrations = new.migrations.map { now in
      let then = old.migrations.first { $0.direction == now.direction }
      return Direction(
        direction: now.direction, calls: rate(then?.calls.count ?? 0, now.calls.count),
        bytes: rate(then?.bytes ?? 0, now.bytes))
    }
  }
}

/// What was lost between two statuses of a stream.
package struct StreamLoss: Hashable, Sendable {
  /// The time of the trace when it became known; nil before its first event.
  package var time: UInt64?
  /// The CPUs that lost events in between, each with what it lost in between.
  package var cpus: [CPULoss] = []
  /// Records that came too late in between.
  package var lateRecords: UInt64 = 0
  /// All that was lost since the stream began.
  package var totalEvents: UInt64 = 0
  /// Whether stamps are nanoseconds.
  package var isNanoseconds = true

  /// What was lost between two statuses; nil for `earlier` is the beginning. Answers nil where
  /// nothing was.
  package init?(from earlier: StreamStatus?, to later: StreamStatus) {
    time = later.overview.time
    isNanoseconds = later.isNanoseconds
    totalEvents = later.eventsLost
    lateRecords = Self.more(earlier?.lateRecords ?? 0, later.lateRecords)
    for now in later.cpus {
      let then = earlier?.cpus.first { $0.cpu == now.cpu } ?? CPULoss(cpu: now.cpu)
      var lost = CPULoss(cpu: now.cpu)
      lost.overrun = Self.more(then.overrun, now.overrun)
      lost.dropped = Self.more(then.dropped, now.dropped)
      lost.commitOverrun = Self.more(then.commitOverrun, now.commitOverrun)
      lost.missing = Self.more(then.missing, now.missing)
      lost.gapsOfUnknownSize = Self.more(then.gapsOfUnknownSize, now.gapsOfUnknownSize)
      if lost.isAny { cpus.append(lost) }
    }
    if cpus.isEmpty, lateRecords == 0 { return nil }
  }

  private static func more(_ old: UInt64, _ new: UInt64) -> UInt64 { new > old ? new - old : 0 }
}
