import PagemapEvents
import PagemapModel
import TraceWords

/// A use of a cache that its lock does not guard.
struct LookupLock: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(22), slug: "lookup-lock", title: "cache looked up without its lock",
    severity: .error, category: .protocol,
    needs: [
      [.getFromCache, .cacheSetPagemap], [.cacheLockLookup], [.cacheLockLookupReturn],
      [.cacheUnlockLookup],
    ],
    kernels: "7.0 and later",
    invariant: "a lookup, and the store of what it creates, happen between "
      + "drm_pagemap_cache_lock_lookup and drm_pagemap_cache_unlock_lookup of one task",
    kernelFunction: "drm_pagemap_cache_lock_lookup, drm_pagemap_get_from_cache "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R11", "R64"],
    why: "two lookups at a time create two pagemaps for one region of memory; a lock that is "
      + "kept stops every later lookup",
    looksLike: "drm_pagemap_get_from_cache or drm_pagemap_cache_set_pagemap by a task that "
      + "has not locked, or a task that goes on to migrate with the lock, and unlocks later or "
      + "lets others wait",
    lookAlikes: [
      "drm_pagemap_get_from_cache_if_active needs no lock",
      "drm_pagemap_cache_lock_lookup that returns -EINTR gives none",
      "a task that migrates while another one has the lock",
    ])

  static let breaches: [Breach.Kind] = [.lookupWithoutLock, .lookupLockKept]

  /// A lock that is never given back shows in what did not happen by the end.
  func finish(_ context: RuleContext) {
    guard let end = context.end, end.time >= context.thresholds.quietTime else { return }
    let waiting = end.time - context.thresholds.quietTime
    for var breach in context.world.keptLocks(waitingSince: waiting)
    where context.isQuiet(since: breach.note.time, now: end.time) {
      if !context.isProvenAbsent(since: breach.provedSince) { breach.isAmbiguous = true }
      Self.report(breach, context)
    }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title:
        "\(breach.kind == .lookupLockKept ? "cache's lookup lock kept" : "cache looked up without its lock")",
      remark: breach.kind == .lookupLockKept
        ? "the task migrates with the lock" : "the lock is not its own",
      explanation: [
        breach.kind == .lookupLockKept
          ? "the lock was given at \(time: breach.earlier[0].note.time), and not given back when the task "
            + "began to migrate"
          : "the task did not lock the cache, whose lock was free at \(since(breach))"
      ],
      advice: "every path between lock and unlock must unlock once, the error paths too")
  }
}
