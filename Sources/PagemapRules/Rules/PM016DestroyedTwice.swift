import PagemapEvents
import PagemapModel
import TraceWords

/// A pagemap that was handed to the driver's destroy a second time.
struct DestroyedTwice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(16), slug: "destroyed-twice", title: "pagemap destroyed twice",
    severity: .error, category: .lifecycle,
    needs: [[.pagemapDestroy], [.pagemapInit]],
    kernels: "7.0 and later",
    invariant: "the driver's destroy gets a pagemap once",
    kernelFunction: "drm_pagemap_destroy (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R06", "R16"],
    why: "the second destroy works on freed memory: it unmaps another pagemap's pages or "
      + "corrupts the slab",
    looksLike: "drm_pagemap_destroy of an address that was destroyed, with no "
      + "drm_pagemap_init of it between",
    lookAlikes: [
      "an address that a new pagemap got begins with drm_pagemap_init"
    ])

  static let looks = [
    Look.before(.pagemapDestroy) { mirror, event, objections in
      guard let destroy = PagemapDestroy(&mirror, event), destroy.isRuledOut,
        destroy.pagemap.state == .destroyed
      else { return }
      objections.report(destroy.breach(since: destroy.pagemap.fate.destroyed, "destroyed"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pagemap destroyed twice",
      remark: "destroyed once more",
      explanation: [
        "it was destroyed at \(since(breach)), and no drm_pagemap_init gave the address a new life"
      ],
      advice:
        "find the two paths that destroy it: the shrinker, the cache's end, a release without a cache, a failed revival"
    )
  }
}
