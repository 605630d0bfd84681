import PagemapEvents
import PagemapModel
import TraceWords

/// A pagemap whose memory goes while somebody still has it.
struct DestroyedInUse: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(17), slug: "destroyed-in-use", title: "pagemap destroyed while it is held or listed",
    severity: .error, category: .lifecycle,
    needs: [[.pagemapDestroy], [.pagemapRelease], [.shrinkerCancel], [.shrinkerCancelReturn]],
    kernels: "7.0 and later",
    invariant: "a pagemap that is destroyed has no reference and is on no list",
    kernelFunction: "drm_pagemap_destroy (drivers/gpu/drm/drm_pagemap.c), "
      + "drm_pagemap_cache_fini (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R07"],
    why: "whoever holds a reference, or walks the list, works on freed memory",
    looksLike: "drm_pagemap_destroy while the last sample shows references and no release "
      + "ran, or of a listed pagemap outside drm_pagemap_shrinker_scan",
    lookAlikes: [
      "the shrinker takes a pagemap off the list itself and destroys it in the same call",
      "a release that finds no cache, or no device, destroys right behind "
        + "drm_pagemap_shrinker_add",
    ])

  /// What is wrong: it has references, or it is on the shrinker's list.
  private enum Variant: Int { case held, listed }

  static let looks = [
    Look.before(.pagemapDestroy) { mirror, event, objections in
      guard let destroy = PagemapDestroy(&mirror, event), destroy.isRuledOut else { return }
      let pagemap = destroy.pagemap
      switch pagemap.state {
      case .active:
        guard !pagemap.isAdopted, mirror.recording.recordsRelease,
          let sample = pagemap.references.sample, sample.value > 0
        else { return }
        objections.report(
          destroy.breach(Variant.held.rawValue, since: sample.note, "it has references"))
      case .cached where mirror.recording.recordsCancel:
        objections.reportUnlessScanReturns(
          destroy.breach(
            Variant.listed.rawValue, since: pagemap.fate.queued,
            "it is put on the shrinker's list"), of: TaskKey(event))
      default: break
      }
    }
  ]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "pagemap destroyed while it is held or listed",
      remark: "destroyed",
      explanation: [
        breach.variant == Variant.listed.rawValue
          ? "it is on the shrinker's list since \(since(breach)), and the task that destroys it did not "
            + "take it off"
          : "it had references at \(since(breach)), and drm_pagemap_release did not run"
      ],
      advice: "look at the caller of drm_pagemap_destroy: it must own the pagemap alone")
  }
}
