import PagemapEvents
import PagemapModel
import TraceWords

/// DMA mappings that outlive their migration.
struct MappingKept: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(43), slug: "mapping-kept", title: "pages mapped for DMA and never unmapped",
    severity: .error, category: .dmaMapping,
    needs: [
      [.migrateMapSystemPages, .deviceMapReturn], [.migrateUnmapPages, .unmapArrays, .deviceUnmap],
      [.migrateToDevmemReturn, .migrateToRamReturn, .evictToRamReturn, .getPagesReturn],
    ],
    kernels: "7.0 and later",
    invariant: "what a migration maps for DMA it unmaps before it returns; a drm_gpusvm_get_pages "
      + "that fails leaves no device page mapped",
    kernelFunction: "drm_pagemap_migrate_map_system_pages, drm_pagemap_migrate_unmap_pages "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R39", "R59"],
    why: "the device can go on writing to pages that are free, and the space of DMA addresses "
      + "runs out",
    looksLike: "the function that migrates returns, and behind its last mapping no "
      + "drm_pagemap_migrate_unmap_pages ran; or drm_gpusvm_get_pages fails with more device pages "
      + "mapped than unmapped",
    lookAlikes: [
      "a mapping that fails half way is unmapped like one that succeeded"
    ],
    history: [
      HistoricalFix(
        "7f708f51e395",
        "drm/gpusvm: publish dpagemap early to avoid device mapping leak on "
          + "error (CVE-2026-68240)"),
      HistoricalFix("0bc7c196f3ab", "drm/gpusvm: free the whole IOVA reservation on unmap"),
      HistoricalFix(
        "caa1bc2a0a6c", "drm/nouveau/dmem: fix mismatched DMA unmap size for large folios"),
    ])

  static let looks: [Look] =
    Look.beforeReturnWithPages { step, mirror, event, objections in
      guard let mapped = step.pass(&mirror)?.mapped else { return }
      let note = EventNote(event, .devmem, .page, .result)
      var breach = step.breach(&mirror, note, since: mapped, "pages are mapped")
      // Where no unmap was ever seen, the compiler may have left no function to probe.
      if !mirror.recording.seesUnmap { breach.isAmbiguous = true }
      objections.report(breach)
    }
    + Look.before([.getPagesReturn]) { mirror, event, objections in
      guard let pages = event.svmPages, event.result ?? 0 < 0, event.dpagemap ?? 0 == 0,
        let call = mirror.tasks.call(of: TaskKey(event), where: { $0.kind == .getPages }),
        call.mappings > 0
      else { return }
      var breach = Breach(
        0, .svmPages(pages), .event(event.sequence),
        note: EventNote(event, .svmPages, .dpagemap, .ref, .result), since: call.note,
        "the call begins")
      breach.found = call.mappings
      objections.report(breach)
    }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pages mapped for DMA and never unmapped",
      remark: "returns with pages mapped",
      explanation: [
        breach.found > 0
          ? "the call failed and left \(breach.found) device pages mapped for another device"
          : "the pages are mapped since \(since(breach)), and the call returns without unmapping them"
      ],
      advice: "look at the exits behind the mapping: each must pass drm_pagemap_migrate_unmap_pages"
    )
  }
}
