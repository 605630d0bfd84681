import PagemapEvents
import PagemapModel
import TraceWords

/// A destroy that may sleep, called from reclaim or from a last put.
struct SleepingDestroy: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(18), slug: "sleeping-destroy",
    title: "destroy that may sleep in a place that must not",
    severity: .error, category: .protocol,
    needs: [[.pagemapDestroy], [.pagemapRelease], [.shrinkerCancel], [.shrinkerCancelReturn]],
    kernels: "7.0 and later",
    invariant: "drm_pagemap_destroy is told that it must not sleep, except by the cache's end "
      + "and after a failed revival",
    kernelFunction: "drm_pagemap_destroy (drivers/gpu/drm/drm_pagemap.c), "
      + "drm_pagemap_shrinker_scan (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R06b"],
    why: "unmapping device memory sleeps and takes locks; in reclaim, or where a page is "
      + "freed, that is a deadlock",
    looksLike: "drm_pagemap_destroy with is_atomic_or_reclaim false within "
      + "drm_pagemap_shrinker_scan or behind drm_pagemap_release",
    lookAlikes: [
      "drm_pagemap_cache_fini and a revival that fails destroy with false: they may sleep"
    ],
    history: [
      HistoricalFix(
        "", "drm/amdkfd: fix svm_bo release invalid wait context")
    ])

  static let looks = [
    Look.before(.pagemapDestroy) { mirror, event, objections in
      guard event.isAtomic == 0, let destroy = PagemapDestroy(&mirror, event),
        destroy.isShrinking || destroy.isReleasing
      else { return }
      objections.report(
        destroy.breach(since: destroy.pagemap.fate.released, "its last reference goes"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "destroy that may sleep in a place that must not",
      remark: "is_atomic_or_reclaim is false",
      explanation: [
        "it runs in the shrinker or behind the last put, which may hold locks or run in a softirq, and "
          + "tells the driver that it may sleep"
      ],
      advice: "pass true: the driver then leaves the work to a workqueue")
  }
}
