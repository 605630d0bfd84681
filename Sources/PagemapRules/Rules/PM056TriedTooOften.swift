import PagemapEvents
import PagemapModel
import TraceWords

/// A retry without a bound.
struct TriedTooOften: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(56), slug: "tried-too-often",
    title: "migration tried more often than the driver may",
    severity: .warning, category: .livelock,
    needs: [[.xeAllocVram], [.xeAllocVramReturn], [.populateMM]],
    kernels: "7.0 and later, Intel xe",
    invariant: "xe_svm_alloc_vram populates a range twice at most, the second time after one "
      + "eviction of it",
    kernelFunction: "xe_svm_alloc_vram (drivers/gpu/drm/xe/xe_svm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R51"],
    why: "devices that want the same range evict each other's pages and make no progress",
    looksLike: "a third drm_pagemap_populate_mm within one xe_svm_alloc_vram",
    lookAlikes: [
      "one retry after -EBUSY moves a range to system memory and back: expected"
    ],
    history: [
      HistoricalFix(
        "0620837490e0", "drm/xe/svm: Serialize migration to device if racing"),
      HistoricalFix(
        "136fb61ba857", "drm/xe: Return error on non-migratable faults requiring devmem"),
    ])

  /// `xe_svm_alloc_vram` populates twice at most: the second time after one eviction of the range.
  private static let tryLimit = 2

  static let looks = [
    Look.before(.populateMM) { mirror, event, objections in
      guard let pagemap = event.dpagemap, pagemap != 0,
        let call = mirror.tasks.call(of: TaskKey(event), where: { $0.kind == .xeAllocVram }),
        call.attempts >= tryLimit
      else { return }
      var breach = Breach(
        0, ObjectReference(kind: .svmRange, address: call.object, epoch: 1),
        .call(call.note.sequence), note: EventNote(event, .dpagemap, .start, .end),
        since: call.note, "the allocation begins")
      breach.found = Int64(call.attempts + 1)
      objections.report(breach)
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "migration tried more often than the driver may",
      remark: "once more",
      explanation: [
        "this is try \(breach.found) for one range in one call"
      ],
      advice: "look for another device or process that takes the range away each time")
  }
}
