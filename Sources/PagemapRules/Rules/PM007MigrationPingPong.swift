import PagemapEvents
import PagemapModel
import TraceWords

/// A range that the device and the CPU take from each other again and again.
///
/// A round trip is a migration to the device and the CPU fault that takes the range back. It counts
/// where no timeslice held the range and it stayed shorter than twice the time its own migration
/// took: the move cost more than it gave. Only an unbroken run of such trips is thrash.
struct MigrationPingPong: Rule {
  static let interests: ObservationSet = [.cpuFaults, .migrations]
  static let metadata = RuleMetadata(
    id: RuleID(7), slug: "migration-ping-pong", title: "migration ping-pong", severity: .warning,
    category: .thrash, needs: [[.migrateToDevmem], [.migrateToDevmemReturn], [.migrateToRam]],
    kernels: "7.0 and later",
    invariant: "a range that moved to the device stays long enough to be worth the move, by a "
      + "timeslice or by the access pattern",
    kernelFunction: "drm_pagemap_migrate_to_devmem, drm_pagemap_migrate_to_ram "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R52"],
    why: "the processes make no progress: all time goes into moving pages",
    looksLike: "at least eight round trips of one range between device and system memory by "
      + "CPU faults, without a timeslice, each stay shorter than twice its own migration",
    lookAlikes: [
      "a timeslice holds the pages: then faults wait",
      "workloads that use a range by turns, slowly",
    ],
    history: [
      HistoricalFix(
        "a5d8d3be1dea", "drm/xe: Timeslice GPU on atomic SVM fault"),
      HistoricalFix(
        "1afaeb8293c9", "mm/migrate: Trylock device page in do_swap_page"),
    ])

  private struct RangeKey: Hashable {
    var mm: UInt64
    var start: UInt64
  }

  /// A trip of a range to the device and back.
  private struct Trip {
    var migration: EventNote
    var fault: EventNote
  }

  private struct Trips {
    var count: UInt64
    var first: Trip
    var last: Trip
  }

  /// How a range came to the device.
  private struct Stay {
    var entry: EventNote
    var began: UInt64
    var duration: UInt64
    var timesliceMs: UInt64
    var end: UInt64
    var device: UInt64?

    init(_ call: MigrationCall) {
      entry = call.entry
      began = call.returned.time
      duration = call.duration
      timesliceMs = call.timesliceMs
      end = call.end
      device = call.device
    }
  }

  private struct Run {
    var stay: Stay
    var isOnDevice = true
    /// The trips in a row up to now; most ranges make none.
    @Rare var trips: Trips?
    /// The most in a row that were enough for a finding.
    @Rare var longest: Trips?
    var lastUse: UInt64
  }

  private var runs: [RangeKey: Run] = [:]
  private static let limit = 4096

  mutating func observe(_ observation: Observation, _ context: RuleContext) {
    switch observation {
    case .migrationReturned(let call) where call.result == 0 && !call.zddEnded: arrived(call)
    case .cpuFault(let fault): left(fault, context.thresholds)
    default: break
    }
  }

  private mutating func arrived(_ call: MigrationCall) {
    let key = RangeKey(mm: call.mm, start: call.start)
    guard var run = runs[key] else {
      makeRoom()
      runs[key] = Run(stay: Stay(call), lastUse: call.returned.sequence)
      return
    }
    // Still on the device: it left some other way than by a CPU fault, so the run is broken.
    if run.isOnDevice { run.trips = nil }
    run.stay = Stay(call)
    run.isOnDevice = true
    run.lastUse = call.returned.sequence
    runs[key] = run
  }

  private mutating func left(_ fault: CPUFault, _ thresholds: Thresholds) {
    guard let start = fault.rangeStart, let mm = fault.rangeMM,
      var run = runs[RangeKey(mm: mm, start: start)], run.isOnDevice, !fault.isInTimeslice
    else { return }
    run.isOnDevice = false
    let stay = fault.note.time >= run.stay.began ? fault.note.time - run.stay.began : 0
    let (tooShort, overflow) = run.stay.duration.multipliedReportingOverflow(
      by: thresholds.thrashResidencyFactor)
    if run.stay.timesliceMs == 0, overflow || stay < tooShort {
      let trip = Trip(migration: run.stay.entry, fault: fault.note)
      var trips = run.trips ?? Trips(count: 0, first: trip, last: trip)
      trips.count += 1
      trips.last = trip
      run.trips = trips
      if trips.count >= thresholds.thrashTrips, trips.count > run.longest?.count ?? 0 {
        run.longest = trips
      }
    } else {
      run.trips = nil
    }
    runs[RangeKey(mm: mm, start: start)] = run
  }

  /// Forgets the ranges that were quiet longest, but none that already thrashed.
  private mutating func makeRoom() {
    guard runs.count >= Self.limit else { return }
    let uses = runs.values.map(\.lastUse).sorted()
    let median = uses[uses.count / 2]
    runs = runs.filter { $0.value.longest != nil || $0.value.lastUse > median }
    if runs.count >= Self.limit { runs.removeAll(keepingCapacity: true) }
  }

  func finish(_ context: RuleContext) {
    let found = runs.filter { $0.value.longest != nil }
      .sorted {
        ($0.value.longest?.first.migration.sequence ?? 0)
          < ($1.value.longest?.first.migration.sequence ?? 0)
      }
    for (key, run) in found {
      guard let best = run.longest else { continue }
      report(key, run, best, context)
    }
  }

  private func report(_ key: RangeKey, _ run: Run, _ best: Trips, _ context: RuleContext) {
    var object = ObjectReference(
      kind: .range, address: key.start, epoch: 1, device: context.name(run.stay.device))
    object.end = run.stay.end
    object.mm = key.mm
    let span = best.last.fault.time &- best.first.migration.time
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category, severity: .warning,
        isCertain: context.isIntact(from: best.first.migration.time, to: best.last.fault.time),
        title: "\(best.count) round trips of one range between device and CPU", object: object,
        firstSeen: best.first.migration.moment,
        explanation: [
          "\(best.count) times in a row, within \(duration: span), the range moved to the device "
            + "and a CPU fault took it back sooner than twice the time the move had taken; no "
            + "timeslice held it"
        ],
        evidence: ordered([
          best.first.migration.evidence("the first trip begins"),
          best.first.fault.evidence("and ends"),
          best.last.migration.evidence("the last trip begins"),
          best.last.fault.evidence("and ends"),
        ]),
        advice:
          "give the migration a timeslice, or set the preferred location of the range to where "
          + "it is used"),
      cause: .call(best.first.migration.sequence), provedSince: .max)
  }
}
