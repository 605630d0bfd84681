import PagemapEvents
import PagemapModel
import TraceWords

/// A page that is given out twice.
struct InitWhileLive: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(36), slug: "init-while-live", title: "device page initialised while its folio lives",
    severity: .error, category: .lifecycle,
    needs: [[.zoneDevicePageInit], [.folioFree], [.migrateToDevmem]],
    kernels: "7.0 and later",
    invariant: "zone_device_page_init runs only on a page whose last folio was freed",
    kernelFunction: "zone_device_page_init (mm/memremap.c), drm_pagemap_folio_free "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R32"],
    why: "the count is set to 1 while somebody holds the page: two processes share memory, "
      + "and the first put frees it under the other",
    looksLike: "zone_device_page_init of a page twice, with no drm_pagemap_folio_free between",
    lookAlikes: [
      "a page is used again as soon as its folio was freed"
    ],
    history: [
      HistoricalFix(
        "", "drm/amdkfd: Fix svm_bo and vram page refcount"),
      HistoricalFix(
        "12b2285bf3d1", "mm/zone_device: reinitialize large zone device private folios"),
    ])

  static let looks = [
    Look.before(.zoneDevicePageInit, folioIsLive: true) { mirror, event, objections in
      guard let page = event.page, mirror.recording.suggests(.folioFree),
        let folio = mirror.folios[page], folio.allocation != 0
      else { return }
      objections.report(
        Breach(
          of: folio, at: page, &mirror, note: EventNote(event, .page, .pgmap, .order),
          "its life begins"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "device page initialised while its folio lives",
      remark: "initialised once more",
      explanation: [
        "its folio lives since \(since(breach)) and was not freed"
      ],
      advice:
        "the driver gave out memory that is in use: look at when the allocation's memory becomes free"
    )
  }
}
