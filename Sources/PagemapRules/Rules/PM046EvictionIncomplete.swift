import PagemapEvents
import PagemapModel
import TraceWords

/// An eviction whose result is wrong.
struct EvictionIncomplete: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(46), slug: "eviction-incomplete", title: "eviction said success and left pages",
    severity: .error, category: .evictionStuck,
    needs: [[.evictToRam], [.evictToRamReturn], [.zddDestroy]],
    kernels: "7.0 and later",
    invariant: "drm_pagemap_evict_to_ram returns 0 only when the allocation is detached, "
      + "after three attempts at most",
    kernelFunction: "drm_pagemap_evict_to_ram (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R49"],
    why: "the driver gives the memory to somebody else while pages in it are mapped",
    looksLike: "drm_pagemap_evict_to_ram returns 0 with detached not done while the zdd "
      + "lives, or begins a fourth attempt",
    lookAlikes: [
      "a CPU fault or the process's exit finishes the allocation: then the eviction returns 0 "
        + "and has copied nothing"
    ])

  static let breaches: [Breach.Kind] = [.evictionIncomplete]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title:
        "eviction \(breach.found > 3 ? "tried more often than it may" : "said success and left pages")",
      remark: breach.found > 3 ? "collects once more" : "returns",
      explanation: [
        breach.found > 3
          ? "it collected pages \(breach.found) times, three are allowed"
          : "it returns 0, but detached is not done and the zdd lives"
      ],
      advice:
        "look at the loop in drm_pagemap_evict_to_ram: the result is completion_done of detached")
  }
}
