import PagemapEvents
import PagemapModel
import TraceWords

/// A lookup that returns what it has no reference of.
struct CacheGaveDead: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(24), slug: "cache-gave-dead",
    title: "cache handed out a pagemap without a reference",
    severity: .error, category: .lifecycle,
    needs: [[.getFromCacheReturn]],
    kernels: "7.0 and later",
    invariant: "drm_pagemap_get_from_cache returns a pagemap with a reference for the caller, "
      + "NULL or an error",
    kernelFunction: "drm_pagemap_get_from_cache (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R15"],
    why: "the caller works on a pagemap that the shrinker may free at any time, and its put "
      + "takes somebody else's reference",
    looksLike: "drm_pagemap_get_from_cache returns a pointer whose count is sampled as 0 or "
      + "less",
    lookAlikes: [
      "NULL, where none was cached",
      "-ERESTARTSYS from the wait for a pagemap that is being queued, or the error of a revival",
    ])

  static let looks = [
    Look.after(.getFromCacheReturn) { mirror, event, objections in
      guard event.result != nil, let ref = event.ref, ref < 1, let address = event.dpagemap,
        let pagemap = mirror.pagemaps[address]
      else { return }
      objections.report(
        Breach(
          of: pagemap, note: EventNote(event, .dpagemap, .ref, .cache),
          since: pagemap.fate.released, "its last reference goes"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "cache handed out a pagemap without a reference",
      remark: "returned without a reference",
      explanation: [
        "the lookup returned it, and its count is not positive"
      ],
      advice: "the lookup must revive it (drm_pagemap_reinit) or drop it from the slot")
  }
}
