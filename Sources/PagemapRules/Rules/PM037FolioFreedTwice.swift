import PagemapEvents
import PagemapModel
import TraceWords

/// A folio whose end came twice.
struct FolioFreedTwice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(37), slug: "folio-freed-twice", title: "device folio freed twice",
    severity: .error, category: .refcountUnderflow,
    needs: [[.folioFree], [.zoneDevicePageInit], [.folioSplit]],
    kernels: "7.0 and later",
    invariant: "a device folio is freed once in its life",
    kernelFunction: "free_zone_device_folio (mm/memremap.c), drm_pagemap_folio_free "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R32", "R34"],
    why: "the zdd loses a reference that is another folio's",
    looksLike: "drm_pagemap_folio_free twice for one folio, with no zone_device_page_init "
      + "between",
    lookAlikes: [
      "a large folio that was split is freed in parts: drm_pagemap_folio_split tells of each"
    ],
    history: [
      HistoricalFix(
        "85be0a262e39", "mm/zone_device: do not touch device folio after calling ->folio_free()")
    ])

  static let looks = [
    Look.before(.folioFree, folioIsLive: false) { mirror, event, objections in
      guard let page = event.folio,
        mirror.recording.suggests(.zoneDevicePageInit), let folio = mirror.folios[page],
        folio.allocation != 0
      else { return }
      objections.report(
        Breach(
          of: folio, at: page, &mirror, note: EventNote(event, .folio, .zdd, .zddRef),
          "its life began here, and ended since"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "device folio freed twice",
      remark: "freed once more",
      explanation: [
        "it was freed, and no zone_device_page_init gave it a new life"
      ],
      advice:
        "find the put too many: on an error path of a migration, or after a split that took no reference"
    )
  }
}
