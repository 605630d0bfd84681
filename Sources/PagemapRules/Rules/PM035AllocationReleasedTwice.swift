import PagemapEvents
import PagemapModel
import TraceWords

/// An allocation that two paths give back.
struct AllocationReleasedTwice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(35), slug: "allocation-released-twice", title: "device allocation given back twice",
    severity: .error, category: .lifecycle,
    needs: [[.devmemRelease], [.devmemInit]],
    kernels: "7.0 and later",
    invariant: "the driver gets a device allocation back once: when its zdd ends, or when the "
      + "migration fails before there is one",
    kernelFunction: "drm_pagemap_zdd_destroy, drm_pagemap_migrate_to_devmem "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R29", "R30"],
    why: "the buffer object and its runtime power reference are put twice",
    looksLike: "the driver's devmem_release of an allocation that was given back and not "
      + "initialised since",
    lookAlikes: [
      "every try of a migration has an allocation of its own"
    ],
    history: [
      HistoricalFix("", "drm/xe/svm: Fix a potential bo UAF")
    ])

  static let looks = [
    Look.before(.devmemRelease) { mirror, event, objections in
      // Two probes of one function are told apart by nothing but their time.
      guard let address = event.devmem, address != 0,
        let end = mirror.allocations.end(of: address), !end.note.isTwin(of: event)
      else { return }
      objections.report(
        Breach(
          0, ObjectReference(kind: .deviceAllocation, address: address, epoch: end.epoch),
          .life(end.serial), note: EventNote(event, .devmem, .done), since: end.note,
          "the driver has it back"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "device allocation given back twice",
      remark: "given back once more",
      explanation: [
        "the driver got it back at \(since(breach)), and no drm_pagemap_devmem_init followed"
      ],
      advice:
        "drm_pagemap_migrate_to_devmem consumes the allocation on success and on failure: the caller must not release it"
    )
  }
}
