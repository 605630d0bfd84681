import PagemapEvents
import PagemapModel
import TraceWords

/// A cache whose memory is freed, and used.
struct CacheAfterFini: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(27), slug: "cache-after-fini", title: "cache used after its end",
    severity: .error, category: .useAfterDestroy,
    needs: [
      [.cacheFini], [.cacheCreateReturn],
      [.cacheLockLookup, .getFromCache, .getFromCacheIfActive, .cacheSetPagemap],
    ],
    kernels: "7.0 and later",
    invariant: "no function enters a cache once drm_pagemap_cache_fini ran",
    kernelFunction: "drm_pagemap_cache_fini (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R18"],
    why: "the cache's memory is freed: its lock and its slot are somebody else's",
    looksLike: "a cache function is entered with an address that drm_pagemap_cache_fini was "
      + "entered with, and no cache was created there since",
    lookAlikes: [
      "a device that is bound again creates a cache, perhaps at the same address",
      "drm_pagemap_cache_create_devm that fails ends the cache which it has just made",
    ])

  static let looks = [
    Look.before(.cacheLockLookup, entered),
    Look.before(.getFromCache, entered),
    Look.before(.getFromCacheIfActive, entered),
    Look.before(.cacheSetPagemap) { mirror, event, objections in
      if event.dpagemap ?? 0 != 0 { entered(&mirror, event, &objections) }
    },
    Look.before(.cacheFini, entered),
  ]

  /// No function enters a cache whose memory is freed.
  private static func entered(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent,
    _ objections: inout Objections
  ) {
    guard let address = event.cache, let end = mirror.caches.end(at: address),
      // A cache that is being made may be there already; its creation's return alone tells.
      !mirror.tasks.areAny(in: .cacheCreate)
    else { return }
    var breach = Breach(
      0, .cache(address), .life(end.serial), note: EventNote(event, .cache, .dpagemap),
      since: end.note, "the cache is freed")
    // A cache that could not be made ends at once, perhaps where an old one was.
    if event.kind == .cacheFini { breach.isAmbiguous = true }
    objections.report(breach)
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "cache used after its end",
      remark: "the cache is used",
      explanation: [
        "drm_pagemap_cache_fini freed it at \(since(breach))"
      ],
      advice: "lookups must be stopped by drm_dev_enter before devres frees the cache")
  }
}
