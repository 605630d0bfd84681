import PagemapEvents
import PagemapModel
import TraceWords

/// A peer that is in its group twice, or leaves it twice.
struct PeerTwice: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(29), slug: "peer-twice", title: "peer joined or left its group twice",
    severity: .error, category: .lifecycle,
    needs: [[.acquireOwnerReturn], [.releaseOwner]],
    kernels: "7.0 and later",
    invariant: "a peer joins a group once and leaves it once",
    kernelFunction: "drm_pagemap_acquire_owner, drm_pagemap_release_owner "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R21", "R22"],
    why: "the list of peers is corrupted, and the group's count is wrong by one: it is freed "
      + "too early or never",
    looksLike: "drm_pagemap_release_owner of a peer whose owner is gone and whose list is "
      + "not, or drm_pagemap_acquire_owner of a peer that is in a group",
    lookAlikes: [
      "drm_pagemap_release_owner of a peer that never joined does nothing: its list is NULL",
      "a freed VM's address that a new VM got",
    ])

  static let breaches: [Breach.Kind] = [.joinedTwice, .leftTwice]

  /// Peers that a task lets join once more, in a call that never returned: it walks a broken list.
  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    for (_, state) in context.world.tasks.all {
      for call in state.calls where call.kind == .acquireOwner {
        guard let peer = context.world.owners.peer(at: call.object),
          peer.joined.time < call.note.time,
          context.isQuiet(since: call.note.time, now: end.time)
        else { continue }
        let isCertain = context.isProvenAbsent(since: peer.joined.time)
        var object = ObjectReference(
          kind: peer.role == .vm ? .vmPeer : .pagemapPeer, address: peer.address,
          epoch: peer.epoch)
        object.owner = peer.owner
        context.report(
          Finding(
            rule: Self.metadata.id, category: Self.metadata.category,
            severity: isCertain ? .error : .warning, isCertain: isCertain,
            title: "peer joined its group twice", object: object, firstSeen: call.note.moment,
            explanation: [
              "it is in its group since \(time: peer.joined.time), and the call that lets it "
                + "join once more never returned"
            ],
            evidence: [
              peer.joined.evidence("it joins"), call.note.evidence("joins once more"),
            ],
            advice: "look at who acquires the owner: each peer does so once, before it is used"),
          cause: .life(peer.serial), provedSince: peer.joined.time)
      }
    }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    BreachWords(
      title: "peer \(breach.kind == .joinedTwice ? "joined" : "left") its group twice",
      remark: "\(breach.kind == .joinedTwice ? "joins" : "leaves") once more",
      explanation: [
        breach.kind == .joinedTwice
          ? "it is in its group since \(since(breach)), and the owner counts it twice"
          : "its owner is NULL and its list is not: it has left before"
      ],
      advice:
        "look at the error paths of the pagemap's and the VM's creation: both the caller and the destroy may release the owner"
    )
  }
}
