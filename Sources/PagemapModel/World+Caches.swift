import PagemapEvents

/// Caches, shrinkers and owner groups: drivers/gpu/drm/drm_pagemap_util.c.
extension World {
  /// Takes in an event about a cache, a shrinker or an owner group. Answers false where it is none.
  mutating func applyToCaches(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .cacheCreate: noteDevice(event.drm, name: event.device)
    case .cacheCreateReturn: learnCache(event)
    case .shrinkerCreate: bindDevice(event)
    case .cacheLockLookup: break
    case .cacheLockLookupReturn: lockLookup(event)
    case .cacheUnlockLookup: unlockLookup(event)
    case .getFromCache: lookUp(event)
    case .getFromCacheReturn: lookedUp(event)
    case .getFromCacheIfActiveReturn: break
    case .cacheSetPagemap: setPagemap(event)
    case .cacheFini: finishCache(event)
    case .shrinkerAdd: addToShrinker(event)
    case .shrinkerCancelReturn: break
    case .shrinkerCountReturn: countShrinker(event)
    case .shrinkerScan: enter(event, object: event.shrinker ?? 0)
    case .shrinkerScanReturn: _ = leave(event, from: .shrinkerScan)
    case .acquireOwner: enter(event, object: event.peer ?? 0)
    case .acquireOwnerReturn: join(event)
    case .releaseOwner: leaveGroup(event)
    default: return false
    }
    return true
  }

  /// `drm_pagemap_shrinker_create_devm`: the driver binds the device, perhaps once more.
  private mutating func bindDevice(_ event: borrowing PagemapEvent) {
    noteDevice(event.drm, name: event.device)
    if let drm = event.drm { devices[drm]?.unplugged = nil }
  }

  // MARK: Cache

  private mutating func learnCache(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache, cache != 0 else { return }
    caches[cache] = Cache(shrinker: event.shrinker)
  }

  private mutating func lockLookup(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache, event.result == 0 else { return }
    tasks[task(of: event), default: TaskState()].lookup = TaskState.Lookup(cache: cache)
  }

  /// `drm_pagemap_get_from_cache`: shows which pagemap the cache's slot holds.
  private mutating func lookUp(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache else { return }
    if caches[cache] == nil { caches[cache] = Cache() }
    guard let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref, .cache)
    adoptPagemap(address, note)
    guard let pagemap = pagemaps[address] else { return }
    caches[cache]?.pagemap = address
    caches[cache]?.pagemapSerial = pagemap.serial
    pagemaps[address]?.cache = cache
    if pagemap.state == .active, let ref = event.ref, ref > 0 {
      pagemaps[address]?.take(ref, note)
    }
  }

  private mutating func lookedUp(_ event: borrowing PagemapEvent) {
    guard let result = event.result else { return }
    guard let address = event.dpagemap, address != 0 else {
      if result == 0 { statistics.pagemaps.cacheMisses += 1 }
      return
    }
    statistics.pagemaps.cacheHits += 1
    let note = EventNote(event, .dpagemap, .ref, .cache)
    adoptPagemap(address, note)
    if pagemaps[address]?.state == .active, let ref = event.ref, ref > 0 {
      pagemaps[address]?.take(ref, note)
    }
    tasks[task(of: event)]?.lookup?.result = address
  }

  private mutating func setPagemap(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache, let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref, .cache)
    adoptPagemap(address, note)
    guard checkUse(address, note, event.ref), let pagemap = pagemaps[address] else { return }
    if let old = event[.old], old != 0 { noteSecondPagemap(pagemap, in: cache) }
    pagemaps[address]?.cache = cache
    if let ref = event.ref { pagemaps[address]?.take(ref, note) }
    caches[cache, default: Cache()].pagemap = address
    caches[cache]?.pagemapSerial = pagemap.serial
  }

  /// The end of a lookup: what it came up with goes to the slot of the VM that is being made.
  private mutating func unlockLookup(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let state = tasks[key], let lookup = state.lookup else { return }
    if let began = lookup.creationBegan, lookup.isCreated, event.timestamp >= began {
      statistics.cost.creation += event.timestamp - began
      statistics.cost.creations += 1
    }
    if let peer = state.joining, let address = lookup.result {
      giveSlot(to: peer, pagemap: address, cache: lookup.cache, EventNote(event, .cache))
    }
    tasks[key]?.lookup = nil
    tasks[key]?.creating = nil
    dropIfIdle(key)
  }

  /// A VM has one slot for each region of its own device (xe: one per tile), filled right after its
  /// peer joined. A second lookup of a cache, or one of another device's, is for something else.
  private mutating func giveSlot(
    to peer: UInt64, pagemap address: UInt64, cache: UInt64, _ note: EventNote
  ) {
    guard var joiner = peers[peer], joiner.role == .vm, let pagemap = pagemaps[address],
      pagemap.state == .active, !joiner.slots.contains(where: { $0.cache == cache }),
      joiner.drm == nil || joiner.drm == pagemap.drm
    else { return }
    joiner.drm = pagemap.drm
    joiner.slots.append((pagemap: address, serial: pagemap.serial, cache: cache))
    peers[peer] = joiner
    pagemaps[address]?.slots.append(Pagemap.Slot(peer: peer, serial: joiner.serial, note: note))
    pagemaps[address]?.judgeLevels(note)
  }

  private mutating func finishCache(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache else { return }
    caches[cache] = nil
  }

  // MARK: Shrinker

  private mutating func addToShrinker(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, pagemaps[address]?.state == .releasing else { return }
    if let cache = event.cache, cache != 0 { pagemaps[address]?.cache = cache }
    if let cache = event.cache, cache != 0, let shrinker = event.shrinker {
      caches[cache, default: Cache()].shrinker = shrinker
    }
    pagemaps[address]?.state = .cached
  }

  private mutating func countShrinker(_ event: borrowing PagemapEvent) {
    guard let shrinker = event.shrinker, shrinkerCounts.count < 4096 else { return }
    shrinkerCounts[shrinker] = EventNote(event, .shrinker, .result)
  }

  // MARK: Owner groups

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
    var peer = Peer(
      address: address, epoch: epochs.begin(address), serial: takeSerial(),
      role: isPagemap ? .pagemap : .vm, owner: owner, joined: note)
    var group = groups[owner] ?? newGroup(owner, count)
    if isPagemap {
      if let pagemap = tasks[key]?.creating {
        peer.pagemap = pagemap
        pagemaps[pagemap]?.peer = address
        pagemaps[pagemap]?.owner = owner
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
    peers[address] = peer
    settle(&group, count)
    groups[owner] = group
  }

  private mutating func newGroup(_ owner: UInt64, _ count: Int64?) -> OwnerGroup {
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
    let note = EventNote(event, .peer, .owner, .ownerRef)
    let peer = peers.removeValue(forKey: address)
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
    if isLast { statistics.note(group) }
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
        let joined = Set(peers.values.map(\.serial))
        deficits.removeAll { $0.holders.allSatisfy { !joined.contains($0) } }
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
