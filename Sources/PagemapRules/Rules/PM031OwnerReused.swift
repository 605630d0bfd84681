import PagemapEvents
import PagemapModel
import TraceWords

/// An owner's address that means two groups.
struct OwnerReused: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(31), slug: "owner-reused", title: "owner freed while mapped memory names it",
    severity: .error, category: .useAfterDestroy,
    needs: [[.memremapPages], [.memunmapPagesReturn], [.releaseOwner], [.acquireOwnerReturn]],
    kernels: "7.0 and later",
    invariant: "an owner lives as long as mapped device memory names it",
    kernelFunction: "drm_pagemap_release_owner (drivers/gpu/drm/drm_pagemap_util.c), "
      + "xe_pagemap_destroy_work (drivers/gpu/drm/xe/xe_svm.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R27"],
    why: "another group's VM gets an owner at the same address and takes the old device's "
      + "pages for its own",
    looksLike: "the last peer leaves a group while memory is mapped for it, and a new group "
      + "begins at the same address",
    lookAlikes: [
      "the address of a group whose memory is unmapped is free to be used again"
    ])

  static let breaches: [Breach.Kind] = [.ownerReused]

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "owner freed while mapped memory names it",
      remark: "the group ends, and a new one begins at its address",
      explanation: [
        "memory that is still mapped names this owner, and a new group has its address"
      ],
      advice: "after an unplug the owner must outlive the mapping that devres removes")
  }
}
