import PagemapEvents
import PagemapModel
import TraceWords

/// Migrations that had nothing to do, or that two tasks ran on the same pages at a time.
///
/// Both are legal: drm_pagemap notices that the pages are there already, and serialises what
/// races. They cost an allocation each, so they are counted, one finding per address space.
struct RedundantMigration: Rule {
  static let interests: ObservationSet = [.migrations]
  static let metadata = RuleMetadata(
    id: RuleID(6), slug: "redundant-migration", title: "redundant or overlapping migration",
    severity: .info, category: .doubleMigration,
    needs: [[.migrateToDevmem], [.migrateToDevmemReturn], [.zoneDevicePageInit]],
    kernels: "7.0 and later",
    invariant: "a range is migrated to a pagemap once, by one task, until its pages leave it",
    kernelFunction: "drm_pagemap_migrate_to_devmem (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R43"],
    why: "a copy of memory that is where it should be costs time and takes memory from others",
    looksLike: "two tasks migrate one range at a time, or a range is migrated again while its "
      + "pages are there",
    lookAlikes: [
      "drm_pagemap_populate_mm that finds the pages in place and returns 0 without a copy"
    ],
    history: [
      HistoricalFix(
        "0620837490e0", "drm/xe/svm: Serialize migration to device if racing")
    ])

  private struct Tally {
    var first: MigrationCall
    var count: UInt64 = 0
  }

  private var redundant: [UInt64: Tally] = [:]
  private var overlapping: [UInt64: Tally] = [:]
  private static let limit = 64

  mutating func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .migrationReturned(let call) = observation else { return }
    if call.result == 0, call.pagesAreKnown, call.pages == 0, call.zddEnded {
      Self.add(call, to: &redundant)
    }
    if call.overlapped { Self.add(call, to: &overlapping) }
  }

  private static func add(_ call: MigrationCall, to tallies: inout [UInt64: Tally]) {
    guard tallies[call.mm] != nil || tallies.count < limit else { return }
    tallies[call.mm, default: Tally(first: call)].count += 1
  }

  func finish(_ context: RuleContext) {
    for (tallies, what, why) in [
      (redundant, "redundant", "found all pages on the device already"),
      (overlapping, "overlapping", "ran while another task migrated the same pages"),
    ] {
      for tally in tallies.values.sorted(by: { $0.first.entry.sequence < $1.first.entry.sequence })
      {
        report(tally, what, why, context)
      }
    }
  }

  private func report(_ tally: Tally, _ what: String, _ why: String, _ context: RuleContext) {
    let call = tally.first
    var object = ObjectReference(
      kind: .range, address: call.start, epoch: 1, device: context.name(call.device))
    object.end = call.end
    object.mm = call.mm
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category, severity: .info,
        isCertain: context.isIntact(since: call.entry.time),
        title: "\(count: tally.count, "\(what) migration") in one address space", object: object,
        firstSeen: call.entry.moment,
        explanation: ["\(count: tally.count, "migration") \(why); the first one is shown"],
        evidence: [call.entry.evidence(), call.returned.evidence()],
        advice: "legal; look at the caller only if it is frequent"),
      cause: what == "redundant" ? .call(call.entry.sequence) : .event(call.returned.sequence),
      provedSince: call.entry.time)
  }
}
