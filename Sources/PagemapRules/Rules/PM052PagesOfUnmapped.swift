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

  static let breaches: [Breach.Kind] = [.pagesOfUnmapped, .pagesOfRemoved]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    let isRemoved = breach.kind == .pagesOfRemoved
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
