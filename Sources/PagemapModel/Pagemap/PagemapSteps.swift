import PagemapEvents

/// The life of a drm_pagemap: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  static let pagemapSteps: [StepRow] = [
    .on(.pagemapInit) { $0.drmPagemapInit($1) },
    .on(.pagemapInitReturn) { $0.drmPagemapInitReturn($1) },
    .on(.pagemapReinit) { $0.drmPagemapReinit($1) },
    .on(.pagemapReinitReturn) { $0.drmPagemapReinitReturn($1) },
    .on(.pagemapPut) { $0.drmPagemapPut($1) },
    .on(.pagemapPutReturn) { $0.samplePagemap($1) },
    .on(.pagemapRelease) { $0.drmPagemapRelease($1) },
    .on(.pagemapDestroy) { $0.drmPagemapDestroy($1) },
  ]

  /// `drm_pagemap_init`: a new object, count 1.
  private mutating func drmPagemapInit(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    if let old = pagemaps[address], old.state == .active {
      owners.forgetSlots(old.references.slots, of: old.serial)
    }
    let note = EventNote(event, .dpagemap, .drm)
    var pagemap = newPagemap(address, note, isAdopted: false)
    pagemap.home.drm = event.drm
    pagemap.home.device = event.device ?? event.drm.flatMap { devices.name(of: $0) }
    pagemap.home.pgmap = event.pgmap
    // The memory it is for will be mapped, even if that goes unrecorded.
    if let pgmap = event.pgmap { devices.forgetEnd(ofMemory: pgmap) }
    pagemap.references.note(note)
    devices.note(event.drm, name: event.device)
    if let drm = event.drm { devices.countPagemap(of: drm) }
    statistics.pagemaps.created += 1

    let key = TaskKey(event)
    if let lookup = tasks.lookup(of: key) {
      pagemap.home.cache = lookup.cache
      observeSecondPagemap(pagemap, in: lookup.cache)
      pagemap.refused = lookup.refused
      occupy(lookup.cache, with: pagemap, stored: nil)
      tasks.beginCreation(of: key, at: event.timestamp)
    }
    tasks.create(address, by: key)
    holdProvider(of: pagemap)
    pagemaps.begin(pagemap)
  }

  private mutating func drmPagemapInitReturn(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let key = TaskKey(event)
    if let result = event.result, result < 0 {
      deviceHolds.forget(address)
      pagemaps.end(address, by: .destroy, nil)
      tasks.endCreation(of: key, hasFailed: true)
      return
    }
    if pagemaps.state(of: address) != .active {
      // The entry went unrecorded.
      adopt(address, EventNote(event, .dpagemap, .ref))
    }
    tasks.created(address, by: key)
    samplePagemap(event)
  }

  /// `drm_pagemap_reinit` of a cached pagemap: the same object in a new life, count 1.
  /// Called from within `drm_pagemap_init` it only ends the object's first initialisation.
  private mutating func drmPagemapReinit(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    if tasks.creating(of: TaskKey(event)) == address, pagemaps.state(of: address) == .active {
      return
    }
    let note = EventNote(event, .dpagemap, .drm, .cache)
    let old = pagemaps[address]
    var pagemap = newPagemap(address, note, isAdopted: false)
    if let old { pagemap.recover(to: old.state) }
    if !pagemap.step(.reinit) { pagemap.recover(to: .active) }
    pagemap.home = old?.home ?? Pagemap.Home()
    pagemap.home.shrinker = nil
    pagemap.home.drm = event.drm ?? old?.home.drm
    pagemap.home.device = old?.home.device ?? pagemap.home.drm.flatMap { devices.name(of: $0) }
    pagemap.home.cache = event.cache ?? old?.home.cache
    pagemap.references.note(note)
    if let cache = pagemap.home.cache, cache != 0 { occupy(cache, with: pagemap, stored: nil) }
    if old == nil { statistics.pagemaps.adopted += 1 }
    statistics.pagemaps.revived += 1
    holdProvider(of: pagemap)
    pagemaps.begin(pagemap)
  }

  /// `drm_pagemap_reinit` returned: where it failed, the pagemap is about to be destroyed.
  private mutating func drmPagemapReinitReturn(_ event: borrowing PagemapEvent) {
    if let result = event.result, result < 0, let address = event.dpagemap {
      pagemaps.recover(address, to: .taken, nil)
    } else {
      samplePagemap(event)
    }
  }

  /// `drm_pagemap_put`: the count as it was before, so one less behind it.
  private mutating func drmPagemapPut(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref)
    learn(event, of: adoptPagemap(address, note))
    // A put outside a lookup: the task is done with filling a VM's slots.
    tasks.endJoining(of: TaskKey(event))
    guard checkUse(address, note, event.ref) else { return }
    let before = pagemaps.deficit(of: address)
    put(address, leaving: event.ref.map { $0 &- 1 }, note, before: before)
  }

  /// `drm_pagemap_release`: the last reference went.
  private mutating func drmPagemapRelease(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref)
    learn(event, of: adoptPagemap(address, note))
    guard let pagemap = pagemaps[address] else { return }
    guard pagemaps.step(address, .release, note) else { return }
    checkHolders(of: pagemap, note)
    queueHold(of: address, note)
  }

  /// `drm_pagemap_destroy`: handed to the driver, by the shrinker, the cache's end or a release
  /// that found no cache or no device.
  private mutating func drmPagemapDestroy(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap, address != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref, .isAtomic)
    learn(event, of: adoptPagemap(address, note))
    statistics.pagemaps.destroyed += 1
    let isShrinking = tasks.shrunk(by: TaskKey(event))
    if isShrinking { statistics.pagemaps.shrunk += 1 }
    deviceHolds.forget(address)
    pagemaps.end(address, by: isShrinking ? .shrink : .destroy, note)
  }
}
