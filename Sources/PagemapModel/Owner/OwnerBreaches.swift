import PagemapEvents

/// What owner groups rule out: drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  /// `drm_pagemap_acquire_owner` of a peer that is in a group and was not seen to leave it. The
  /// owner's count tells whether a leave was merely not recorded.
  mutating func checkSecondJoin(of address: UInt64, count: Int64?, _ note: EventNote) {
    guard let peer = owners.peer(at: address), let owner = note.value(of: .owner) else { return }
    let known = owners.group(at: owner).map {
      Int64($0.vmPeers + $0.pagemapPeers) + $0.unknownPeers
    }
    guard let count, owner == peer.owner, count > known ?? 0 else { return }
    var breach = Breach(
      .joinedTwice, reference(peer), serial: peer.serial, note: note, since: peer.joined,
      "it joins")
    // Another peer that joins right now may be in the count.
    if tasks.areAnyCallers(where: { $0.kind == .acquireOwner }) { breach.isAmbiguous = true }
    news.report(breach)
  }

  /// `drm_pagemap_release_owner` of a peer that left its group: its list pointer is still there, its
  /// owner is not. A peer that never joined has neither.
  mutating func isSecondLeave(
    of address: UInt64, _ event: borrowing PagemapEvent, _ note: EventNote
  ) -> Bool {
    guard let list = event.ownerList, list != 0, event.owner == 0 else { return false }
    let end = owners.end(ofPeer: address)
    let pagemap = pagemaps.filter { $0.home.peer == address }.first
    var object = ObjectReference(
      kind: pagemap == nil ? .vmPeer : .pagemapPeer, address: address, epoch: end?.epoch ?? 1)
    object.owner = end?.detail
    var breach = Breach(
      .leftTwice, object, serial: end?.serial ?? lives.takeSerial(), note: note, since: end?.note,
      "it leaves its group")
    breach.device = pagemap?.home.device
    breach.explains = pagemap.map { [.life($0.serial)] } ?? []
    news.report(breach)
    return true
  }

  /// A group begins at an address that mapped memory still names as its owner's. `count` is what
  /// its first peer sampled: 1 for an owner that is new.
  mutating func checkReuse(of owner: UInt64, count: Int64?) {
    guard let end = owners.end(ofGroup: owner) else { return }
    owners.forgetEnd(ofGroup: owner)
    let named = devices.memory(ofOwner: owner)
      .filter { $0.memory.unmapping == nil && $0.memory.mapped.time < end.note.time }
      .flatMap { pagemaps.ofPgmap($0.pgmap) }.compactMap { pagemaps[$0] }
    guard count == 1, let pagemap = named.min(by: { $0.serial < $1.serial }),
      let mapped = pagemap.home.pgmap.flatMap({ devices.memory(at: $0)?.mapped })
    else { return }
    var breach = Breach(
      .ownerReused, reference(pagemap), pagemap, end.note, since: mapped,
      "its memory is mapped for this owner")
    breach.object.owner = owner
    news.report(breach)
  }

  /// A peer as a breach names it.
  func reference(_ peer: Peer) -> ObjectReference {
    var reference = ObjectReference(
      kind: peer.role == .vm ? .vmPeer : .pagemapPeer, address: peer.address, epoch: peer.epoch)
    reference.owner = peer.owner
    return reference
  }

  /// A VM's slot gets the pagemap of its own device, which is in another group.
  mutating func checkGroups(of peer: Peer, _ pagemap: Pagemap, _ note: EventNote) {
    guard let owner = pagemap.home.owner, owner != peer.owner else { return }
    var breach = Breach(
      .ownerMismatch, reference(peer), serial: peer.serial, note: note, since: peer.joined,
      "the VM joins its group")
    breach.device = pagemap.home.device
    breach.isAmbiguous = true
    news.report(breach)
  }
}
