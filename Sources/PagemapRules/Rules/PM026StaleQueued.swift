import PagemapEvents
import PagemapModel
import TraceWords

/// A completion that was left behind by an earlier life.
struct StaleQueued: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(26), slug: "stale-queued", title: "queued is complete while the pagemap is in use",
    severity: .warning, category: .lifecycle,
    needs: [[.getFromCache], [.getFromCacheReturn], [.cacheSetPagemap]],
    kernels: "7.0 and later",
    invariant: "the completion queued says that the slot's pagemap is on the shrinker's list; "
      + "storing a pagemap resets it",
    kernelFunction: "drm_pagemap_cache_set_pagemap, drm_pagemap_shrinker_add "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R17"],
    why: "the next lookup that meets the pagemap on its way to the list takes it for shrunk "
      + "and makes a second one",
    looksLike: "drm_pagemap_get_from_cache returns a pagemap that was in use all the time, "
      + "and queued was complete at its entry",
    lookAlikes: [
      "a cached pagemap has queued complete, until it is revived"
    ])

  static let looks = [
    Look.after(.getFromCacheReturn) { mirror, event, objections in
      guard event.result != nil, event.ref ?? 1 > 0, let address = event.dpagemap,
        let slot = mirror.tasks.lookup(of: TaskKey(event))?.slot,
        slot.value(of: .dpagemap) == address, let queued = slot.value(of: .queued), queued != 0,
        let pagemap = mirror.pagemaps[address], pagemap.state == .active,
        pagemap.created.time < slot.time, !pagemap.isAdopted
      else { return }
      objections.report(
        Breach(
          of: pagemap, note: EventNote(event, .dpagemap, .ref, .cache), since: slot,
          "queued is complete, although the pagemap is in use"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "queued is complete while the pagemap is in use",
      remark: "the pagemap was in use all the time",
      explanation: [
        "queued was complete at \(since(breach)), though the pagemap had references and no revival came between"
      ],
      advice:
        "look at drm_pagemap_shrinker_add: complete_all behind the list's lock may come after a revival"
    )
  }
}
