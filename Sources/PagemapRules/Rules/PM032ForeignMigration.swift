import PagemapEvents
import PagemapModel
import TraceWords

/// A move between devices that do not reach each other.
struct ForeignMigration: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(32), slug: "foreign-migration",
    title: "pages moved between devices without an interconnect",
    severity: .error, category: .protocol,
    needs: [[.migrateRange], [.acquireOwnerReturn], [.migrateToDevmem]],
    kernels: "7.0 and later",
    invariant: "a migration takes pages from another device's memory only within one owner "
      + "group",
    kernelFunction: "drm_pagemap_migrate_to_devmem, drm_pagemap_migrate_range "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R26"],
    why: "the device reads memory that it cannot reach: lost data, or a bus error",
    looksLike: "drm_pagemap_migrate_range with a source pagemap whose owner is not the "
      + "destination's",
    lookAlikes: [
      "pages of a device without an interconnect go to system memory first, and from there to "
        + "the other device"
    ],
    history: [
      HistoricalFix("8a295dbbaf72", "mm/hmm: fault non-owner device private entries")
    ])

  static let looks = [
    Look.before(.migrateRange) { mirror, event, objections in
      if let breach = foreignSource(&mirror, event) { objections.report(breach) }
    }
  ]

  /// `drm_pagemap_migrate_range` moves pages of another device only within one owner group.
  private static func foreignSource(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard let source = event[.sourcePagemap], source != 0,
      let allocation = mirror.allocations[event.devmem ?? 0], let target = allocation.pagemap,
      source != target, let foreign = mirror.pagemaps[source], let from = foreign.home.owner,
      let own = mirror.pagemaps[target], let owner = own.home.owner, from != owner
    else { return nil }
    var breach = Breach(
      0, .allocation(allocation), .life(allocation.serial),
      note: EventNote(event, .devmem, .sourcePagemap), since: foreign.created,
      "the source's pagemap")
    breach.device = foreign.home.device
    breach.provedSince = min(foreign.created.time, allocation.created.time, own.created.time)
    breach.isAmbiguous = foreign.isAdopted || own.isAdopted
    return breach
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pages moved between devices without an interconnect",
      remark: "pages of another group",
      explanation: [
        "source and destination are in different owner groups"
      ],
      advice: "check the owner that migrate_vma_setup selects pages by")
  }
}
