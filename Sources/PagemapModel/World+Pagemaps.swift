import PagemapEvents

/// The life of a drm_pagemap: drivers/gpu/drm/drm_pagemap.c.
extension World {
  /// Takes in an event about a pagemap's own life. Answers false where it is none.
  mutating func applyToPagemaps(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .pagemapInit: initPagemap(event)
    case .pagemapInitReturn: initPagemapReturned(event)
    case .pagemapReinit: reinitPagemap(event)
    case .pagemapReinitReturn: reinitReturned(event)
    case .pagemapPut: putPagemap(event)
    case .pagemapPutReturn: samplePagemap(event)
    case .pagemapRelease: releasePagemap(event)
    case .pagemapDestroy: destroyPagemap(event)
    case .devUnholdWork: dropHolds(event)
    default: return false
    }
    return true
  }

  /// `drm_pagemap_init`: a new object, count 1.
  private mutating func initPagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    if let old = pagemaps[address], old.state == .active { forgetHolders(of: old) }
    let note = EventNote(event, .dpagemap, .drm)
    var pagemap = Pagemap(
      address: address, epoch: epochs.begin(address), serial: beginPagemap(at: address),
      isAdopted: false, created: note)
    pagemap.drm = event.drm
    pagemap.device = event.device
    if pagemap.device == nil, let drm = event.drm { pagemap.device = devices[drm]?.name }
    pagemap.pgmap = event.pgmap
    // The memory it is for will be mapped, even if that goes unrecorded.
    if let pgmap = event.pgmap { endedMappings.forget(pgmap) }
    pagemap.history.append(note)
    noteDevice(event.drm, name: event.device)
    if let drm = event.drm { devices[drm]?.pagemaps += 1 }
    statistics.pagemaps.created += 1

    let key = task(of: event)
    if let cacheAddress = tasks[key]?.lookup?.cache {
      pagemap.cache = cacheAddress
      noteSecondPagemap(pagemap, in: cacheAddress)
      pagemap.rival = tasks[key]?.lookup?.refused
      occupy(cacheAddress, with: pagemap)
      tasks[key]?.lookup?.creationBegan = event.timestamp
    }
    tasks[key, default: TaskState()].creating = address
    pagemaps[address] = pagemap
    index(address, pgmap: pagemap.pgmap)
  }

  /// A pagemap is made for a cache, and not stored in its slot yet.
  private mutating func occupy(_ address: UInt64, with pagemap: Pagemap) {
    if caches[address] == nil { caches[address] = newCache() }
    caches.withValue(of: address) { cache in
      cache.pagemap = pagemap.address
      cache.pagemapSerial = pagemap.serial
      cache.stored = nil
    }
  }

  /// Tells the rules where a cache gets a pagemap while its last one is active.
  mutating func noteSecondPagemap(_ second: Pagemap, in cache: UInt64) {
    guard let known = caches[cache], let first = known.pagemap, first != second.address,
      let pagemap = pagemaps[first], pagemap.serial == known.pagemapSerial,
      pagemap.state == .active, (pagemap.sample?.value ?? 1) >= 1
    else { return }
    observations.append(.secondPagemap(first: pagemap, second: second))
  }

  private mutating func initPagemapReturned(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let key = task(of: event)
    if let result = event.result, result < 0 {
      endPagemap(at: address)
      bury(address)
      tasks[key]?.creating = nil
      dropIfIdle(key)
      return
    }
    if pagemaps[address]?.state != .active {
      // The entry went unrecorded.
      pagemaps[address] = Pagemap(
        address: address, epoch: epochs.begin(address), serial: beginPagemap(at: address),
        isAdopted: true, created: EventNote(event, .dpagemap, .ref))
      statistics.pagemaps.adopted += 1
    }
    if tasks[key]?.lookup != nil {
      tasks[key]?.lookup?.result = address
      tasks[key]?.lookup?.isCreated = true
    }
    samplePagemap(event)
  }

  /// `drm_pagemap_reinit` of a cached pagemap: the same object in a new life, count 1.
  /// Called from within `drm_pagemap_init` it only ends the object's first initialisation.
  private mutating func reinitPagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    if tasks[task(of: event)]?.creating == address, pagemaps[address]?.state == .active { return }
    let note = EventNote(event, .dpagemap, .drm, .cache)
    let old = pagemaps[address]
    if let old { checkReinit(of: old, event, note) }
    var pagemap = Pagemap(
      address: address, epoch: epochs.begin(address), serial: beginPagemap(at: address),
      isAdopted: false, created: note)
    pagemap.drm = event.drm ?? old?.drm
    pagemap.device = old?.device ?? pagemap.drm.flatMap { devices[$0]?.name }
    pagemap.pgmap = old?.pgmap
    pagemap.cache = event.cache ?? old?.cache
    pagemap.peer = old?.peer
    pagemap.owner = old?.owner
    pagemap.history.append(note)
    if let cache = pagemap.cache, cache != 0 {
      occupy(cache, with: pagemap)
    }
    if old == nil { statistics.pagemaps.adopted += 1 }
    statistics.pagemaps.revived += 1
    pagemaps[address] = pagemap
  }

  /// `drm_pagemap_reinit` returned: where it failed, the pagemap is about to be destroyed.
  private mutating func reinitReturned(_ event: borrowing PagemapEvent) {
    if let result = event.result, result < 0, let address = event.dpagemap {
      pagemaps.withValue(of: address) { $0.state = .taken }
    } else {
      samplePagemap(event)
    }
  }

  /// `drm_pagemap_put`: the count as it was before, so one less behind it.
  private mutating func putPagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref)
    learn(event, of: adoptPagemap(address, note))
    endJoining(event)
    guard checkUse(address, note, event.ref) else { return }
    guard let ref = event.ref else {
      // What is left behind is not known, and what was known holds no more.
      pagemaps[address]?.sample = nil
      return
    }
    let before = deficit(ofPagemapAt: address)
    takeReference(from: address, leaving: ref - 1, note, deficitBefore: before)
  }

  /// A put outside a lookup: the task is done with filling a VM's slots.
  private mutating func endJoining(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    let hasEnded = tasks.withValue(of: key) { state in
      guard state.joining != nil, state.lookup == nil else { return false }
      state.joining = nil
      return true
    }
    if hasEnded == true { dropIfIdle(key) }
  }

  /// A put, in `drm_pagemap_put` or at the end of a zdd, that leaves `value` references.
  /// `before` is what was missing ahead of it, by the holders known then.
  mutating func takeReference(
    from address: UInt64, leaving value: Int64, _ note: EventNote, deficitBefore before: Int64
  ) {
    let found: Deficit?? = pagemaps.withValue(of: address) { pagemap in
      pagemap.take(value, note)
      pagemap.lastPut = note
      guard pagemap.deficit > before else { return nil }
      return Deficit(
        pagemapSerial: pagemap.serial, pagemap: address, epoch: pagemap.epoch, put: note,
        value: value, needed: pagemap.explained, holders: pagemap.slots.map(\.serial))
    }
    guard let found, let found, deficits.count < Self.deficitLimit else { return }
    deficits.append(found)
    if freshPutters.count > 2 * deficits.count {
      freshPutters = Array(Set(deficits.lazy.filter(\.isFresh).map(\.put.pid)))
    } else if !freshPutters.contains(note.pid) {
      freshPutters.append(note.pid)
    }
  }

  /// A put that is open belongs to no VM's close any more once its task does something else.
  mutating func ageDeficits(_ event: borrowing PagemapEvent) {
    switch event.kind {
    case .pagemapPut, .pagemapPutReturn, .pagemapRelease, .shrinkerAdd, .pagemapDestroy,
      .releaseOwner, .zddDestroy, .folioFree:
      return
    default: break
    }
    guard let place = freshPutters.firstIndex(of: event.pid) else { return }
    freshPutters.remove(at: place)
    for index in deficits.indices where deficits[index].put.pid == event.pid {
      deficits[index].isFresh = false
    }
  }

  /// How many references its known holders need beyond the sampled count.
  package func deficit(of pagemap: Pagemap) -> Int64 { pagemap.deficit }

  /// The same for the pagemap at an address; 0 where there is none.
  mutating func deficit(ofPagemapAt address: UInt64) -> Int64 {
    pagemaps.withValue(of: address) { $0.deficit } ?? 0
  }

  private static var deficitLimit: Int { 1024 }
  /// Pagemaps' memory, and devices, beyond this number are not kept.
  static var pagemapLimit: Int { 1 << 16 }

  /// Takes in a sampled count that needs no further meaning.
  mutating func samplePagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0, let ref = event.ref else { return }
    // A return's sample may come from memory that is queued for freeing: only what an active
    // pagemap can have is taken in.
    if event.kind == .pagemapPutReturn, ref < 1 { return }
    let note = EventNote(event, .dpagemap, .ref)
    let hasGrown = pagemaps.withValue(of: address) { pagemap in
      pagemap.state == .active && pagemap.take(ref, note)
    }
    if hasGrown == true { noteGrowth(of: address, note) }
  }

  /// `drm_pagemap_release`: the last reference went.
  private mutating func releasePagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref)
    learn(event, of: adoptPagemap(address, note))
    guard var pagemap = pagemaps[address] else { return }
    guard let state = Pagemap.machine.next(pagemap.state, .release) else {
      return noteSecondRelease(of: pagemap, note)
    }
    let zdds = recordsZddEnd ? livingZdds(of: pagemap) : 0
    if zdds > 0 || (pagemap.svmPages > 0 && recordsPagesEnd) {
      observations.append(
        .releasedWhileHeld(
          PagemapUse(pagemap: pagemap, note: note, deficits: deficits(of: pagemap)))
      )
    }
    pagemap.state = state
    pagemap.released = note
    pagemap.history.append(note)
    pagemap.take(0, note)
    pagemaps[address] = pagemap
    holdProvider(of: pagemap, note)
  }

  /// Its zdds that surely live. Where folios are known one by one, a zdd without any has ended, even
  /// if no event told it.
  private func livingZdds(of pagemap: Pagemap) -> Int {
    guard pagemap.zdds > 0 else { return 0 }
    guard knowsFolios else { return Int(pagemap.zdds) }
    return allocations.values.count {
      $0.isCounted && $0.pagemapSerial == pagemap.serial && $0.liveFolios > 0
    }
  }

  /// `drm_pagemap_destroy`: handed to the driver, by the shrinker, the cache's end or a release
  /// that found no cache or no device.
  private mutating func destroyPagemap(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref, .isAtomic)
    learn(event, of: adoptPagemap(address, note))
    statistics.pagemaps.destroyed += 1
    let calls = tasks[task(of: event)]?.calls
    let isShrinking = calls?.contains { $0.kind == .shrinkerScan } == true
    if isShrinking {
      statistics.pagemaps.shrunk += 1
      noteShrunk(event)
    }
    if let pagemap = pagemaps[address] {
      checkDestroy(of: pagemap, event, note, isShrinking: isShrinking)
    }
    endPagemap(at: address)
    pagemaps[address]?.destroyedBy = note
    pagemaps[address]?.history.append(note)
    bury(address)
  }

  // MARK: Shared by the events

  /// Makes sure that a pagemap is known; one that is older than the recording is adopted.
  @discardableResult
  mutating func adoptPagemap(_ address: UInt64, _ note: EventNote) -> UInt64 {
    let known = pagemaps.withValue(of: address) { pagemap in
      (isDestroyed: pagemap.state == .destroyed, at: pagemap.destroyedBy?.time ?? 0)
    }
    // A gap may hide the init that gave the address to a new object.
    if let known, !known.isDestroyed || isIntact(since: known.at) { return address }
    pagemaps[address] = Pagemap(
      address: address, epoch: epochs.begin(address), serial: beginPagemap(at: address),
      isAdopted: true, created: note)
    statistics.pagemaps.adopted += 1
    return address
  }

  /// A life whose beginning was not recorded follows one that ended: its holders are not known.
  private mutating func adoptAgain(_ old: Pagemap, _ note: EventNote) {
    var pagemap = Pagemap(
      address: old.address, epoch: epochs.begin(old.address),
      serial: beginPagemap(at: old.address), isAdopted: true, created: note)
    (pagemap.drm, pagemap.device, pagemap.pgmap) = (old.drm, old.device, old.pgmap)
    (pagemap.cache, pagemap.peer, pagemap.owner) = (old.cache, old.peer, old.owner)
    pagemaps[old.address] = pagemap
    statistics.pagemaps.adopted += 1
  }

  /// Fills in what an event tells of a pagemap beside its count.
  mutating func learn(_ event: borrowing PagemapEvent, of address: UInt64) {
    let (drm, cache, pgmap) = (event.drm, event.cache, event.pgmap)
    let isNew = pagemaps.withValue(of: address) { pagemap in
      if pagemap.cache == nil, cache != 0 { pagemap.cache = cache }
      let isNew = pagemap.pgmap == nil && pgmap != nil && pgmap != 0
      if isNew { pagemap.pgmap = pgmap }
      return (device: pagemap.drm == nil, memory: isNew)
    }
    if isNew?.memory == true { index(address, pgmap: pgmap) }
    guard isNew?.device == true, let drm, drm != 0 else { return }
    let name = devices[drm]?.name
    pagemaps.withValue(of: address) { pagemap in
      pagemap.drm = drm
      pagemap.device = name
    }
    noteDevice(drm, name: nil)
  }

  /// Tells the rules where a pagemap is used without a reference. Answers whether it has any.
  mutating func checkUse(_ address: UInt64, _ note: EventNote, _ ref: Int64?) -> Bool {
    let isUsable = pagemaps.withValue(of: address) { $0.state == .active && ref ?? 1 > 0 }
    if isUsable == true { return true }
    guard let pagemap = pagemaps[address] else { return false }
    if let ref, ref > 0, pagemap.state != .active, pagemap.state != .destroyed {
      // Only a reinit takes the count from 0 to 1: one went unrecorded.
      adoptAgain(pagemap, note)
      return true
    }
    if pagemap.state != .active {
      // With one stamp for both, the use may have come first.
      if let end = pagemap.released ?? pagemap.destroyedBy, end.time == note.time,
        end.cpu != note.cpu
      {
        return false
      }
      observations.append(
        .usedWithoutReference(
          PagemapUse(pagemap: pagemap, note: note, deficits: deficits(of: pagemap))))
      return false
    }
    if let ref, ref < 0 || (ref == 0 && note.kind == .pagemapPut) {
      observations.append(
        .impossibleCount(PagemapUse(pagemap: pagemap, note: note, deficits: deficits(of: pagemap))))
      return false
    }
    return true
  }

  /// The puts on a pagemap that are not settled.
  func deficits(of pagemap: Pagemap) -> [Deficit] {
    deficits.filter { $0.pagemapSerial == pagemap.serial }
  }

  /// Takes a pagemap's holders off the books when its life ended unseen.
  private mutating func forgetHolders(of pagemap: Pagemap) {
    for slot in pagemap.slots {
      peers[slot.peer]?.slots.removeAll { $0.serial == pagemap.serial }
    }
  }

  /// Keeps destroyed pagemaps for a while, so that a use after the end is seen, but not for ever.
  private mutating func bury(_ address: UInt64) {
    deadPagemaps.append(address)
    guard deadPagemaps.count > 256 else { return }
    for old in deadPagemaps.prefix(128) where pagemaps[old]?.state == .destroyed {
      if let pagemap = pagemaps.removeValue(forKey: old) { unindex(pagemap) }
    }
    deadPagemaps.removeFirst(128)
  }

  /// Makes sure that a device is known.
  mutating func noteDevice(_ drm: UInt64?, name: UInt64?) {
    guard let drm, drm != 0 else { return }
    if devices[drm] == nil {
      guard devices.count < Self.pagemapLimit else { return }
      devices[drm] = Device(name: name, order: devices.count)
    } else if let name {
      devices[drm]?.name = name
    }
  }
}
