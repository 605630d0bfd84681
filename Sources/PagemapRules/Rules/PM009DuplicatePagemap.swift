import PagemapEvents
import PagemapModel
import TraceWords

/// A second pagemap for a region of device memory whose first one is active.
///
/// A region is what one cache serves. A new pagemap is legal only when the last one has no
/// reference left, even if that one waits for its destruction.
struct DuplicatePagemap: Rule {
  static let interests: ObservationSet = [.secondPagemaps]
  static let metadata = RuleMetadata(
    id: RuleID(9), slug: "duplicate-pagemap", title: "second pagemap for one cache",
    severity: .error, category: .duplicatePagemap,
    needs: [
      [.pagemapInit, .cacheSetPagemap], [.cacheLockLookupReturn, .cacheSetPagemap],
      [.pagemapInitReturn], [.pagemapRelease], [.pagemapDestroy],
    ],
    kernels: "7.0 and later",
    invariant: "at most one drm_pagemap of a cache is active or cached; a lookup that finds none "
      + "stores the one it creates before it unlocks",
    kernelFunction: "drm_pagemap_get_from_cache, drm_pagemap_cache_set_pagemap "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R12", "R13"],
    why: "two pagemaps describe one memory: pages of one are foreign to the other",
    looksLike: "drm_pagemap_init for a cache whose pagemap has references, or "
      + "drm_pagemap_cache_set_pagemap into an occupied slot",
    lookAlikes: [
      "a second pagemap while the first waits for its destruction",
      "tiles of one device have a cache each",
    ])

  func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .secondPagemap(let first, let second) = observation else { return }
    report(first, second, context.isIntact(since: first.created.time), context)
  }

  /// A pagemap that was made because the last one could not be revived, and that one did not end.
  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    let mirror = context.mirror
    let pairs = mirror.pagemaps.filter { $0.refused != nil }
    for second in pairs {
      guard let refused = second.refused, context.isQuiet(since: refused.note.time, now: end.time),
        let first = mirror.pagemaps[refused.address], first.serial == refused.serial,
        first.state == .cached
      else { continue }
      report(first, second, context.isProvenAbsent(since: first.created.time), context)
    }
  }

  private func report(
    _ first: Pagemap, _ second: Pagemap, _ isCertain: Bool, _ context: RuleContext
  ) {
    var evidence = [first.created.evidence("the first pagemap")]
    if let last = first.references.history.last {
      evidence.append(last.evidence("the first is in use"))
    }
    evidence.append(second.created.evidence("the second pagemap"))
    if let refused = second.refused, refused.serial == first.serial {
      evidence.append(refused.note.evidence("the lookup cannot take the first off the list"))
    }
    var lines: [Sentence] = [
      first.state == .cached
        ? "pagemap \(address: first.address) serves cache \(address: second.home.cache ?? 0), could not be taken "
          + "off the shrinker's list when the second one was initialised, and is on the list since"
        : "pagemap \(address: first.address) serves cache \(address: second.home.cache ?? 0) since "
          + "\(time: first.created.time) and has references when the second one is initialised"
    ]
    if first.state == .active, first.home.cache != nil, !first.isAdopted,
      first.references.history.all.allSatisfy({ $0.kind != .cacheSetPagemap })
    {
      lines.append("drm_pagemap_cache_set_pagemap was never called for the first")
    }
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category,
        severity: isCertain ? .error : .warning, isCertain: isCertain,
        title: "second pagemap for one cache", object: context.reference(second),
        firstSeen: second.created.moment, explanation: lines, evidence: ordered(evidence),
        advice: "the lookup must store what it creates (drm_pagemap_cache_set_pagemap) before "
          + "drm_pagemap_cache_unlock_lookup"),
      cause: .life(second.serial), provedSince: first.created.time, explains: [.life(first.serial)])
  }
}
