package import PagemapEvents

/// Owner groups and their peers: drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  static let ownerSteps: [StepRow] = [
    .on(.acquireOwner) { $0.acquireOwner($1) },
    .on(.acquireOwnerReturn) { $0.acquireOwnerReturn($1) },
    .on(.releaseOwner) { $0.releaseOwner($1) },
  ]

  /// `drm_pagemap_acquire_owner`: the peer is in no group yet.
  private mutating func acquireOwner(_ event: borrowing PagemapEvent) {
    enter(event, object: event.peer ?? 0)
    guard let address = event.peer, address != 0 else { return }
    owners.beginJoin(
      Peer(
        address: address, epoch: lives.upcoming(address), serial: 0,
        role: event.peerPrivate == 0 ? .pagemap : .vm, owner: event.owner ?? 0,
        joined: EventNote(event, .peer)))
  }

  /// `drm_pagemap_acquire_owner` returned 0: the peer is in the group.
  private mutating func acquireOwnerReturn(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    let call = leave(event, from: .acquireOwner)
    if let call { owners.endJoin(call.object) }
    guard event.result ?? 0 == 0, let address = event.peer, let owner = event.owner, owner != 0
    else { return }
    let note = EventNote(event, .peer, .owner, .ownerRef)
    let creating = tasks.creating(of: key)
    if call == nil, creating == nil {
      // Without the entry it is not known whether a VM or a pagemap joins.
      var group = owners.group(at: owner) ?? newGroup(owner, event.ownerRef)
      group.join(nil)
      owners.keep(group)
      return
    }
    let isPagemap = call.map { $0.peerPrivate == 0 } ?? (creating != nil)
    let count = event.ownerRef
    var peer = Peer(
      address: address, epoch: lives.begin(address), serial: lives.takeSerial(),
      role: isPagemap ? .pagemap : .vm, owner: owner, joined: note)
    var group = owners.group(at: owner) ?? newGroup(owner, count)
    if isPagemap {
      if let creating {
        peer.pagemap = creating
        pagemaps.learnOwner(owner, peer: address, of: creating)
        tasks.endCreation(of: key, hasFailed: false)
      }
    } else {
      if group.vmPeers == 0, let idle = group.idleSince {
        news.observe(.groupJoinedAfterIdle(owner: owner, idleSince: idle, note: note))
      }
      tasks.beginJoining(address, by: key)
    }
    group.join(peer.role)
    owners.join(peer)
    group.settle(count)
    owners.keep(group)
  }

  private mutating func newGroup(_ owner: UInt64, _ count: Int64?) -> OwnerGroup {
    owners.forgetEnd(ofGroup: owner)
    var group = OwnerGroup(address: owner, epoch: lives.begin(owner))
    group.unknownPeers = max(0, (count ?? 1) - 1)
    statistics.ownerGroups += 1
    return group
  }

  /// `drm_pagemap_release_owner`: the peer leaves, and the last one takes the group with it.
  private mutating func releaseOwner(_ event: borrowing PagemapEvent) {
    guard let address = event.peer, address != 0 else { return }
    let note = EventNote(event, .peer, .owner, .ownerRef, .ownerList)
    if hasLeft(address, event) { return }
    let peer = owners.leave(address, note)
    tasks.leftGroup(TaskKey(event))
    if let peer {
      news.tellEnd(of: peer, .peer, address, epoch: peer.epoch)
      if peer.role == .vm { emptySlots(of: peer, note, event.pid) }
    } else {
      deficits.settleUnseen(of: note.pid)
    }
    let count = event.ownerRef
    guard let owner = peer?.owner ?? event.owner, owner != 0 else { return }
    var group = owners.group(at: owner) ?? newGroup(owner, count)
    group.settle(count)
    group.leave(peer?.role, note)
    guard group.isEmpty else { return owners.keep(group) }
    owners.end(owner)
    statistics.note(group)
    // A count above 1 is of a peer whose joining went unrecorded, or of one that leaves right now.
    guard count ?? 1 <= 1 else { return }
    owners.noteEnd(
      ofGroup: owner, .init(note: note, epoch: group.epoch, serial: lives.takeSerial(), detail: 0))
  }

  /// Whether a peer that leaves is in no group because it left before: its list pointer is still there,
  /// its owner is not. A peer that never joined has neither.
  package func hasLeft(_ address: UInt64, _ event: borrowing PagemapEvent) -> Bool {
    event.owner == 0 && event.ownerList ?? 0 != 0 && owners.peer(at: address) == nil
  }

  /// A leaving VM no longer explains a reference of the pagemaps in its slots.
  private mutating func emptySlots(of peer: Peer, _ note: EventNote, _ pid: Int32) {
    for slot in peer.slots {
      _ = pagemaps.loseSlot(slot.pagemap, life: slot.serial, of: peer.serial, note)
      deficits.settle(slot.serial, of: pid)
      deficits.forget { owners.hasLeft($0) }
    }
  }
}
