import PagemapEvents

/// What caches, shrinkers and owner groups rule out: drivers/gpu/drm/drm_pagemap_util.c.
extension World {
  // MARK: Cache

  /// No function enters a cache whose memory is freed.
  mutating func checkCache(_ event: borrowing PagemapEvent) {
    guard !endedCaches.isEmpty, let address = event.cache, let end = endedCaches[address] else {
      return
    }
    // A cache that is being made may be there already; its creation's return alone tells.
    guard !isMakingCache else { return endedCaches.forget(address) }
    var breach = Breach(
      .cacheAfterFini, cacheReference(address), serial: end.serial,
      note: EventNote(event, .cache, .dpagemap), since: end.note, "the cache is freed")
    // A cache that could not be made ends at once, perhaps where an old one was.
    if event.kind == .cacheFini { breach.isAmbiguous = true }
    report(breach)
  }

  /// Whether some task entered `drm_pagemap_cache_create_devm` and was not seen to leave it.
  private var isMakingCache: Bool {
    tasks.values.contains { $0.calls.contains { $0.kind == .cacheCreate } }
  }

  /// The lock that guards lookups was given to the task of a return. A mutex has one holder: an
  /// earlier one has unlocked, seen or not.
  mutating func noteLock(of address: UInt64, _ event: borrowing PagemapEvent) {
    if caches[address] == nil { caches[address] = newCache() }
    let key = task(of: event)
    let note = EventNote(event, .cache, .result)
    caches.withValue(of: address) { cache in
      cache.holder = (key, note)
      cache.kept = nil
    }
  }

  /// `drm_pagemap_cache_unlock_lookup`. With equal stamps the next holder's lock may stand before
  /// it, and stays.
  mutating func noteUnlock(of address: UInt64, _ event: borrowing PagemapEvent) {
    let key = task(of: event)
    if let cache = caches[address], let kept = cache.kept, let holder = cache.holder,
      holder.task == key
    {
      report(keptLock(of: address, cache, holder.note, kept))
    }
    caches.withValue(of: address) { cache in
      if cache.holder?.task == key { cache.holder = nil }
      cache.kept = nil
      cache.unlocked = EventNote(event, .cache)
    }
  }

  /// `drm_pagemap_get_from_cache` and `drm_pagemap_cache_set_pagemap` are for the lock's holder.
  mutating func checkLock(of address: UInt64, _ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let cache = caches[address], cache.holder?.task != key,
      let since = cache.unlocked ?? cache.created
    else { return }
    // The lock was asked for, and the return that gave it went unrecorded.
    let isAsked = tasks[key]?.calls.contains { $0.kind == .cacheLockLookup && $0.object == address }
    guard isAsked != true else {
      caches[address]?.holder = (key, EventNote(event, .cache))
      return
    }
    var breach = Breach(
      .lookupWithoutLock, cacheReference(address), serial: cache.serial,
      note: EventNote(event, .cache, .dpagemap), since: since,
      cache.unlocked == nil ? "the cache is made, unlocked" : "the lock is free from here on")
    if let holder = cache.holder {
      breach.earlier.append((holder.note, "another task has the lock"))
    }
    report(breach)
  }

  /// A task that migrates pages has left its lookup. Whether it still has the lock, or its unlock
  /// went unrecorded, shows later: in its unlock, or in who waits for the lock at the end.
  mutating func checkLookupLeft(_ event: borrowing PagemapEvent) {
    guard let lookup = tasks[task(of: event)]?.lookup, let cache = caches[lookup.cache],
      let holder = cache.holder, holder.task == task(of: event)
    else { return }
    tasks[task(of: event)]?.lookup = nil
    lookers.removeAll { $0 == holder.task }
    caches[lookup.cache]?.kept = EventNote(event, .dpagemap)
  }

  private func keptLock(
    of address: UInt64, _ cache: Cache, _ locked: EventNote, _ kept: EventNote
  ) -> Breach {
    Breach(
      .lookupLockKept, cacheReference(address), serial: cache.serial, note: kept, since: locked,
      "this task gets the lock")
  }

  /// Locks that tasks took on into a migration and did not give back by now, oldest first. They are
  /// proven where another task waits for the lock since `time` or longer, else ambiguous.
  package func keptLocks(waitingSince time: UInt64) -> [Breach] {
    caches.sorted { $0.value.serial < $1.value.serial }.compactMap { address, cache in
      guard let kept = cache.kept, let holder = cache.holder else { return nil }
      var breach = keptLock(of: address, cache, holder.note, kept)
      let waiting = tasks.filter { $0.key != holder.task }.values.flatMap(\.calls)
        .filter { $0.kind == .cacheLockLookup && $0.object == address && $0.note.time <= time }
        .min { $0.note.sequence < $1.note.sequence }
      breach.isAmbiguous = waiting == nil
      if let waiting { breach.earlier.append((waiting.note, "waits for the lock")) }
      return breach
    }
  }

  /// An empty slot while the pagemap that was stored in it has references.
  mutating func checkSlot(of address: UInt64, _ event: borrowing PagemapEvent) {
    guard let cache = caches[address], let stored = cache.stored, let held = cache.pagemap,
      let pagemap = pagemaps[held], pagemap.serial == cache.pagemapSerial,
      pagemap.state == .active, let sample = pagemap.sample, sample.value > 0
    else { return }
    var breach = Breach(
      .cacheLostPagemap, reference(pagemap), pagemap, EventNote(event, .cache, .dpagemap),
      since: stored, "it is in the cache's slot")
    breach.earlier.append((sample.note, "it has references"))
    caches[address]?.stored = nil
    // A lookup that makes a second pagemap now says so itself.
    if tasks.withValue(of: task(of: event), { $0.lookup?.lostSlot = breach }) == nil {
      report(breach)
    }
  }

  /// What `drm_pagemap_get_from_cache` returned: a pagemap with a reference, and where it was in use
  /// all the time, `queued` was not complete.
  mutating func checkAnswer(_ note: EventNote, _ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, let pagemap = pagemaps[address] else { return }
    if let ref = event.ref, ref < 1 {
      report(
        Breach(
          .cacheGaveDead, reference(pagemap), pagemap, note, since: pagemap.released,
          "its last reference goes"))
      return
    }
    guard let slot = tasks[task(of: event)]?.lookup?.slot,
      slot.value(of: .dpagemap) == address, let queued = slot.value(of: .queued), queued != 0,
      pagemap.state == .active, pagemap.created.time < slot.time, !pagemap.isAdopted
    else { return }
    report(
      Breach(
        .staleQueued, reference(pagemap), pagemap, note, since: slot,
        "queued is complete, although the pagemap is in use"))
  }

  private func cacheReference(_ address: UInt64) -> ObjectReference {
    ObjectReference(kind: .cache, address: address, epoch: 1)
  }

  // MARK: Shrinker

  /// Reclaim looks up no cache and ends none: a scan that this task is in returned unseen.
  mutating func forgetScan(_ event: borrowing PagemapEvent) {
    tasks.withValue(of: task(of: event)) { $0.calls.removeAll { $0.kind == .shrinkerScan } }
  }

  /// Notes that the scan the task is in took a pagemap off the list.
  mutating func noteShrunk(_ event: borrowing PagemapEvent) {
    tasks.withValue(of: task(of: event)) { state in
      guard let place = state.calls.lastIndex(where: { $0.kind == .shrinkerScan }) else { return }
      state.calls[place].attempts += 1
    }
  }

  /// Whether what `drm_pagemap_shrinker_add` samples through the pagemap's cache is the shrinker's
  /// own: behind an unplug both may be freed memory.
  func isListed(_ pagemap: UInt64, _ event: borrowing PagemapEvent) -> Bool {
    guard let shrinker = event.shrinker, shrinkers[shrinker] != nil, let cache = event.cache,
      endedCaches[cache] == nil, let drm = pagemaps[pagemap]?.drm
    else { return false }
    return devices[drm]?.unplugged == nil
  }

  /// A count above what is known to be on the list: what is being released got there unrecorded.
  mutating func noteUnseenAdds(_ result: Int64, of address: UInt64, _ note: EventNote) {
    let own = pagemaps.values.filter { shrinker(of: $0) == address }
    let listed = own.count { $0.state == .cached }
    guard result > Int64(listed) else { return }
    let unseen = Int(clamping: result) - listed
    let waiting = own.filter { $0.state == .releasing }.sorted { $0.serial < $1.serial }
    for pagemap in waiting.prefix(unseen) {
      pagemaps[pagemap.address]?.state = .cached
      pagemaps[pagemap.address]?.queued = note
    }
  }

  /// Whether a pagemap whose last reference went is surely not on a list, though its queueing may
  /// have gone unrecorded: none could take it, or a later count has no room for it.
  package func isOffList(_ pagemap: Pagemap, since time: UInt64) -> Bool {
    if pagemap.drm.map({ devices[$0]?.unplugged != nil }) == true { return true }
    guard let cache = pagemap.cache else { return !pagemap.isAdopted }
    guard let shrinker = caches[cache]?.shrinker, let count = shrinkers[shrinker]?.lastCount,
      count.time > time, let result = count.value(of: .result)
    else { return false }
    let listed = pagemaps.values.count { $0.state == .cached && self.shrinker(of: $0) == shrinker }
    return max(0, Int64(bitPattern: result)) <= Int64(listed)
  }

  /// The list's length, as an event sampled it, is never negative.
  mutating func checkLength(_ event: borrowing PagemapEvent) {
    guard let length = event.num, length < 0, let address = event.shrinker else { return }
    var breach = Breach(
      .shrinkerList, shrinkerReference(address), serial: serial(ofShrinker: address),
      note: EventNote(event, .shrinker, .num))
    breach.found = length
    report(breach)
  }

  /// `drm_pagemap_shrinker_add` of a pagemap that is on the list.
  mutating func checkAdded(_ address: UInt64, _ note: EventNote) {
    guard let pagemap = pagemaps[address], pagemap.state == .cached, let queued = pagemap.queued
    else { return }
    report(
      Breach(.shrinkerList, reference(pagemap), pagemap, note, since: queued, "it is on the list"))
  }

  /// How long a pagemap must have been on the list to be in every later count, in nanoseconds.
  private static var settleTime: UInt64 { 100_000_000 }

  /// A count that misses pagemaps which are surely on the list.
  mutating func checkCount(_ result: Int64, of address: UInt64, _ note: EventNote) {
    guard records.cancel, !isChangingLists else { return }
    let listed = pagemapsListed(by: address).filter { pagemap in
      pagemap.state == .cached && shrinker(of: pagemap) == address
        && pagemap.queued.map { $0.time &+ Self.settleTime < note.time } ?? false
        && pagemap.drm.map { devices[$0]?.unplugged == nil } ?? false
    }
    let count = max(result, 0)
    guard count < listed.count, let oldest = listed.min(by: { $0.serial < $1.serial }),
      let queued = oldest.queued
    else { return }
    var breach = Breach(
      .shrinkerList, reference(oldest), oldest, note, since: queued, "it is put on the list")
    breach.found = count
    breach.expected = Int64(listed.count)
    report(breach)
  }

  /// The pagemaps that are on a shrinker's list, as far as events told.
  private mutating func pagemapsListed(by shrinker: UInt64) -> [Pagemap] {
    listed[shrinker].compactMap { address in
      if let pagemap = pagemaps[address], pagemap.state == .cached { return pagemap }
      listed.remove(address, from: shrinker)
      return nil
    }
  }

  /// Whether some task is in a function that takes pagemaps off a list.
  private var isChangingLists: Bool {
    guard callers.count <= Self.callerLimit else { return true }
    return !lookers.isEmpty
      || callers.contains { key in
        tasks[key]?.calls.contains { $0.kind == .shrinkerScan || $0.kind == .shrinkerCancel }
          ?? false
      }
  }

  /// `drm_pagemap_shrinker_fini`: the list must be empty.
  mutating func finishShrinker(_ event: borrowing PagemapEvent) {
    guard let address = event.shrinker, address != 0 else { return }
    if let length = event.num, length != 0 {
      reportLeft(on: address, length, EventNote(event, .shrinker, .num))
    }
    shrinkers[address] = nil
  }

  /// The breach is about the oldest pagemap that is left on the list, where one is known.
  private mutating func reportLeft(on address: UInt64, _ length: Int64, _ note: EventNote) {
    let left = pagemaps.values.filter { pagemap in
      pagemap.state == .cached && pagemap.cache != nil
        && (caches[pagemap.cache ?? 0]?.shrinker ?? pagemap.shrinker) == address
    }
    let oldest = left.min { $0.serial < $1.serial }
    if let oldest, let second = pagemaps.values.first(where: { $0.rival?.serial == oldest.serial })
    {
      return observations.append(.secondPagemap(first: oldest, second: second))
    }
    var breach = Breach(
      .shrinkerNotEmpty, oldest.map { reference($0) } ?? shrinkerReference(address),
      serial: oldest?.serial ?? serial(ofShrinker: address), note: note, since: oldest?.queued,
      "it is put on the list")
    breach.device = oldest?.device
    breach.found = length
    report(breach)
  }

  private mutating func serial(ofShrinker address: UInt64) -> UInt64 {
    if let known = shrinkers[address] { return known.serial }
    return takeSerial()
  }

  private func shrinkerReference(_ address: UInt64) -> ObjectReference {
    ObjectReference(kind: .shrinker, address: address, epoch: 1)
  }

  // MARK: Owner groups

  /// `drm_pagemap_acquire_owner` of a peer that is in a group and was not seen to leave it. The
  /// owner's count tells whether a leave was merely not recorded.
  mutating func noteSecondJoin(of address: UInt64, count: Int64?, _ note: EventNote) {
    guard let peer = peers[address], let owner = note.value(of: .owner) else { return }
    let known = groups[owner].map { Int64($0.vmPeers + $0.pagemapPeers) + $0.unknownPeers } ?? 0
    peers[address] = nil
    peersBySerial[peer.serial] = nil
    guard let count, owner == peer.owner, count > known else { return }
    var breach = Breach(
      .joinedTwice, reference(peer), serial: peer.serial, note: note, since: peer.joined,
      "it joins")
    // Another peer that joins right now may be in the count.
    let isJoining = callers.contains { key in
      tasks[key]?.calls.contains { $0.kind == .acquireOwner } ?? false
    }
    if isJoining {
      breach.isAmbiguous = true
    }
    report(breach)
  }

  /// `drm_pagemap_release_owner` of a peer that left its group: its list pointer is still there, its
  /// owner is not. A peer that never joined has neither.
  mutating func noteSecondLeave(
    of address: UInt64, known: Peer?, _ event: borrowing PagemapEvent, _ note: EventNote
  ) -> Bool {
    if let known {
      endedPeers.note(
        address,
        .init(note: note, epoch: known.epoch, serial: known.serial, detail: known.owner))
      return false
    }
    guard let list = event.ownerList, list != 0, event.owner == 0 else { return false }
    let end = endedPeers[address]
    let pagemap = pagemaps.values.first { $0.peer == address }
    var object = ObjectReference(
      kind: pagemap == nil ? .vmPeer : .pagemapPeer, address: address, epoch: end?.epoch ?? 1)
    object.owner = end?.detail
    var breach = Breach(
      .leftTwice, object, serial: end?.serial ?? takeSerial(), note: note, since: end?.note,
      "it leaves its group")
    breach.device = pagemap?.device
    breach.explains = pagemap.map { [$0.serial] } ?? []
    report(breach)
    return true
  }

  /// A group begins at an address that mapped memory still names as its owner's. `count` is what
  /// its first peer sampled: 1 for an owner that is new.
  mutating func checkReuse(of owner: UInt64, count: Int64?) {
    guard let end = endedOwners[owner] else { return }
    endedOwners.forget(owner)
    let named = pgmapsOfOwner[owner].filter { pgmap in
      guard let mapping = pgmaps[pgmap], mapping.owner == owner, mapping.unmapping == nil else {
        return false
      }
      return mapping.mapped.map { $0.time < end.note.time } ?? false
    }
    .flatMap { pagemaps(ofPgmap: $0) }.compactMap { pagemaps[$0] }
    guard count == 1, let pagemap = named.min(by: { $0.serial < $1.serial }),
      let mapped = pagemap.pgmap.flatMap({ pgmaps[$0]?.mapped })
    else { return }
    var breach = Breach(
      .ownerReused, reference(pagemap), pagemap, end.note, since: mapped,
      "its memory is mapped for this owner")
    breach.object.owner = owner
    report(breach)
  }

  func reference(_ peer: Peer) -> ObjectReference {
    var reference = ObjectReference(
      kind: peer.role == .vm ? .vmPeer : .pagemapPeer, address: peer.address, epoch: peer.epoch)
    reference.owner = peer.owner
    return reference
  }

  /// A VM's slot gets the pagemap of its own device, which is in another group.
  mutating func checkGroups(of peer: Peer, _ pagemap: Pagemap, _ note: EventNote) {
    guard let owner = pagemap.owner, owner != peer.owner else { return }
    var breach = Breach(
      .ownerMismatch, reference(peer), serial: peer.serial, note: note, since: peer.joined,
      "the VM joins its group")
    breach.device = pagemap.device
    breach.isAmbiguous = true
    report(breach)
  }
}
