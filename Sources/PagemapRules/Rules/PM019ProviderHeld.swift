import PagemapEvents
import PagemapModel
import TraceWords

/// A hold of a device and its module that nothing drops.
struct ProviderHeld: Rule {
  static let interests: ObservationSet = []
  static let metadata = RuleMetadata(
    id: RuleID(19), slug: "provider-held", title: "provider held although its pagemap was released",
    severity: .warning, category: .lifecycle,
    needs: [[.pagemapRelease], [.devUnholdWork]],
    kernels: "7.0 and later",
    invariant: "each life of a pagemap holds its provider once and lets go of it when it is "
      + "released",
    kernelFunction: "drm_pagemap_dev_hold, drm_pagemap_dev_unhold_work "
      + "(drivers/gpu/drm/drm_pagemap.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R04"],
    why: "the provider's device and module stay: a driver that was unbound cannot be unloaded",
    looksLike: "drm_pagemap_release, and no drm_pagemap_dev_unhold_work behind it",
    lookAlikes: [
      "one run of the work lets go of several providers, later, on another CPU"
    ],
    history: [
      HistoricalFix(
        "a26084328ac4", "drm/pagemap, drm/xe: Manage drm_pagemap provider lifetimes")
    ])

  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    for hold in context.mirror.deviceHolds.queued {
      guard let released = hold.released else { continue }
      // The kernel may have stopped recording of itself: only what events show has gone by.
      let now = min(end.time, context.mirror.recording.now)
      guard now >= released.time, now - released.time >= context.thresholds.unholdTime
      else { continue }
      let isCertain = context.isProvenAbsent(since: released.time)
      context.report(
        Finding(
          rule: Self.metadata.id, category: Self.metadata.category, severity: .warning,
          isCertain: isCertain, title: Sentence(Self.metadata.title),
          object: context.reference(hold), firstSeen: released.moment,
          explanation: [
            "the pagemap was released at \(time: released.time), and in the "
              + "\(duration: now - released.time) after it drm_pagemap_dev_unhold_work did not run"
          ],
          evidence: [released.evidence("its hold of the provider is queued")],
          advice: "look whether the system's workqueue is stuck, and at the pagemap's dev_hold"),
        cause: .life(hold.serial), provedSince: released.time)
    }
  }
}
