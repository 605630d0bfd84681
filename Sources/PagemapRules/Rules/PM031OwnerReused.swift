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

  static let looks = [
    Look.before(.acquireOwnerReturn) { mirror, event, objections in
      guard event.result ?? 0 == 0, event.peer != nil, let owner = event.owner,
        let breach = reused(owner, &mirror, event)
      else { return }
      objections.report(breach)
    },
    Look.before(.releaseOwner) { mirror, event, objections in
      guard let address = event.peer, address != 0,
        let owner = mirror.owners.peer(at: address)?.owner ?? event.owner,
        let breach = reused(owner, &mirror, event)
      else { return }
      objections.report(breach)
    },
  ]

  /// A group begins at an address that mapped memory still names as its owner's. What its first peer
  /// sampled is 1 for an owner that is new.
  private static func reused(
    _ owner: UInt64, _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard owner != 0, event.ownerRef == 1, mirror.owners.group(at: owner) == nil,
      let end = mirror.owners.end(ofGroup: owner)
    else { return nil }
    var first: (pagemap: Pagemap, mapped: EventNote)?
    for (pgmap, memory) in mirror.devices.memory(ofOwner: owner)
    where memory.unmapping == nil && memory.mapped.time < end.note.time {
      for address in mirror.pagemaps.ofPgmap(pgmap) {
        guard let pagemap = mirror.pagemaps[address],
          pagemap.serial < first?.pagemap.serial ?? .max
        else { continue }
        first = (pagemap, memory.mapped)
      }
    }
    guard let first else { return nil }
    var breach = Breach(
      of: first.pagemap, note: end.note, since: first.mapped,
      "its memory is mapped for this owner")
    breach.object.owner = owner
    return breach
  }

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
