import PagemapEvents
import PagemapModel
import TraceWords

/// A pagemap whose release ran a second time without a new life between.
struct ReleasedTwice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(13), slug: "released-twice", title: "pagemap released twice in one life",
    severity: .error, category: .lifecycle,
    needs: [[.pagemapRelease], [.pagemapReinit], [.pagemapInit]],
    kernels: "7.0 and later",
    invariant: "drm_pagemap_release runs once between an initialisation and the next",
    kernelFunction: "drm_pagemap_release (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R03"],
    why: "a second release puts the pagemap on the shrinker's list once more and finds its hold "
      + "of the provider gone: the list is corrupted, and the kernel follows a NULL pointer",
    looksLike: "drm_pagemap_release of a pagemap that is cached, or that is being released, "
      + "with no drm_pagemap_reinit between",
    lookAlikes: [
      "a cached pagemap that a lookup took back has a new life, and its own release"
    ])

  static let looks = [
    Look.before(.pagemapRelease) { mirror, event, objections in
      let note = EventNote(event, .dpagemap, .ref)
      guard let address = event.dpagemap, !mirror.pagemaps.isActive(address),
        let pagemap = mirror.found(by: event, note), !pagemap.allows(.release),
        let end = pagemap.fate.released ?? pagemap.fate.destroyed
      else { return }
      objections.report(Breach(of: pagemap, note: note, since: end, "its last reference goes"))
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pagemap released twice in one life",
      remark: "released once more",
      explanation: [
        "its last reference went at \(since(breach)), and drm_pagemap_release runs again without "
          + "drm_pagemap_reinit or drm_pagemap_init between"
      ],
      advice:
        "look for a put on a count that was set by hand, or memory of the pagemap that was overwritten"
    )
  }
}
