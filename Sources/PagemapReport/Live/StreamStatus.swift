package import PagemapAnalysis
package import PagemapModel
package import PagemapRules
package import TraceIngest

/// What a stream knows at a moment: everything that a live view, a status line or the metrics show.
///
/// It is a value, made some times a second. Rates are the difference of two of them.
package struct StreamStatus: Sendable {
  /// Time since the stream began, in nanoseconds of the reader's own clock.
  package var elapsed: UInt64
  /// What the model knows.
  package var overview: LiveOverview
  /// Records that were read, of all events.
  package var recordsRead: UInt64 = 0
  /// What each CPU lost, lowest first.
  package var cpus: [CPULoss] = []
  /// Records that came too late for the reorder window, thus out of their order.
  package var lateRecords: UInt64 = 0
  /// How many findings there are.
  package var findings = FindingTally()
  /// Findings that were told, the newest first, as they stand; as many as a screen may show.
  package var recentFindings: [FindingNews] = []
  /// What became of the command that the stream was started for.
  package var command = CommandState.none
  /// How full the reader's window is, from 0 to 1.
  package var windowFill: Double = 0
  /// Whether stamps are nanoseconds.
  package var isNanoseconds = true

  package init(elapsed: UInt64, overview: LiveOverview) {
    self.elapsed = elapsed
    self.overview = overview
  }

  /// How far the command is that is traced.
  package enum CommandState: Hashable, Sendable {
    /// There is none.
    case none
    /// It runs, as this process.
    case running(pid: Int32)
    /// It ended with this exit code.
    case exited(code: Int32)
    /// A signal of this number ended it.
    case killed(signal: Int32)
  }
}

/// What one CPU lost, as far as it is known.
package struct CPULoss: Hashable, Sendable {
  /// The CPU's number, whose ring buffer it is.
  package var cpu: UInt32
  /// Events that were overwritten before they were read.
  package var overrun: UInt64 = 0
  /// Events that were refused because the buffer was full.
  package var dropped: UInt64 = 0
  /// Events that were lost because a commit was interrupted too deeply.
  package var commitOverrun: UInt64 = 0
  /// Events that are missing between records that were read, as far as the records count them.
  package var missing: UInt64 = 0
  /// Gaps between records that were read whose size is not told.
  package var gapsOfUnknownSize: UInt64 = 0

  package init(cpu: UInt32) { self.cpu = cpu }

  /// What the kernel's counters tell.
  package var counted: UInt64 { overrun &+ dropped &+ commitOverrun }
  /// Events lost: what the kernel counts, or what the records tell, whichever is more. Both are of
  /// the same events, and either may know it first.
  package var events: UInt64 { max(counted, missing) }
  /// Whether anything is known or suspected to be missing.
  package var isAny: Bool { events > 0 || gapsOfUnknownSize > 0 }
}

extension CPULoss {
  /// What the buffers of a trace lost, by CPU.
  package static func all(in ledger: TraceLedger) -> [CPULoss] {
    var losses: [UInt32: CPULoss] = [:]
    for known in ledger.cpus {
      var loss = losses[known.cpu] ?? CPULoss(cpu: known.cpu)
      loss.missing &+= known.eventsLost
      loss.gapsOfUnknownSize &+= known.gapsOfUnknownSize
      loss.overrun &+= known.statistics?.overrun ?? 0
      loss.dropped &+= known.statistics?.droppedEvents ?? 0
      loss.commitOverrun &+= known.statistics?.commitOverrun ?? 0
      losses[known.cpu] = loss
    }
    return losses.values.sorted { $0.cpu < $1.cpu }
  }
}

extension StreamStatus {
  /// Events lost on all CPUs.
  package var eventsLost: UInt64 { cpus.reduce(0) { $0 &+ $1.events } }
  /// Gaps of unknown size on all CPUs.
  package var gapsOfUnknownSize: UInt64 { cpus.reduce(0) { $0 &+ $1.gapsOfUnknownSize } }
  /// Whether evidence is missing.
  package var isIncomplete: Bool { lateRecords > 0 || cpus.contains(where: \.isAny) }

  /// The verdict if the stream ended now and nothing came of what is in doubt.
  package func verdictSoFar(failOn: Severity) -> Verdict {
    let fails = findings.standing.contains {
      $0.key.isCertain && $0.key.severity >= failOn && $0.value > 0
    }
    if fails { return .fail }
    return isIncomplete || overview.pagemapEvents == 0 ? .inconclusive : .pass
  }
}
