import PagemapEvents
import PagemapModel
import TraceWords

/// A timeslice that did not hold.
struct MovedInTimeslice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(47), slug: "moved-in-timeslice",
    title: "CPU fault moved pages within their timeslice",
    severity: .warning, category: .protocol,
    needs: [
      [.migrateToRam], [.migrateToDevmem], [.migrateToDevmemReturn],
      [.migrateMapSystemPages, .copyToRam],
    ],
    kernels: "7.0 and later",
    invariant: "a CPU fault leaves pages on the device until their timeslice is over",
    kernelFunction: "__drm_pagemap_migrate_to_ram (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R44"],
    why: "a CPU and a GPU that share atomics move the page back and forth and make no "
      + "progress",
    looksLike: "pages are mapped for the copy to system memory in a CPU fault, before the "
      + "time that the migration to the device granted",
    lookAlikes: [
      "faults that return 0 within the timeslice",
      "evictions may ignore it",
      "timeslices of 10 ms and less, and the second half of longer ones, which jiffies cannot tell",
    ],
    history: [
      HistoricalFix(
        "a5d8d3be1dea", "drm/xe: Timeslice GPU on atomic SVM fault")
    ])

  static let looks =
    Look.before([.copyToDevmem, .copyToRam, .xeSvmCopy, .migrateMapSystemPages]) {
      mirror, event, objections in
      if let breach = early(&mirror, event) { objections.report(breach) }
    }

  /// A CPU fault leaves pages where they are until their timeslice is over.
  private static func early(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard mirror.migrations.areAnyFaults,
      let step = MigrationStep(&mirror, event), step.call.kind == .migrateToRam,
      let allocation = mirror.allocations[step.call.object],
      allocation.serial == step.call.serial, let end = allocation.timeslice.noEarlier,
      event.timestamp < end, let bound = allocation.bound
    else { return nil }
    var breach = Breach(
      0, .allocation(allocation), .life(allocation.serial),
      note: EventNote(event, .npages, .direction), since: bound, "the timeslice begins")
    breach.device = mirror.device(of: allocation)
    breach.provedSince = min(breach.provedSince, allocation.created.time)
    breach.earlier.append((step.call.note, "the CPU fault"))
    breach.expected = Int64(clamping: end)
    return breach
  }

  func observe(_ observation: Observation, _ context: RuleContext) {
    guard context.stampsAreTime, case .breach(let breach) = observation,
      breach.rule == Self.metadata.id.number
    else { return }
    Self.report(breach, context)
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "CPU fault moved pages within their timeslice",
      remark: "pages are on their way to system memory",
      explanation: [
        "the timeslice holds until \(time: UInt64(clamping: breach.expected))"
      ],
      advice: "check timeslice_expiration: it is set once the copy to the device succeeded")
  }
}
