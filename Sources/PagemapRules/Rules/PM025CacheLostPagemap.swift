import PagemapEvents
import PagemapModel
import TraceWords

/// A slot that was emptied although its pagemap is in use.
struct CacheLostPagemap: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(25), slug: "cache-lost-pagemap", title: "cache's slot lost a pagemap in use",
    severity: .error, category: .lifecycle,
    needs: [
      [.getFromCache], [.cacheSetPagemap], [.pagemapRelease], [.cacheFini, .cacheCreateReturn],
    ],
    kernels: "7.0 and later",
    invariant: "a pagemap stays in its cache's slot as long as it has references; only a "
      + "lookup or the shrinker takes an unused one out",
    kernelFunction: "drm_pagemap_shrinker_scan, drm_pagemap_get_from_cache "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R13", "R16"],
    why: "allocations for this memory silently go to system memory, and the next VM creates a "
      + "second pagemap for it",
    looksLike: "drm_pagemap_get_from_cache finds an empty slot, while the pagemap that was "
      + "stored in it has references and was not released",
    lookAlikes: [
      "a lookup that could not cancel an unused pagemap empties the slot and makes a new one",
      "a device that is bound again begins with an empty slot, while a foreign VM still holds the "
        + "old pagemap",
    ])

  static let looks = [
    Look.before(.getFromCache) { mirror, event, objections in
      if let breach = lostSlot(&mirror, event) {
        objections.reportUnlessCreated(breach, by: TaskKey(event))
      }
    }
  ]

  /// The lookup finds the slot empty, while the pagemap that was stored in it has references.
  private static func lostSlot(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard event.dpagemap == 0, let address = event.cache, let cache = mirror.caches[address],
      let stored = cache.stored, let held = cache.pagemap, let pagemap = mirror.pagemaps[held],
      pagemap.serial == cache.pagemapSerial, pagemap.state == .active,
      let sample = pagemap.references.sample, sample.value > 0
    else { return nil }
    var breach = Breach(
      of: pagemap, note: EventNote(event, .cache, .dpagemap), since: stored,
      "it is in the cache's slot")
    breach.earlier.append((sample.note, "it has references"))
    return breach
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "cache's slot lost a pagemap in use",
      remark: "the slot is empty",
      explanation: [
        "it was put into the slot and has had references since; the lookup finds the slot empty"
      ],
      advice:
        "look at drm_pagemap_shrinker_scan: it must clear the slot only while the slot holds the pagemap it shrinks"
    )
  }
}
