import PagemapEvents
import PagemapModel
import TraceWords

/// A process that maps a page which nobody holds.
struct FaultOnFreePage: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(38), slug: "fault-on-free-page", title: "CPU fault on a device page that is free",
    severity: .error, category: .useAfterDestroy,
    needs: [[.migrateToRam], [.folioFree], [.zoneDevicePageInit]],
    kernels: "7.0 and later",
    invariant: "a device page that is mapped in a process has references",
    kernelFunction: "do_swap_page (mm/memory.c), drm_pagemap_migrate_to_ram "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R34"],
    why: "the process sees memory that was given to somebody else",
    looksLike: "drm_pagemap_migrate_to_ram of a page that drm_pagemap_folio_free had",
    lookAlikes: [
      "two faults on one page: the second waits, and finds it moved"
    ],
    history: [
      HistoricalFix(
        "16ce101db85d", "mm/memory.c: fix race when faulting a device private page")
    ])

  static let looks = [
    Look.before(.migrateToRam, folioIsLive: false) { mirror, event, objections in
      // A CPU fault holds a reference of its page: it cannot be free.
      guard let page = event.page, page != 0,
        mirror.recording.suggests(.zoneDevicePageInit), let folio = mirror.folios[page],
        folio.allocation != 0
      else { return }
      objections.report(
        Breach(
          of: folio, at: page, &mirror, note: EventNote(event, .page, .address, .zdd, .devmem),
          "its life began here, and ended since"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "CPU fault on a device page that is free",
      remark: "the page is free",
      explanation: [
        "its folio was freed, yet a process still maps it"
      ],
      advice: "a reference was dropped too often, or the page table entry was left behind")
  }
}
