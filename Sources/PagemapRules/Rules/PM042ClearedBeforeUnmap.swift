import PagemapEvents
import PagemapModel
import TraceWords

/// A failed migration that leaks its DMA mappings.
struct ClearedBeforeUnmap: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(42), slug: "cleared-before-unmap",
    title: "pages forgotten before they were unmapped for DMA",
    severity: .error, category: .dmaMapping,
    needs: [
      [.migrateMapSystemPages], [.migrateUnmapPages, .unmapArrays], [.migrationUnlockPutPages],
    ],
    kernels: "7.0 and later; mended in 7.2.9 and 7.3",
    invariant: "pages that were mapped for DMA are unmapped before the array that names them "
      + "is cleared",
    kernelFunction: "drm_pagemap_migrate_unmap_pages, drm_pagemap_migration_unlock_put_pages "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R39"],
    why: "every mapping of the failed migration is leaked, and the device can go on writing "
      + "to pages that are free",
    looksLike: "drm_pagemap_migration_unlock_put_pages before drm_pagemap_migrate_unmap_pages "
      + "in one pass to system memory",
    lookAlikes: [
      "in 7.2 a migration that succeeds unmaps behind its finalization: the array is still "
        + "whole then",
      "a migration to the device clears the array of device pages, which is another one",
    ],
    history: [
      HistoricalFix(
        "9e6372ec2a39",
        "drm/pagemap: dma-unmap pages before handling migration errors "
          + "(CVE-2026-93284)")
    ])

  static let looks = Look.before([.migrateUnmapPages, .unmapArrays]) { mirror, event, objections in
    guard let cleared = mirror.migrations.cleared(of: TaskKey(event)),
      let step = MigrationStep(&mirror, event)
    else { return }
    objections.report(
      step.breach(
        &mirror, EventNote(event, .npages, .direction), since: cleared,
        "the array that names the mapped pages is cleared"))
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pages forgotten before they were unmapped for DMA",
      remark: "finds no page to unmap",
      explanation: [
        "the pages were put and the array cleared at \(since(breach)); the unmap that follows finds none"
      ],
      advice: "the fix is in 7.2.9 and 7.3: unmap first, then unlock and put")
  }
}
