import PagemapEvents
import PagemapModel
import TraceWords

/// The list of unused pagemaps and what is told of it.
struct ShrinkerList: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(23), slug: "shrinker-list", title: "shrinker's list and its count disagree",
    severity: .error, category: .lifecycle,
    needs: [
      [.shrinkerAdd], [.shrinkerScan], [.shrinkerCancel], [.shrinkerCancelReturn],
      [.cacheFini, .drmDevUnplug],
    ],
    kernels: "7.0 and later",
    invariant: "a pagemap is on the shrinker's list once, from its release to its revival or "
      + "end, and the count is the list's length",
    kernelFunction: "drm_pagemap_shrinker_add, drm_pagemap_shrinker_count "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R14"],
    why: "a count that is too low hides memory from reclaim; a negative one makes reclaim "
      + "scan for ever; a double insertion corrupts the list",
    looksLike: "num_dpagemaps below zero, drm_pagemap_shrinker_add of a listed pagemap, or "
      + "drm_pagemap_shrinker_count that misses one which is listed for long",
    lookAlikes: [
      "SHRINK_EMPTY (-2) when the list is empty",
      "counts taken while a lookup or a scan changes the list",
      "num_dpagemaps that drm_pagemap_shrinker_add samples behind the device's end, in freed memory",
    ])

  static let breaches: [Breach.Kind] = [.shrinkerList]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "shrinker's list and its count disagree",
      remark: "the list as it is told",
      explanation: [
        breach.expected > 0
          ? "\(breach.expected) pagemaps are on the list for long, the count is \(breach.found)"
          : breach.found < 0
            ? "the count is \(breach.found)" : "it is on the list since \(since(breach))"
      ],
      advice:
        "look at the places that change num_dpagemaps: add, cancel, scan, each once under the lock")
  }
}
