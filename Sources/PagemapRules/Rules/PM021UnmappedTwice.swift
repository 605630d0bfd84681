import PagemapEvents
import PagemapModel
import TraceWords

/// Device memory that two owners tear down.
struct UnmappedTwice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(21), slug: "unmapped-twice", title: "device memory unmapped twice",
    severity: .error, category: .lifecycle,
    needs: [[.memunmapPages], [.memunmapPagesReturn], [.memremapPages], [.pagemapInit]],
    kernels: "7.0 and later",
    invariant: "memunmap_pages runs once for each memremap_pages: by the driver while the "
      + "device is there, else by devres",
    kernelFunction: "xe_pagemap_destroy_work (drivers/gpu/drm/xe/xe_svm.c), memunmap_pages "
      + "(mm/memremap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R08"],
    why: "the second call works on a reference count that is dead and on memory that may be "
      + "another's",
    looksLike: "memunmap_pages of a dev_pagemap that was unmapped and not mapped again",
    lookAlikes: [
      "after an unplug devres unmaps what the driver left to it, once",
      "memremap_pages that fails calls memunmap_pages itself",
    ],
    history: [
      HistoricalFix(
        "197ae17722e9", "drm/amdkfd: fix svm_migrate_fini warning")
    ])

  static let looks = [
    Look.before(.memunmapPages) { mirror, event, objections in
      guard let pgmap = event.pgmap, mirror.devices.memory(at: pgmap) == nil,
        let end = mirror.devices.end(ofMemory: pgmap)
      else { return }
      // What is kept of the end of mapped memory names its pagemap.
      let pagemap = ObjectReference(kind: .pagemap, address: end.detail, epoch: end.epoch)
      objections.report(
        Breach(
          0, pagemap, .life(end.serial), note: EventNote(event, .pgmap), since: end.note,
          "it is unmapped"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "device memory unmapped twice",
      remark: "unmapped once more",
      explanation: [
        "it was unmapped at \(since(breach)), and no memremap_pages followed"
      ],
      advice: "check that the driver skips devm_memunmap_pages once drm_dev_enter fails")
  }
}
