import PagemapEvents
import PagemapModel
import TraceWords

/// A zdd that ends before its folios.
struct ZddEndedEarly: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(33), slug: "zdd-ended-early", title: "zdd reference dropped twice",
    severity: .error, category: .refcountUnderflow,
    needs: [[.zddDestroy], [.folioFree], [.zoneDevicePageInit], [.migrateToDevmem]],
    kernels: "7.0 and later",
    invariant: "a zdd has one reference for each device folio and one for the migration that "
      + "fills it, and ends once with the last of them",
    kernelFunction: "drm_pagemap_zdd_destroy, drm_pagemap_folio_free "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R28", "R29"],
    why: "the allocation goes back to the driver while pages in it are mapped: their memory "
      + "is given to somebody else",
    looksLike: "drm_pagemap_zdd_destroy while folios of its allocation live, or "
      + "drm_pagemap_folio_free with a zdd that has ended",
    lookAlikes: [
      "addresses of zdds are reused within milliseconds: a migration to the device between "
        + "makes a new one"
    ],
    history: [
      HistoricalFix("", "drm/nouveau/dmem: fix callocated underflow on large folio split"),
      HistoricalFix("64ca4cdd1031", "drm/nouveau/dmem: pin VRAM for the whole registered range"),
    ])

  static let breaches: [Breach.Kind] = [.zddEndedWithFolios, .zddEndedTwice]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "zdd reference dropped twice",
      remark: "\(breach.kind == .zddEndedTwice ? "it ends once more" : "too early")",
      explanation: [
        breach.kind == .zddEndedTwice
          ? "it ended at \(since(breach)), and no migration made a new one since"
          : breach.found > 0
            ? "it ends while \(breach.found) folios of its allocation live"
            : "it ended at \(since(breach)), and a folio that is freed still names it"
      ],
      advice:
        "find the put too many: of a folio that was freed twice, a split that took no reference, or the migration's own"
    )
  }
}
