import PagemapEvents
import PagemapModel
import TraceWords

/// A life that begins before the last one is over.
struct ReinitInUse: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(14), slug: "reinit-in-use", title: "pagemap initialised again while it is in use",
    severity: .error, category: .lifecycle,
    needs: [[.pagemapReinit], [.pagemapRelease], [.shrinkerCancel], [.shrinkerCancelReturn]],
    kernels: "7.0 and later",
    invariant: "drm_pagemap_reinit runs only on a pagemap that a lookup has taken off the "
      + "shrinker's list",
    kernelFunction: "drm_pagemap_reinit (drivers/gpu/drm/drm_pagemap.c), "
      + "drm_pagemap_get_from_cache (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R02"],
    why: "the count is set to 1 while somebody holds references: whoever puts the first of "
      + "them frees the pagemap under the others",
    looksLike: "drm_pagemap_reinit while references are sampled, while the pagemap is still "
      + "on the list, or after drm_pagemap_destroy",
    lookAlikes: [
      "the same pointer goes from 0 to 1 in a lookup that cancelled its place on the list (a "
        + "revival)",
      "drm_pagemap_init calls drm_pagemap_reinit for every new pagemap, with a count of 1 and "
        + "without a cache",
    ])

  static let looks = [
    Look.before(.pagemapReinit) { mirror, event, objections in
      guard let address = event.dpagemap, let pagemap = mirror.pagemaps[address],
        !pagemap.allows(.reinit), let since = inUse(pagemap, &mirror, event)
      else { return }
      objections.report(
        Breach(
          of: pagemap, note: EventNote(event, .dpagemap, .drm, .cache), since: since,
          "from here on it is not free to begin a new life"))
    }
  ]

  /// Since when the pagemap is not free for a new life; nil where a recording may have missed that it is.
  private static func inUse(
    _ pagemap: Pagemap, _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> EventNote? {
    let key = TaskKey(event)
    // drm_pagemap_init calls it with a count of 1 and without a cache, a lookup with 0 and its own:
    // the first means that the entry of drm_pagemap_init went unrecorded.
    if event.ref == 1, event.cache == 0 { return nil }
    switch pagemap.state {
    case .active:
      guard mirror.tasks.creating(of: key) != pagemap.address, !pagemap.isAdopted,
        let sample = pagemap.references.sample, sample.value > 0
      else { return nil }
      return sample.note
    case .cached:
      guard mirror.recording.recordsCancel, !mirror.tasks.isCancelling(pagemap.address, key) else {
        return nil
      }
      return pagemap.fate.queued ?? pagemap.created
    case .destroyed: return pagemap.fate.destroyed ?? pagemap.created
    case .releasing, .taken: return nil
    }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pagemap initialised again while it is in use",
      remark: "a new life begins",
      explanation: [
        "at \(since(breach)) it was not free for a new life, and no drm_pagemap_shrinker_cancel "
          + "took it off the shrinker's list since"
      ],
      advice:
        "look at the lookup that ran this: only drm_pagemap_shrinker_cancel returning true hands a pagemap over"
    )
  }
}
