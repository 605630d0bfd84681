import PagemapEvents
import PagemapModel
import TraceWords

/// A shrinker that ends before its pagemaps.
struct ShrinkerNotEmpty: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(28), slug: "shrinker-not-empty", title: "shrinker ends with pagemaps on its list",
    severity: .error, category: .lifecycle,
    needs: [[.shrinkerFini]],
    kernels: "7.0 and later",
    invariant: "the shrinker's list is empty when drm_pagemap_shrinker_fini runs: every cache "
      + "ended before",
    kernelFunction: "drm_pagemap_shrinker_fini (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R18", "R19", "R53"],
    why: "the pagemaps on the list, their struct pages and their owner are lost, and they "
      + "point to freed memory",
    looksLike: "drm_pagemap_shrinker_fini with num_dpagemaps other than 0",
    lookAlikes: [
      "pagemaps that foreign VMs hold are not on the list: they are destroyed at their last "
        + "put"
    ])

  static let breaches: [Breach.Kind] = [.shrinkerNotEmpty]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "shrinker ends with pagemaps on its list",
      remark: "num_dpagemaps is not 0",
      explanation: [
        "\(breach.found) pagemaps are on the list when the shrinker's memory goes"
      ],
      advice: "devres must free the caches before the shrinker: create the shrinker first")
  }
}
