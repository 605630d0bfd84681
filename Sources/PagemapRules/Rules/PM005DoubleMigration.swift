import PagemapEvents
import PagemapModel
import TraceWords

/// A device page whose content was moved out twice in one life: the second copy is stale.
struct DoubleMigration: Rule {
  static let interests: ObservationSet = [.doubleMoves]
  static let metadata = RuleMetadata(
    id: RuleID(5), slug: "double-migration", title: "device page migrated twice",
    severity: .error, category: .doubleMigration,
    needs: [
      [.migrateVmaPagesReturn, .migrateDevicePagesReturn], [.folioFree], [.memremapPages],
      [.zoneDevicePageInit],
    ],
    kernels: "7.0 and later; kernels before 7.2.7 lack the flag that prevents it",
    invariant: "the content of a device folio is moved at most once between zone_device_page_init "
      + "and drm_pagemap_folio_free",
    kernelFunction: "drm_pagemap_retire_migrated_pages, drm_pagemap_skip_retired_pages "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R40"],
    why: "the second copy carries stale content: the process loses what it wrote in between",
    looksLike: "one page frame is moved, or copied to system memory, twice between "
      + "zone_device_page_init and drm_pagemap_folio_free",
    lookAlikes: [
      "xe's one retry moves a range to system memory and back: the folio has a new life each "
        + "time",
      "the three attempts of an eviction, each with the pages that the last one left",
      "an eviction that skips folios whose content a CPU fault moved",
    ],
    history: [
      HistoricalFix(
        "c4126f1db36e", "drm/pagemap: Prevent double migration of device pages")
    ])

  func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .movedTwice(let move) = observation else { return }
    let isCertain = context.isIntact(since: move.first.time)
    var object = ObjectReference(
      kind: .page, address: move.pfn << 12, epoch: 1, device: context.name(move.device))
    if let allocation = move.allocation, let start = allocation.origin.start {
      object = ObjectReference(
        kind: .range, address: start, epoch: 1, device: context.name(move.device))
      object.end = allocation.origin.end
      object.mm = allocation.origin.mm
    }
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category,
        severity: isCertain ? .error : .warning, isCertain: isCertain,
        title: "device page migrated twice", object: object, firstSeen: move.second.moment,
        explanation: [
          "page frame \(address: move.pfn) was moved at \(time: move.first.time) and again at "
            + "\(time: move.second.time) without drm_pagemap_folio_free between: the second move "
            + "copied content that was stale"
        ],
        evidence: ordered([
          move.first.evidence("the content moves"), move.second.evidence("it moves once more"),
        ]),
        advice: "check that the kernel has the MIGRATED flag of drm_pagemap_zdd (7.2.7, 7.3): a "
          + "folio whose content moved must be skipped while references keep it alive"),
      cause: move.allocation.map { .life($0.serial) } ?? .page(move.pfn, epoch: 0),
      provedSince: move.first.time)
  }
}
