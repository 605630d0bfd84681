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

  /// What is wrong: it joined twice, or left twice.
  private enum Variant: Int { case joined, left }

  static let looks = [
    Look.before(.acquireOwnerReturn) { mirror, event, objections in
      if let breach = joinedTwice(&mirror, event) { objections.report(breach) }
    },
    Look.before(.releaseOwner) { mirror, event, objections in
      if let breach = leftTwice(&mirror, event) { objections.report(breach) }
    },
  ]

  /// `drm_pagemap_acquire_owner` of a peer that is in a group and was not seen to leave it. The
  /// owner's count tells whether a leave was merely not recorded.
  private static func joinedTwice(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    let key = TaskKey(event)
    guard event.result ?? 0 == 0, let address = event.peer, let count = event.ownerRef,
      let peer = mirror.owners.peer(at: address), !peer.allows(.acquire), event.owner == peer.owner,
      count > mirror.owners.group(at: peer.owner)?.count ?? 0,
      // Without the entry it is not known who joins.
      mirror.tasks.creating(of: key) != nil
        || mirror.tasks.isInCall(key, where: { $0.kind == .acquireOwner })
    else { return nil }
    var breach = Breach(
      Variant.joined.rawValue, .peer(peer), .life(peer.serial),
      note: EventNote(event, .peer, .owner, .ownerRef), since: peer.joined, "it joins")
    // Another peer that joins right now may be in the count.
    let others = mirror.tasks.calls { $0 != key && $1.kind == .acquireOwner }
    if !others.isEmpty { breach.isAmbiguous = true }
    return breach
  }

  /// `drm_pagemap_release_owner` of a peer that left its group: its list pointer is still there, its
  /// owner is not. A peer that never joined has neither.
  private static func leftTwice(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    guard let address = event.peer, address != 0, mirror.hasLeft(address, event) else { return nil }
    let end = mirror.owners.end(ofPeer: address)
    let pagemap = mirror.pagemaps.filter { $0.home.peer == address }.first
    var object = ObjectReference(
      kind: pagemap == nil ? .vmPeer : .pagemapPeer, address: address, epoch: end?.epoch ?? 1)
    object.owner = end?.detail
    var breach = Breach(
      Variant.left.rawValue, object, end.map { .life($0.serial) } ?? .event(event.sequence),
      note: EventNote(event, .peer, .owner, .ownerRef, .ownerList), since: end?.note,
      "it leaves its group")
    breach.device = pagemap?.home.device
    breach.explains = pagemap.map { [.life($0.serial)] } ?? []
    return breach
  }

  /// Peers that a task lets join once more, in a call that never returned: it walks a broken list.
  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    for (_, state) in context.mirror.tasks.all {
      for call in state.calls where call.kind == .acquireOwner {
        guard let peer = context.mirror.owners.peer(at: call.object),
          peer.joined.time < call.note.time,
          context.isQuiet(since: call.note.time, now: end.time)
        else { continue }
        let isCertain = context.isProvenAbsent(since: peer.joined.time)
        context.report(
          Finding(
            rule: Self.metadata.id, category: Self.metadata.category,
            severity: isCertain ? .error : .warning, isCertain: isCertain,
            title: "peer joined its group twice", object: .peer(peer),
            firstSeen: call.note.moment,
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
    let hasJoined = breach.variant == Variant.joined.rawValue
    return BreachWords(
      title: "peer \(hasJoined ? "joined" : "left") its group twice",
      remark: "\(hasJoined ? "joins" : "leaves") once more",
      explanation: [
        hasJoined
          ? "it is in its group since \(since(breach)), and the owner counts it twice"
          : "its owner is NULL and its list is not: it has left before"
      ],
      advice:
        "look at the error paths of the pagemap's and the VM's creation: both the caller and the destroy may release the owner"
    )
  }
}
