import PagemapEvents
import PagemapModel
import TraceWords

/// A mapping of memory that is gone.
struct PagesOfUnmapped: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(52), slug: "pages-of-unmapped", title: "pages of unmapped memory were mapped again",
    severity: .error, category: .protocol,
    needs: [
      [.rangeSetUnmapped, .rangeRemove], [.getPages], [.getPagesReturn, .rangeFindOrInsertReturn],
      [.freePages],
    ],
    kernels: "7.0 and later",
    invariant: "once drm_gpusvm_range_set_unmapped flagged its pages, drm_gpusvm_get_pages "
      + "fails on them, and pages of a removed range are not mapped",
    kernelFunction: "drm_gpusvm_range_set_unmapped, drm_gpusvm_get_pages "
      + "(drivers/gpu/drm/drm_gpusvm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R58", "R62"],
    why: "the GPU keeps access to memory that the process gave back",
    looksLike: "drm_gpusvm_get_pages begins behind the flag and returns 0, or maps the pages of a "
      + "range behind its drm_gpusvm_range_remove",
    lookAlikes: [
      "a call that began before the flag may still succeed"
    ],
    history: [
      HistoricalFix("", "drm/amdkfd: process exit and retry fault race")
    ])

  /// What is wrong.
  private enum Variant: Int { case unmapped, removed }

  static let looks = [
    Look.before(.getPagesReturn) { mirror, event, objections in
      guard event.result == 0, let pages = event.svmPages,
        let flagged = mirror.svms.pages(at: pages)?.flagged,
        let call = mirror.tasks.call(of: TaskKey(event), where: { $0.kind == .getPages }),
        flagged.time < call.note.time
      else { return }
      objections.report(
        Breach(
          Variant.unmapped.rawValue, .svmPages(pages), .event(event.sequence),
          note: EventNote(event, .svmPages, .dpagemap, .ref, .result), since: flagged,
          "its memory is unmapped"))
    },
    // Behind the step, which may have learned that the pages are another range's.
    Look.after(.getPages) { mirror, event, objections in
      guard let pages = event.svmPages, pages != 0,
        mirror.svms.lastRange(of: TaskKey(event)) != nil,
        let address = mirror.svms.pages(at: pages)?.range,
        let range = mirror.svms.range(at: address), range.state == .removed
      else { return }
      objections.report(
        Breach(
          Variant.removed.rawValue, .range(range, at: address, in: &mirror), .life(range.serial),
          note: EventNote(event, .svmPages, .gpusvm, .start), since: range.since,
          "the range is removed"))
    },
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    let isRemoved = breach.variant == Variant.removed.rawValue
    return BreachWords(
      title: isRemoved
        ? "pages of a removed range are mapped" : "pages of unmapped memory were mapped again",
      remark: isRemoved ? "maps its pages" : "succeeds",
      explanation: [
        isRemoved
          ? "the range was taken out of the tree at \(since(breach)): no notifier will unmap it"
          : "the memory was unmapped at \(since(breach)), before the call began"
      ],
      advice: isRemoved
        ? "look at the task that still uses the range: it must look it up again"
        : "the flag must be checked under the notifier lock before pages are mapped")
  }
}
