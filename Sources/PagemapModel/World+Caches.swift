import PagemapEvents

/// Caches and shrinkers: drivers/gpu/drm/drm_pagemap_util.c.
extension World {
  /// Takes in an event about a cache, a shrinker or an owner group. Answers false where it is none.
  mutating func applyToCaches(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .cacheCreate: createCache(event)
    case .cacheCreateReturn: learnCache(event)
    case .shrinkerCreate: bindDevice(event)
    case .shrinkerCreateReturn: learnShrinker(event)
    case .cacheLockLookup:
      checkCache(event)
      forgetScan(event)
      enter(event, object: event.cache ?? 0)
    case .cacheLockLookupReturn: lockLookup(event)
    case .cacheUnlockLookup: unlockLookup(event)
    case .getFromCache: lookUp(event)
    case .getFromCacheReturn: lookedUp(event)
    case .getFromCacheIfActive: checkCache(event)
    case .getFromCacheIfActiveReturn: break
    case .cacheSetPagemap: setPagemap(event)
    case .cacheFini: finishCache(event)
    case .shrinkerAdd: addToShrinker(event)
    case .shrinkerFini: finishShrinker(event)
    case .shrinkerCancel: enter(event, object: event.dpagemap ?? 0)
    case .shrinkerCancelReturn: cancelled(event)
    case .shrinkerCountReturn: countShrinker(event)
    case .shrinkerScan:
      enter(event, object: event.shrinker ?? 0)
      learnShrinker(event)
      checkLength(event)
    case .shrinkerScanReturn: scanned(event)
    default: return applyToOwners(event)
    }
    return true
  }

  /// `drm_pagemap_shrinker_create_devm`: the driver binds the device, perhaps once more.
  private mutating func bindDevice(_ event: borrowing PagemapEvent) {
    noteDevice(event.drm, name: event.device)
    if let drm = event.drm { devices[drm]?.unplugged = nil }
  }

  /// `drm_pagemap_shrinker_cancel` returned: true where it took the pagemap off the list. One that
  /// was not known to be there was released, and put there, unrecorded.
  private mutating func cancelled(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .shrinkerCancel)
    guard let address = event.dpagemap, address != 0 else { return }
    guard event.result == 1 else {
      let note = EventNote(event, .dpagemap, .result)
      guard event.result == 0, let serial = pagemaps[address]?.serial else { return }
      let rival = Pagemap.Rival(address: address, serial: serial, note: note)
      tasks.withValue(of: task(of: event)) { $0.lookup?.refused = rival }
      return
    }
    pagemaps.withValue(of: address) { pagemap in
      guard pagemap.state != .destroyed else { return }
      pagemap.state = .taken
    }
  }

  // MARK: Cache

  private mutating func createCache(_ event: borrowing PagemapEvent) {
    noteDevice(event.drm, name: event.device)
    enter(event, object: event.shrinker ?? 0)
  }

  private mutating func learnCache(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .cacheCreate)
    guard let address = event.cache, address != 0 else { return }
    endedCaches.forget(address)
    var cache = Cache()
    cache.shrinker = event.shrinker
    cache.created = EventNote(event, .cache, .shrinker)
    cache.serial = takeSerial()
    caches[address] = cache
  }

  private mutating func lockLookup(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .cacheLockLookup)
    guard let cache = event.cache, event.result == 0 else { return }
    noteLock(of: cache, event)
    let key = task(of: event)
    tasks[key, default: TaskState()].lookup = TaskState.Lookup(cache: cache)
    if !lookers.contains(key), lookers.count < Self.callerLimit { lookers.append(key) }
  }

  /// `drm_pagemap_get_from_cache`: shows which pagemap the cache's slot holds.
  private mutating func lookUp(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache else { return }
    checkCache(event)
    checkLock(of: cache, event)
    if caches[cache] == nil { caches[cache] = newCache() }
    guard let address = event.dpagemap, address != 0 else {
      if event.dpagemap == 0 { checkSlot(of: cache, event) }
      return
    }
    let note = EventNote(event, .dpagemap, .ref, .cache, .queued)
    tasks.withValue(of: task(of: event)) { $0.lookup?.slot = note }
    adoptPagemap(address, note)
    guard let pagemap = pagemaps[address] else { return }
    store(pagemap, in: cache, note)
    pagemaps[address]?.cache = cache
    if pagemap.state == .active, let ref = event.ref, ref > 0 {
      takeSample(ref, of: address, note)
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
    checkAnswer(note, event)
    if pagemaps[address]?.state == .active, let ref = event.ref, ref > 0 {
      takeSample(ref, of: address, note)
    }
    tasks[task(of: event)]?.lookup?.result = address
  }

  private mutating func setPagemap(_ event: borrowing PagemapEvent) {
    guard let cache = event.cache, let address = event.dpagemap, address != 0 else { return }
    checkCache(event)
    checkLock(of: cache, event)
    let note = EventNote(event, .dpagemap, .ref, .cache)
    adoptPagemap(address, note)
    guard checkUse(address, note, event.ref), let pagemap = pagemaps[address] else { return }
    if let old = event[.old], old != 0 { noteSecondPagemap(pagemap, in: cache) }
    pagemaps[address]?.cache = cache
    if let ref = event.ref { takeSample(ref, of: address, note) }
    store(pagemap, in: cache, note)
  }

  /// Notes that a pagemap is in a cache's slot, as `note` shows.
  private mutating func store(_ pagemap: Pagemap, in address: UInt64, _ note: EventNote) {
    if caches[address] == nil { caches[address] = newCache() }
    caches.withValue(of: address) { cache in
      cache.pagemap = pagemap.address
      cache.pagemapSerial = pagemap.serial
      cache.stored = note
    }
  }

  /// A cache that is older than the recording.
  mutating func newCache() -> Cache {
    var cache = Cache()
    cache.serial = takeSerial()
    return cache
  }

  /// The end of a lookup: what it came up with goes to the slot of the VM that is being made.
  private mutating func unlockLookup(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    _ = leave(event, from: .cacheLockLookup)
    if let cache = event.cache { noteUnlock(of: cache, event) }
    guard let state = tasks[key], let lookup = state.lookup else { return }
    if let lost = lookup.lostSlot, !lookup.isCreated { report(lost) }
    if let began = lookup.creationBegan, lookup.isCreated, event.timestamp >= began {
      statistics.cost.creation += event.timestamp - began
      statistics.cost.creations += 1
    }
    if let peer = state.joining, let address = lookup.result {
      giveSlot(to: peer, pagemap: address, cache: lookup.cache, EventNote(event, .cache))
    }
    tasks[key]?.lookup = nil
    lookers.removeAll { $0 == key }
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
    checkGroups(of: joiner, pagemap, note)
    joiner.drm = pagemap.drm
    joiner.slots.append((pagemap: address, serial: pagemap.serial, cache: cache))
    peers[peer] = joiner
    pagemaps[address]?.slots.append(Pagemap.Slot(peer: peer, serial: joiner.serial, note: note))
    pagemaps[address]?.judgeLevels(note)
  }

  private mutating func finishCache(_ event: borrowing PagemapEvent) {
    guard let address = event.cache, address != 0 else { return }
    forgetScan(event)
    checkCache(event)
    let cache = caches.removeValue(forKey: address)
    endedCaches.note(
      address,
      .init(
        note: EventNote(event, .cache, .dpagemap), epoch: 1, serial: cache?.serial ?? takeSerial(),
        detail: 0))
  }

  // MARK: Shrinker

  private mutating func addToShrinker(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap else { return }
    let note = EventNote(event, .dpagemap, .cache, .num)
    if isListed(address, event) { checkLength(event) }
    if pagemaps[address]?.state == .active {
      // Only drm_pagemap_release does this: it went unrecorded.
      pagemaps[address]?.state = .releasing
      pagemaps[address]?.released = note
    }
    guard pagemaps[address]?.state == .releasing else { return checkAdded(address, note) }
    if let cache = event.cache, cache != 0 { pagemaps[address]?.cache = cache }
    if let cache = event.cache, cache != 0, let shrinker = event.shrinker {
      if caches[cache] == nil { caches[cache] = newCache() }
      caches[cache]?.shrinker = shrinker
    }
    let shrinker = pagemaps[address]?.cache.flatMap { caches[$0]?.shrinker }
    if let shrinker = shrinker ?? event.shrinker { listed.add(address, to: shrinker) }
    pagemaps[address]?.state = .cached
    pagemaps[address]?.queued = note
    pagemaps[address]?.shrinker = event.shrinker
  }

  private mutating func countShrinker(_ event: borrowing PagemapEvent) {
    guard let address = event.shrinker, shrinkers.count < Self.pagemapLimit else { return }
    let note = EventNote(event, .shrinker, .result)
    learnShrinker(event)
    shrinkers[address]?.lastCount = note
    noteUnseenAdds(event.result ?? 0, of: address, note)
    checkCount(event.result ?? 0, of: address, note)
  }

  /// Notes a shrinker that lives, as far as a registered shrinker's own functions tell.
  private mutating func learnShrinker(_ event: borrowing PagemapEvent) {
    guard let address = event.shrinker, address != 0, shrinkers[address] == nil,
      shrinkers.count < 4096
    else { return }
    shrinkers[address] = Shrinker(serial: takeSerial())
  }

  /// `drm_pagemap_shrinker_scan` returned, and tells how many it took off. Where fewer ends were
  /// seen, the oldest of the list went unrecorded.
  private mutating func scanned(_ event: borrowing PagemapEvent) {
    guard let call = leave(event, from: .shrinkerScan), let count = event[.count] else { return }
    let unseen = Int(clamping: count) - call.attempts
    guard unseen > 0 else { return }
    let listed = pagemaps.values.filter {
      $0.state == .cached && shrinker(of: $0) == call.object
        && $0.queued.map { $0.time <= event.timestamp } ?? false
    }.sorted { ($0.queued?.sequence ?? 0) < ($1.queued?.sequence ?? 0) }
    for pagemap in listed.prefix(unseen) { pagemaps[pagemap.address]?.state = .taken }
  }

  /// The shrinker on whose list a pagemap goes.
  func shrinker(of pagemap: Pagemap) -> UInt64? {
    pagemap.cache.flatMap { caches[$0]?.shrinker } ?? pagemap.shrinker
  }
}
