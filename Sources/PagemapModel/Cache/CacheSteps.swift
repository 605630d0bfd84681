import PagemapEvents

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
    .on(.getFromCacheIfActive) { $0.checkCache($1) },
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
    checkCache(event)
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
    checkCache(event)
    checkLock(of: cache, event)
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
    checkAnswer(note, event)
    if let ref = event.ref, ref > 0 { sample(ref, of: address, note) }
    tasks.found(address, by: TaskKey(event))
  }

  /// `drm_pagemap_cache_set_pagemap`.
  private mutating func cacheSetPagemap(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache, let address = event.dpagemap, address != 0 else { return }
    checkCache(event)
    checkLock(of: cache, event)
    let note = EventNote(event, .dpagemap, .ref, .cache)
    adoptPagemap(address, note)
    guard checkUse(address, note, event.ref), let pagemap = pagemaps[address] else { return }
    if let old = event[.old], old != 0 { noteSecondPagemap(pagemap, in: cache) }
    pagemaps.learnCache(cache, of: address)
    if let ref = event.ref { sample(ref, of: address, note) }
    occupy(cache, with: pagemap, stored: note)
  }

  /// `drm_pagemap_cache_unlock_lookup`, the end of a lookup: what it came up with goes to the slot of
  /// the VM that is being made.
  private mutating func cacheUnlockLookup(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    _ = leave(event, from: .cacheLockLookup)
    if let cache = event.cache {
      checkUnlock(of: cache, by: key)
      caches.unlock(cache, by: key, EventNote(event, .cache))
    }
    guard let state = tasks[key], let lookup = state.lookup else { return }
    if let lost = lookup.lostSlot, !lookup.isCreated { news.report(lost) }
    if let began = lookup.creationBegan, lookup.isCreated, event.timestamp >= began {
      statistics.cost.creation += event.timestamp - began
      statistics.cost.creations += 1
    }
    if let peer = state.joining, let address = lookup.result {
      giveSlot(to: peer, pagemap: address, cache: lookup.cache, EventNote(event, .cache))
    }
    tasks.endLookup(of: key)
  }

  /// `drm_pagemap_cache_fini`.
  private mutating func cacheFini(_ event: borrowing PagemapEvent) {
    guard let address = event.cache, address != 0 else { return }
    tasks.forgetScan(of: TaskKey(event))
    checkCache(event)
    let cache = caches.end(address)
    if let cache { news.tellEnd(of: cache, .cache, address) }
    caches.noteEnd(
      of: address,
      .init(
        note: EventNote(event, .cache, .dpagemap), epoch: 1,
        serial: cache?.serial ?? lives.takeSerial(), detail: 0))
  }

  // MARK: Shared by the events

  /// Makes sure that a cache is known; one that is older than the recording is adopted.
  mutating func adoptCache(_ address: UInt64) {
    if !caches.contains(address) { caches.adopt(address, serial: lives.takeSerial()) }
  }

  /// A pagemap is in a cache's slot as `stored` shows, or is made for it.
  mutating func occupy(_ cache: UInt64, with pagemap: Pagemap, stored: EventNote?) {
    adoptCache(cache)
    caches.occupy(cache, with: pagemap, stored)
  }

  /// A VM has one slot for each region of its own device (xe: one per tile), filled right after its
  /// peer joined. A second lookup of a cache, or one of another device's, is for something else.
  private mutating func giveSlot(
    to peer: UInt64, pagemap address: UInt64, cache: UInt64, _ note: EventNote
  ) {
    guard let joiner = owners.peer(at: peer), joiner.role == .vm, let pagemap = pagemaps[address],
      pagemap.state == .active, !joiner.slots.contains(where: { $0.cache == cache }),
      joiner.drm == nil || joiner.drm == pagemap.home.drm
    else { return }
    checkGroups(of: joiner, pagemap, note)
    owners.giveSlot(
      .init(pagemap: address, serial: pagemap.serial, cache: cache), drm: pagemap.home.drm, to: peer
    )
    pagemaps.gain(Pagemap.Slot(peer: peer, serial: joiner.serial, note: note), of: address)
  }

  /// The shrinker on whose list a pagemap goes.
  func shrinker(of pagemap: borrowing Pagemap) -> UInt64? {
    pagemap.home.cache.flatMap { caches.shrinker(of: $0) } ?? pagemap.home.shrinker
  }
}
