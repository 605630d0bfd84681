import PagemapEvents
import PagemapModel
import TraceWords

/// A pagemap that has no reference, is on no list and is not destroyed.
struct ReleaseWithoutFate: Rule {
  static let interests: ObservationSet = []
  static let metadata = RuleMetadata(
    id: RuleID(15), slug: "release-without-fate",
    title: "released pagemap neither cached nor destroyed",
    severity: .error, category: .lifecycle,
    needs: [[.pagemapRelease], [.shrinkerAdd], [.pagemapDestroy]],
    kernels: "7.0 and later",
    invariant: "every release ends on the shrinker's list or in drm_pagemap_destroy",
    kernelFunction: "drm_pagemap_release (drivers/gpu/drm/drm_pagemap.c), "
      + "drm_pagemap_shrinker_add (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R05"],
    why: "the pagemap's memory, its struct pages and its place in the owner group are lost "
      + "until the next boot",
    looksLike: "drm_pagemap_release, and then neither drm_pagemap_shrinker_add nor "
      + "drm_pagemap_destroy of the same pagemap; certain once a count does not have it",
    lookAlikes: [
      "a recording that stops within the release",
      "a pagemap that drm_pagemap_shrinker_count counts, though its queueing was not recorded",
    ])

  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    let lost = context.mirror.pagemaps.filter { $0.state == .releasing }
    for pagemap in lost.sorted(by: { $0.serial < $1.serial }) {
      guard let released = pagemap.fate.released,
        context.isQuiet(since: released.time, now: min(end.time, context.mirror.recording.now))
      else { continue }
      // One event that a probe missed is no proof: the list itself must tell.
      let isCertain =
        context.isProvenAbsent(since: released.time)
        && context.mirror.isOffList(pagemap, since: released.time)
      context.report(
        Finding(
          rule: Self.metadata.id, category: Self.metadata.category,
          severity: isCertain ? .error : .warning, isCertain: isCertain,
          title: Sentence(Self.metadata.title), object: context.reference(pagemap),
          firstSeen: released.moment,
          explanation: [
            "its last reference went at \(time: released.time), and by \(time: end.time) it "
              + "was neither put on the shrinker's list nor destroyed"
          ],
          evidence: [
            pagemap.created.evidence("its life begins"),
            released.evidence("its last reference goes"),
          ],
          advice: "look at what drm_pagemap_release calls: drm_pagemap_shrinker_add must run in it"),
        cause: .life(pagemap.serial), provedSince: released.time)
    }
  }
}
