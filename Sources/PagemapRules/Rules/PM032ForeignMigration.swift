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

  static let breaches: [Breach.Kind] = [.foreignMigration]

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
