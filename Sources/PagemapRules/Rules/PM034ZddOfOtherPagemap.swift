import PagemapEvents
import PagemapModel
import TraceWords

/// A page whose owner structure is another device's.
struct ZddOfOtherPagemap: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(34), slug: "zdd-of-other-pagemap", title: "folio's zdd belongs to another pagemap",
    severity: .error, category: .lifecycle,
    needs: [[.folioFree], [.migrateToDevmem], [.pagemapInit]],
    kernels: "7.0 and later",
    invariant: "a folio's zone_device_data is a zdd of the pagemap that the folio's memory "
      + "belongs to",
    kernelFunction: "drm_pagemap_get_devmem_page (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R33"],
    why: "migrations ask the wrong device for the page's content",
    looksLike: "drm_pagemap_folio_free whose folio->pgmap is not that of its zdd's pagemap",
    lookAlikes: [
      "two tiles of one device have a pagemap each"
    ],
    history: [
      HistoricalFix(
        "12b2285bf3d1", "mm/zone_device: reinitialize large zone device private folios")
    ])

  static let breaches: [Breach.Kind] = [.zddOfOtherPagemap]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "folio's zdd belongs to another pagemap",
      remark: "folio and zdd disagree",
      explanation: [
        "the zdd's allocation is one of another pagemap than the folio's memory"
      ],
      advice: "look at where the folio is initialised: pgmap and zone_device_data are set together")
  }
}
