package import PagemapEvents

/// Caches: drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  static let cacheSteps: [StepRow] = [
    .on(.cacheCreate) { $0.cacheCreateDevm($1) },
    .on(.cacheCreateReturn) { $0.cacheCreateDevmReturn($1) },
    .on(.cacheLockLookup) { $0.cacheLockLookup($1) },
    .on(.cacheLockLookupReturn) { $0.cacheLockLookupReturn($1) },
    .on(.cacheUnlockLookup) { $0.cacheUnlockLookup($1) },
    .on(.getFromCache) { $0.getFromCache($1) },
    .on(.getFromCacheReturn) { $0.getFromCacheReturn($1) },
    .on(.getFromCacheIfActive) { $0.enterCache($1) },
    .on(.cacheSetPagemap) { $0.cacheSetPagemap($1) },
    .on(.cacheFini) { $0.cacheFini($1) },
  ]

  /// `drm_pagemap_cache_create_devm`.
  private mutating func cacheCreateDevm(_ event: borrowing PagemapEvent) {
    devices.note(event.drm, name: event.device)
    enter(event, object: event.shrinker ?? 0)
  }

  private mutating func cacheCreateDevmReturn(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .cacheCreate)
    guard let address = event.cache, address != 0 else { return }
    var cache = Cache(serial: lives.takeSerial())
    cache.shrinker = event.shrinker
    cache.created = EventNote(event, .cache, .shrinker)
    caches.begin(cache, at: address)
  }

  /// `drm_pagemap_cache_lock_lookup`.
  private mutating func cacheLockLookup(_ event: borrowing PagemapEvent) {
    enterCache(event)
    tasks.forgetScan(of: TaskKey(event))
    enter(event, object: event.cache ?? 0)
  }

  private mutating func cacheLockLookupReturn(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .cacheLockLookup)
    guard let address = event.cache, event.result == 0 else { return }
    adoptCache(address)
    caches.lock(address, by: TaskKey(event), EventNote(event, .cache, .result))
    tasks.beginLookup(in: address, by: TaskKey(event))
  }

  /// `drm_pagemap_get_from_cache`: shows which pagemap the cache's slot holds.
  private mutating func getFromCache(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache else { return }
    enterCache(event)
    noteUnseenLock(of: cache, event)
    adoptCache(cache)
    guard let address = event.dpagemap, address != 0 else {
      if event.dpagemap == 0 { caches.clear(cache) }
      return
    }
    let note = EventNote(event, .dpagemap, .ref, .cache, .queued)
    tasks.foundSlot(note, by: TaskKey(event))
    adoptPagemap(address, note)
    guard let pagemap = pagemaps[address] else { return }
    caches.occupy(cache, with: pagemap, note)
    pagemaps.learnCache(cache, of: address)
    if let ref = event.ref, ref > 0 { sample(ref, of: address, note) }
  }

  private mutating func getFromCacheReturn(_ event: borrowing PagemapEvent) {
    guard let result = event.result else { return }
    guard let address = event.dpagemap, address != 0 else {
      if result == 0 { statistics.pagemaps.cacheMisses += 1 }
      return
    }
    statistics.pagemaps.cacheHits += 1
    let note = EventNote(event, .dpagemap, .ref, .cache)
    adoptPagemap(address, note)
    if let ref = event.ref, ref > 0 { sample(ref, of: address, note) }
    tasks.found(address, by: TaskKey(event))
  }

  /// `drm_pagemap_cache_set_pagemap`.
  private mutating func cacheSetPagemap(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache, let address = event.dpagemap, address != 0 else { return }
    enterCache(event)
    noteUnseenLock(of: cache, event)
    let note = EventNote(event, .dpagemap, .ref, .cache)
    adoptPagemap(address, note)
    guard checkUse(address, note, event.ref), let pagemap = pagemaps[address] else { return }
    if let old = event[.old], old != 0 { observeSecondPagemap(pagemap, in: cache) }
    pagemaps.learnCache(cache, of: address)
    if let ref = event.ref { sample(ref, of: address, note) }
    occupy(cache, with: pagemap, stored: note)
  }

  /// `drm_pagemap_cache_unlock_lookup`, the end of a lookup: what it came up with goes to the slot of
  /// the VM that is being made.
  private mutating func cacheUnlockLookup(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    _ = leave(event, from: .cacheLockLookup)
    if let cache = event.cache { caches.unlock(cache, by: key, EventNote(event, .cache)) }
    guard let state = tasks[key], let lookup = state.lookup else { return }
    if let lost = lookup.lostSlot, !lookup.isCreated { news.report(lost) }
    if let began = lookup.creationBegan, lookup.isCreated, event.timestamp >= began {
      statistics.cost.creation += event.timestamp - began
      statistics.cost.creations += 1
    }
    fillSlot(event)
    tasks.endLookup(of: key)
  }

  /// `drm_pagemap_cache_fini`.
  private mutating func cacheFini(_ event: borrowing PagemapEvent) {
    guard let address = event.cache, address != 0 else { return }
    tasks.forgetScan(of: TaskKey(event))
    enterCache(event)
    let cache = caches.end(address)
    if let cache { news.tellEnd(of: cache, .cache, address) }
    caches.noteEnd(
      of: address,
      .init(
        note: EventNote(event, .cache, .dpagemap), epoch: 1,
        serial: cache?.serial ?? lives.takeSerial(), detail: 0))
  }

  // MARK: Shared by the events

  /// A function is entered with a cache. One that is being made may be there where an old one ended; its
  /// creation's return alone tells.
  private mutating func enterCache(_ event: borrowing PagemapEvent) {
    guard caches.end(at: event.cache) != nil, let address = event.cache else { return }
    if tasks.areAny(in: .cacheCreate) { caches.forgetEnd(of: address) }
  }

  /// A task that asked for the lock of a cache, and now does what is for the lock's holder, has it: the
  /// return that gave it went unrecorded.
  private mutating func noteUnseenLock(of address: UInt64, _ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let cache = caches[address], cache.holder?.task != key,
      cache.unlocked != nil || cache.created != nil, tasks.isLocking(address, key)
    else { return }
    caches.lockedUnseen(address, by: key, EventNote(event, .cache))
  }

  /// A task that migrates pages has left its lookup. Whether it still has the lock, or its unlock
  /// went unrecorded, shows later: in its unlock, or in who waits for the lock at the end.
  mutating func noteLookupLeft(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let cache = tasks.cacheLookedUp(by: key), caches.holder(of: cache) == key else { return }
    tasks.leaveLookup(of: key)
    caches.keepLock(cache, EventNote(event, .dpagemap))
  }

  /// Makes sure that a cache is known; one that is older than the recording is adopted.
  mutating func adoptCache(_ address: UInt64) {
    if !caches.contains(address) { caches.adopt(address, serial: lives.takeSerial()) }
  }

  /// A pagemap is in a cache's slot as `stored` shows, or is made for it.
  mutating func occupy(_ cache: UInt64, with pagemap: Pagemap, stored: EventNote?) {
    adoptCache(cache)
    caches.occupy(cache, with: pagemap, stored)
  }

  /// The pagemap that a lookup came up with goes to a slot of the VM that is being made.
  private mutating func fillSlot(_ event: borrowing PagemapEvent) {
    guard let (slot, peer, home) = filledSlot(by: event) else { return }
    owners.giveSlot(slot, drm: home.drm, to: peer.address)
    let note = EventNote(event, .cache)
    pagemaps.gain(
      Pagemap.Slot(peer: peer.address, serial: peer.serial, note: note), of: slot.pagemap)
  }

  /// The slot that a lookup fills when the task of an event ends it, the peer of the VM that has the slot,
  /// and where the slot's pagemap belongs; nil where it fills none. A VM has one slot for each region of its own device (xe: one
  /// per tile), filled right after its peer joined. A second lookup of a cache, or one of another
  /// device's, is for something else.
  package func filledSlot(
    by event: borrowing PagemapEvent
  ) -> (slot: Peer.Slot, peer: Peer, home: Pagemap.Home)? {
    guard let filling = tasks.filling(TaskKey(event)), let peer = owners.peer(at: filling.peer),
      peer.role == .vm, !peer.slots.contains(where: { $0.cache == filling.cache }),
      let (serial, home) = pagemaps.active(at: filling.pagemap),
      peer.drm == nil || peer.drm == home.drm
    else { return nil }
    return (Peer.Slot(pagemap: filling.pagemap, serial: serial, cache: filling.cache), peer, home)
  }

  /// The shrinker on whose list a pagemap goes.
  package func shrinker(of pagemap: borrowing Pagemap) -> UInt64? {
    pagemap.home.cache.flatMap { caches.shrinker(of: $0) } ?? pagemap.home.shrinker
  }
}
