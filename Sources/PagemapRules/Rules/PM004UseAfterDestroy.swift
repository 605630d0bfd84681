import PagemapEvents
import PagemapModel
import TraceWords

/// A pagemap that is used after its last reference was rightly dropped.
struct UseAfterDestroy: Rule {
  static let interests: ObservationSet = [.pagemapUses]
  static let metadata = RuleMetadata(
    id: RuleID(4), slug: "use-after-destroy", title: "pagemap used after its last reference",
    severity: .error, category: .useAfterDestroy,
    needs: [
      [.pagemapRelease, .pagemapDestroy], [.pagemapInit], [.pagemapReinit],
      [.populateMM, .migrateToDevmem, .getPagesReturn],
    ],
    kernels: "7.0 and later",
    invariant: "no operation runs on a drm_pagemap that is cached or destroyed; drm_pagemap_reinit "
      + "is the only way back from a count of 0",
    kernelFunction: "drm_pagemap_release, drm_pagemap_reinit (drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R02", "R06", "R10", "R53"],
    why: "a migration or a mapping works on memory that the shrinker may free at any time",
    looksLike: "drm_pagemap_populate_mm, drm_pagemap_migrate_to_devmem or a mapping with a "
      + "pagemap that is cached or destroyed",
    lookAlikes: [
      "a revival (drm_pagemap_reinit) of a cached pagemap begins a new life",
      "references of a foreign VM after the provider was unbound: only puts follow",
    ],
    history: [
      HistoricalFix(
        "a26084328ac4", "drm/pagemap, drm/xe: Manage drm_pagemap provider lifetimes")
    ])

  func observe(_ observation: Observation, _ context: RuleContext) {
    guard case .usedWithoutReference(let use) = observation, use.deficits.isEmpty,
      use.note.kind != .pagemapPut, use.note.kind != .zddDestroy
    else { return }
    let pagemap = use.pagemap
    let isDestroyed = pagemap.state == .destroyed
    let since = pagemap.fate.released ?? pagemap.fate.destroyed ?? pagemap.created
    // Events lost before the release may have shown that it was wrong: then it is no use too late.
    let start = min(since.time, pagemap.created.time)
    let isCertain = context.isIntact(since: start)
    var evidence = pagemap.references.history.all.suffix(4).map { $0.evidence() }
    evidence.append(since.evidence("the last reference goes"))
    if let destroyed = pagemap.fate.destroyed { evidence.append(destroyed.evidence("destroyed")) }
    evidence.append(use.note.evidence("used without a reference"))
    context.report(
      Finding(
        rule: Self.metadata.id, category: Self.metadata.category,
        severity: isCertain ? .error : .warning, isCertain: isCertain,
        title: "pagemap used after it was \(isDestroyed ? "destroyed" : "released")",
        object: context.reference(pagemap), firstSeen: use.note.moment,
        explanation: [
          "its last reference went at \(time: since.time) and no drm_pagemap_reinit or "
            + "drm_pagemap_init followed, yet \(use.note.kind.label) ran on it"
        ],
        evidence: ordered(evidence),
        advice: "look for a borrowed pointer that is used without drm_pagemap_get, or outside the "
          + "lock that keeps it valid"),
      cause: .life(pagemap.serial), provedSince: start)
  }
}
