import PagemapEvents
import PagemapModel
import TraceWords

/// A folio that goes while it is locked or faulted on.
struct FolioFreedInUse: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(39), slug: "folio-freed-in-use",
    title: "device folio freed while a task works on it",
    severity: .error, category: .useAfterDestroy,
    needs: [
      [.folioFree], [.zoneDevicePageInit], [.migrateToRam, .migrateDevicePfnsReturn],
      [.migrateToRamReturn, .migrateDeviceFinalize],
    ],
    kernels: "7.0 and later",
    invariant: "a CPU fault and a migration hold the folios they work on until they are done",
    kernelFunction: "do_swap_page (mm/memory.c), migrate_device_pfns (mm/migrate_device.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R34", "R78"],
    why: "the task goes on with memory that is somebody else's, or with a pagemap that is "
      + "gone",
    looksLike: "drm_pagemap_folio_free of the faulting page between entry and return of "
      + "drm_pagemap_migrate_to_ram, or of a page that is locked between migrate_device_pfns and "
      + "migrate_device_finalize",
    lookAlikes: [
      "other pages of the allocation are freed within the fault that moves them",
      "the faulting page itself is freed when the fault has returned",
    ],
    history: [
      HistoricalFix(
        "16ce101db85d", "mm/memory.c: fix race when faulting a device private page"),
      HistoricalFix(
        "5a14198ec63c", "mm/migrate_device: document folio_get requirement before frozen PMD split"),
    ])

  static let looks = [
    Look.before(.folioFree, folioIsLive: true) { mirror, event, objections in
      guard
        mirror.migrations.areAnyFaults || mirror.recording.locksFrames,
        let page = event.folio, page != 0
      else { return }
      checkFault(page, &mirror, event, &objections)
      checkLocks(page, &mirror, event, &objections)
    }
  ]

  /// A CPU fault that has not returned holds a reference of its page.
  private static func checkFault(
    _ page: UInt64, _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent,
    _ objections: inout Objections
  ) {
    let end = page &+ (64 << min(event.order ?? 0, 20))
    guard let call = mirror.migrations.fault(on: page, to: end),
      !mirror.recording.isComplete || mirror.recording.proves(.migrateToRamReturn),
      let folio = mirror.folios[page]
    else { return }
    objections.report(
      Breach(
        of: folio, at: page, &mirror, note: EventNote(event, .folio, .zdd, .zddRef),
        "its life begins", during: call), onceReturned: call)
  }

  /// A migration that has locked a page holds a reference of it.
  private static func checkLocks(
    _ page: UInt64, _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent,
    _ objections: inout Objections
  ) {
    guard mirror.recording.locksFrames, let vmemmap = mirror.recording.vmemmap.value,
      page >= vmemmap
    else { return }
    for since in mirror.migrations.locks(of: (page - vmemmap) / 64) {
      // What was locked in an earlier life of the page was freed behind a gap.
      guard let folio = mirror.folios[page], since.time >= folio.time else { continue }
      objections.report(
        Breach(
          of: folio, at: page, &mirror, note: EventNote(event, .folio, .zdd, .zddRef),
          "its life begins", during: since))
    }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "device folio freed while a task works on it",
      remark: "freed",
      explanation: [
        "the call that works on it has not returned: its reference was taken away"
      ],
      advice: "somebody dropped a reference that the fault or the migration holds")
  }
}
