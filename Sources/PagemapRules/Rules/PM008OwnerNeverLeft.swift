import PagemapEvents
import PagemapModel
import TraceWords

/// A peer that stays in its owner group although what it stood for has ended.
///
/// A VM that closes puts its slots and leaves the group right after; one whose reference was put
/// and that has not left by the end never will. A pagemap leaves its group when the driver has
/// destroyed it.
struct OwnerNeverLeft: Rule {
  static let interests: ObservationSet = []
  static let metadata = RuleMetadata(
    id: RuleID(8), slug: "owner-group-never-left", title: "owner group never left",
    severity: .error, category: .ownerLeak,
    needs: [
      [.acquireOwner], [.acquireOwnerReturn], [.releaseOwner], [.pagemapPut],
      [.cacheUnlockLookup, .pagemapDestroy],
    ],
    kernels: "7.0 and later",
    invariant:
      "drm_pagemap_release_owner runs once for every drm_pagemap_acquire_owner, before the "
      + "peer's memory is freed",
    kernelFunction: "drm_pagemap_release_owner (drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R08", "R21", "R22"],
    why: "the owner is never freed, and devices stay grouped by VMs that are gone",
    looksLike: "a VM's peer joins an owner group and does not leave although its slots were "
      + "put",
    lookAlikes: [
      "a group outlives its founder",
      "a VM that is still open when the recording ends",
    ])

  func finish(_ context: RuleContext) {
    guard let end = context.end else { return }
    for deficit in context.mirror.deficits.all where !deficit.isOverdrawn {
      judge(deficit, end, context)
    }
    for peer in context.mirror.owners.pagemapPeers { judge(peer, end, context) }
  }

  /// A VM whose slot was put and that did not leave.
  private func judge(
    _ deficit: Deficit, _ end: RuleContext.RecordingEnd, _ context: RuleContext
  ) {
    guard context.isQuiet(since: deficit.put.time, now: end.time), isOpen(deficit, context) else {
      return
    }
    let candidates = deficit.holders.compactMap { context.mirror.owners.peer(ofSerial: $0) }
      .sorted { $0.serial < $1.serial }
    let own = candidates.filter { $0.joined.pid == deficit.put.pid }
    guard let peer = own.first ?? candidates.first else { return }
    if context.mirror.owners.group(at: peer.owner)?.hasUnseenLeave == true { return }
    let isOnlyOne = candidates.count == 1 || own.count == 1
    let isCertain = isOnlyOne && context.isProvenAbsent(since: peer.joined.time)
    let pagemap = context.mirror.pagemaps[deficit.pagemap]
    var finding = finding(
      peer, isCertain: isCertain, device: context.name(pagemap?.home.device),
      since: deficit.put.moment)
    finding.explanation = [
      "its reference of pagemap \(address: deficit.pagemap) was put at \(time: deficit.put.time), "
        + "leaving \(deficit.value), but it did not leave owner group \(address: peer.owner) in the "
        + "\(duration: end.time &- deficit.put.time) that were recorded after it"
    ]
    if !isOnlyOne {
      finding.explanation.append("\(candidates.count) VMs had a slot; this one is the likeliest")
    }
    finding.evidence = ordered([
      peer.joined.evidence("the VM joins"), deficit.put.evidence("its slot is put"),
    ])
    finding.advice =
      "look at the VM's close path: drm_pagemap_release_owner must follow the put of its slots"
    context.report(finding, cause: .life(peer.serial), provedSince: peer.joined.time)
  }

  /// A pagemap's peer whose pagemap is destroyed and unmapped.
  private func judge(_ peer: Peer, _ end: RuleContext.RecordingEnd, _ context: RuleContext) {
    guard let address = peer.pagemap, let pagemap = context.mirror.pagemaps[address],
      pagemap.home.peer == peer.address, pagemap.state == .destroyed,
      let destroyed = pagemap.fate.destroyed, destroyed.time > peer.joined.time,
      !context.isReported(pagemap.serial),
      context.mirror.owners.group(at: peer.owner)?.hasUnseenLeave != true
    else { return }
    // The driver may destroy in a worker that first waits until every page is free.
    let wait = context.thresholds.quietTime.multipliedReportingOverflow(by: 10)
    // Behind an unbind devres has unmapped the memory before the last reference goes.
    guard !wait.overflow, let unmapped = pagemap.fate.unmapped else { return }
    let since = max(unmapped.time, destroyed.time)
    guard end.time >= since, end.time - since >= wait.partialValue else { return }
    var finding = finding(
      peer, isCertain: context.isProvenAbsent(since: peer.joined.time),
      device: context.name(pagemap.home.device), since: destroyed.moment)
    finding.object.kind = .pagemapPeer
    finding.explanation = [
      "pagemap \(address: address) was destroyed at \(time: destroyed.time) and its memory unmapped, "
        + "but its peer is still in owner group \(address: peer.owner)"
    ]
    finding.evidence = ordered([
      peer.joined.evidence("the pagemap joins"), destroyed.evidence("the pagemap is destroyed"),
      unmapped.evidence("its memory is unmapped"),
    ])
    finding.advice = "look at the driver's destroy work: it must call drm_pagemap_release_owner"
    context.report(finding, cause: .life(peer.serial), provedSince: peer.joined.time)
  }

  private func finding(_ peer: Peer, isCertain: Bool, device: String?, since: Moment) -> Finding {
    var object = ObjectReference(
      kind: .vmPeer, address: peer.address, epoch: peer.epoch, device: device)
    object.owner = peer.owner
    return Finding(
      rule: Self.metadata.id, category: Self.metadata.category,
      severity: isCertain ? .error : .warning, isCertain: isCertain,
      title: "owner group never left", object: object, firstSeen: since, explanation: [],
      evidence: [], advice: "")
  }
}
