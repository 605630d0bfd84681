import PagemapEvents

/// Owner groups and their peers: drivers/gpu/drm/drm_pagemap_util.c.
extension World {
  /// Takes in an event about an owner group. Answers false where it is none.
  mutating func applyToOwners(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .acquireOwner: enter(event, object: event.peer ?? 0)
    case .acquireOwnerReturn: join(event)
    case .releaseOwner: leaveGroup(event)
    default: return false
    }
    return true
  }

  /// `drm_pagemap_acquire_owner` returned 0: the peer is in the group.
  private mutating func join(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    let call = leave(event, from: .acquireOwner)
    guard event.result ?? 0 == 0, let address = event.peer, let owner = event.owner, owner != 0
    else { return }
    let note = EventNote(event, .peer, .owner, .ownerRef)
    if call == nil, tasks[key]?.creating == nil {
      // Without the entry it is not known whether a VM or a pagemap joins.
      var group = groups[owner] ?? newGroup(owner, event.ownerRef)
      group.unknownPeers += 1
      groups[owner] = group
      return
    }
    let isPagemap = call.map { $0.start == 0 } ?? (tasks[key]?.creating != nil)
    let count = event.ownerRef
    noteSecondJoin(of: address, count: event.ownerRef, note)
    endedPeers.forget(address)
    var peer = Peer(
      address: address, epoch: epochs.begin(address), serial: takeSerial(),
      role: isPagemap ? .pagemap : .vm, owner: owner, joined: note)
    var group = groups[owner] ?? newGroup(owner, count)
    if isPagemap {
      if let pagemap = tasks[key]?.creating {
        peer.pagemap = pagemap
        pagemaps[pagemap]?.peer = address
        pagemaps[pagemap]?.owner = owner
        index(pagemap, owner: owner)
        tasks[key]?.creating = nil
      }
      group.pagemapPeers += 1
    } else {
      if group.vmPeers == 0, let idle = group.idleSince {
        observations.append(.groupJoinedAfterIdle(owner: owner, idleSince: idle, note: note))
      }
      group.vmPeers += 1
      group.idleSince = nil
      tasks[key, default: TaskState()].joining = address
    }
    if let old = peers.updateValue(peer, forKey: address) { peersBySerial[old.serial] = nil }
    peersBySerial[peer.serial] = address
    settle(&group, count)
    groups[owner] = group
  }

  private mutating func newGroup(_ owner: UInt64, _ count: Int64?) -> OwnerGroup {
    checkReuse(of: owner, count: count)
    var group = OwnerGroup(address: owner, epoch: epochs.begin(owner))
    group.unknownPeers = max(0, (count ?? 1) - 1)
    statistics.ownerGroups += 1
    return group
  }

  /// Brings the number of unknown peers in line with the sampled count.
  private mutating func settle(_ group: inout OwnerGroup, _ count: Int64?) {
    let known = group.vmPeers + group.pagemapPeers
    group.mostPeers = max(group.mostPeers, known)
    if let count, count > 0 {
      if count < Int64(known) { group.hasUnseenLeave = true }
      group.unknownPeers = min(group.unknownPeers, max(0, count - Int64(known)))
    }
  }

  /// `drm_pagemap_release_owner`: the peer leaves, and the last one takes the group with it.
  private mutating func leaveGroup(_ event: borrowing PagemapEvent) {
    guard let address = event.peer, address != 0 else { return }
    let note = EventNote(event, .peer, .owner, .ownerRef, .ownerList)
    let peer = peers.removeValue(forKey: address)
    if let peer { peersBySerial[peer.serial] = nil }
    guard !noteSecondLeave(of: address, known: peer, event, note) else { return }
    let key = task(of: event)
    tasks[key]?.joining = nil
    dropIfIdle(key)
    if let peer {
      if peer.role == .vm { emptySlots(of: peer, note, event.pid) }
    } else if let own = deficits.firstIndex(where: { $0.put.pid == note.pid && $0.isFresh }) {
      // A VM that joined unseen has put its slot and leaves.
      deficits.remove(at: own)
    }
    let sampledOwner = event.owner
    let count = event.ownerRef
    guard let owner = peer?.owner ?? sampledOwner, owner != 0 else { return }
    var group = groups[owner] ?? newGroup(owner, count)
    settle(&group, count)
    switch peer?.role {
    case .vm:
      group.vmPeers -= 1
      if group.vmPeers == 0 { group.idleSince = note }
    case .pagemap: group.pagemapPeers -= 1
    case nil: group.unknownPeers = max(0, group.unknownPeers - 1)
    }
    let isLast = group.vmPeers + group.pagemapPeers == 0 && group.unknownPeers == 0
    groups[owner] = isLast ? nil : group
    guard isLast else { return }
    statistics.note(group)
    // A count above 1 is of a peer whose joining went unrecorded, or of one that leaves right now.
    guard count ?? 1 <= 1 else { return }
    endedOwners.note(
      owner, .init(note: note, epoch: group.epoch, serial: takeSerial(), detail: 0))
  }

  /// A leaving VM no longer explains a reference of the pagemaps in its slots.
  private mutating func emptySlots(of peer: Peer, _ note: EventNote, _ pid: Int32) {
    for slot in peer.slots {
      guard var pagemap = pagemaps[slot.pagemap], pagemap.serial == slot.serial else {
        settleDeficit(of: slot.serial, note, pid)
        continue
      }
      let isPut = pagemap.loseSlot(of: peer.serial, note)
      if !isPut, pagemap.state == .active, let rest = pagemap.unattributed, rest > 0,
        pagemap.abandoned.count < 8
      {
        pagemap.abandoned.append(note)
      }
      pagemaps[slot.pagemap] = pagemap
      settleDeficit(of: slot.serial, note, pid)
    }
  }

  /// The VM that left accounts for one put: the first one of its own task's close, if there is one.
  /// Another put of the same close was one too many.
  private mutating func settleDeficit(of serial: UInt64, _ note: EventNote, _ pid: Int32) {
    defer {
      if !deficits.isEmpty {
        deficits.removeAll { $0.holders.allSatisfy { peersBySerial[$0] == nil } }
      }
    }
    let open = deficits.indices.filter { deficits[$0].pagemapSerial == serial }
    let own = open.first { deficits[$0].put.pid == pid && deficits[$0].isFresh }
    guard let settled = own ?? open.last(where: { deficits[$0].put.pid == pid }) ?? open.first
    else { return }
    for index in open
    where index != settled && deficits[index].put.pid == pid
      && deficits[index].isFresh
    {
      deficits[index].isOverdrawn = true
      deficits[index].needed -= 1
    }
    deficits.remove(at: settled)
  }
}
