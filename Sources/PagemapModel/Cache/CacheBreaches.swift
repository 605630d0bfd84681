import PagemapEvents

/// What caches rule out: drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  /// No function enters a cache whose memory is freed.
  mutating func checkCache(_ event: borrowing PagemapEvent) {
    guard let end = caches.end(at: event.cache), let address = event.cache else { return }
    // A cache that is being made may be there already; its creation's return alone tells.
    guard !tasks.areAny(in: .cacheCreate) else { return caches.forgetEnd(of: address) }
    var breach = Breach(
      .cacheAfterFini, cacheReference(address), serial: end.serial,
      note: EventNote(event, .cache, .dpagemap), since: end.note, "the cache is freed")
    // A cache that could not be made ends at once, perhaps where an old one was.
    if event.kind == .cacheFini { breach.isAmbiguous = true }
    news.report(breach)
  }

  /// `drm_pagemap_cache_unlock_lookup` of a lock that was kept into a migration.
  mutating func checkUnlock(of address: UInt64, by key: TaskKey) {
    guard let cache = caches[address], let kept = cache.kept, let holder = cache.holder,
      holder.task == key
    else { return }
    news.report(keptLock(of: address, cache, holder.note, kept))
  }

  /// `drm_pagemap_get_from_cache` and `drm_pagemap_cache_set_pagemap` are for the lock's holder.
  mutating func checkLock(of address: UInt64, _ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let cache = caches[address], cache.holder?.task != key,
      let since = cache.unlocked ?? cache.created
    else { return }
    // The lock was asked for, and the return that gave it went unrecorded.
    guard !tasks.isInCall(key, where: { $0.kind == .cacheLockLookup && $0.object == address })
    else { return caches.lockedUnseen(address, by: key, EventNote(event, .cache)) }
    var breach = Breach(
      .lookupWithoutLock, cacheReference(address), serial: cache.serial,
      note: EventNote(event, .cache, .dpagemap), since: since,
      cache.unlocked == nil ? "the cache is made, unlocked" : "the lock is free from here on")
    if let holder = cache.holder {
      breach.earlier.append((holder.note, "another task has the lock"))
    }
    news.report(breach)
  }

  /// A task that migrates pages has left its lookup. Whether it still has the lock, or its unlock
  /// went unrecorded, shows later: in its unlock, or in who waits for the lock at the end.
  mutating func checkLookupLeft(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let lookup = tasks.lookup(of: key), let holder = caches[lookup.cache]?.holder,
      holder.task == key
    else { return }
    tasks.leaveLookup(of: key)
    caches.keepLock(lookup.cache, EventNote(event, .dpagemap))
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
    caches.sorted.sorted { $0.value.serial < $1.value.serial }.compactMap { address, cache in
      guard let kept = cache.kept, let holder = cache.holder else { return nil }
      var breach = keptLock(of: address, cache, holder.note, kept)
      let waiting = tasks.calls(where: { key, call in
        key != holder.task && call.kind == .cacheLockLookup && call.object == address
          && call.note.time <= time
      })
      .min { $0.note.sequence < $1.note.sequence }
      breach.isAmbiguous = waiting == nil
      if let waiting { breach.earlier.append((waiting.note, "waits for the lock")) }
      return breach
    }
  }

  /// What `drm_pagemap_get_from_cache` returned: a pagemap with a reference, and where it was in use
  /// all the time, `queued` was not complete.
  mutating func checkAnswer(_ note: EventNote, _ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, let pagemap = pagemaps[address] else { return }
    if let ref = event.ref, ref < 1 {
      return news.report(
        Breach(
          .cacheGaveDead, reference(pagemap), pagemap, note, since: pagemap.fate.released,
          "its last reference goes"))
    }
    guard let slot = tasks.lookup(of: TaskKey(event))?.slot,
      slot.value(of: .dpagemap) == address, let queued = slot.value(of: .queued), queued != 0,
      pagemap.state == .active, pagemap.created.time < slot.time, !pagemap.isAdopted
    else { return }
    news.report(
      Breach(
        .staleQueued, reference(pagemap), pagemap, note, since: slot,
        "queued is complete, although the pagemap is in use"))
  }

  private func cacheReference(_ address: UInt64) -> ObjectReference {
    ObjectReference(kind: .cache, address: address, epoch: 1)
  }
}
