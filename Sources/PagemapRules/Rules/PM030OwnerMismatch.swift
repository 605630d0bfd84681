import PagemapEvents
import PagemapModel
import TraceWords

/// Owners that do not fit together.
struct OwnerMismatch: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(30), slug: "owner-mismatch", title: "memory and its users are in different groups",
    severity: .error, category: .lifecycle,
    needs: [[.acquireOwnerReturn], [.memremapPages, .cacheUnlockLookup]],
    kernels: "7.0 and later",
    invariant: "mapped memory has the owner of its pagemap's peer; a VM and the pagemap of "
      + "its own device are in one group",
    kernelFunction: "drm_pagemap_acquire_owner (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R23", "R24"],
    why: "a VM treats its own device's pages as foreign: every access migrates them to system "
      + "memory first",
    looksLike: "memremap_pages with an owner other than the pagemap's",
    lookAlikes: [
      "a group outlives its founder",
      "which group a peer joins depends on who is in the list then: a VM of the same device "
        + "may end in another group, which is told as information",
    ],
    history: [
      HistoricalFix(
        "10aa5c806030", "drm/gpusvm, drm/xe: Fix userptr to not allow device private pages")
    ])

  static let looks = [
    Look.after(.memremapPages) { mirror, event, objections in
      guard let pgmap = event.pgmap, let memory = mirror.devices.memory(at: pgmap),
        memory.mapped.sequence == event.sequence, let owner = memory.owner, owner != 0
      else { return }
      for address in mirror.pagemaps.ofPgmap(pgmap) {
        guard let pagemap = mirror.pagemaps[address], pagemap.state == .active,
          let own = pagemap.home.owner, own != owner
        else { continue }
        objections.report(
          Breach(
            of: pagemap, note: memory.mapped, since: pagemap.created, "the pagemap is made"))
      }
    },
    Look.before(.cacheUnlockLookup) { mirror, event, objections in
      guard let (_, peer, home) = mirror.filledSlot(by: event), let owner = home.owner,
        owner != peer.owner
      else { return }
      var breach = Breach(
        0, .peer(peer), .life(peer.serial), note: EventNote(event, .cache), since: peer.joined,
        "the VM joins its group")
      breach.device = home.device
      breach.isAmbiguous = true
      objections.report(breach)
    },
  ]

  /// A VM in another group than its own device's pagemap is legal, and worth knowing.
  static func doubtfulSeverity(of breach: Breach) -> Severity {
    breach.object.kind == .vmPeer ? .info : .warning
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "memory and its users are in different groups",
      remark: "another group",
      explanation: [
        breach.object.kind == .vmPeer
          ? "the VM is in group \(address: breach.object.owner ?? 0), its own device's pagemap is not"
          : "its peer is in group \(address: breach.object.owner ?? 0), its memory is mapped for another"
      ],
      advice:
        "the driver must take the owner from the pagemap's peer behind drm_pagemap_acquire_owner")
  }
}
