import PagemapEvents
import PagemapModel
import TraceWords

/// Uninitialised memory in a process.
struct MovedAfterFailedCopy: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(44), slug: "moved-after-failed-copy",
    title: "pages moved although their copy failed",
    severity: .error, category: .protocol,
    needs: [
      [.copyToRamReturn, .copyToDevmemReturn, .xeSvmCopyReturn],
      [.migrateVmaPagesReturn, .migrateDevicePagesReturn],
    ],
    kernels: "7.0 and later",
    invariant: "when a copy fails, the destinations are dropped before the move, so that no "
      + "page moves",
    kernelFunction: "drm_pagemap_migrate_to_devmem, drm_pagemap_evict_to_ram "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R42b"],
    why: "a process gets a page that nobody filled: its data is lost, and another's may be in "
      + "it",
    looksLike: "the driver's copy returns an error, and the move that follows leaves pages "
      + "marked as moved",
    lookAlikes: [
      "a failed copy is followed by a move and a finalization that move nothing: they unlock "
        + "the pages"
    ],
    history: [
      HistoricalFix(
        "835745a377a4", "nouveau/dmem: Fix vulnerability in migrate_to_ram upon copy error")
    ])

  static let looks = Look.before([.migrateVmaPagesReturn, .migrateDevicePagesReturn]) {
    mirror, event, objections in
    guard let step = MigrationStep(&mirror, event), let failed = step.pass(&mirror)?.failedCopy,
      !event.arrays.lockedFrames.isEmpty
    else { return }
    let note = EventNote(event, .start, .npages)
    objections.report(step.breach(&mirror, note, since: failed, "the copy fails"))
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pages moved although their copy failed",
      remark: "pages have moved",
      explanation: [
        "the copy failed at \(since(breach)), and the move behind it took place all the same"
      ],
      advice:
        "the error path must clear the destination array before migrate_vma_pages or migrate_device_pages"
    )
  }
}
