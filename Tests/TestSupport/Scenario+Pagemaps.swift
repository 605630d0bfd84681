/// Devices, caches, owner groups and the life of a pagemap.
extension PagemapScenario {
  package typealias Device = ScenarioState.Device
  package typealias VM = ScenarioState.VM
  package typealias Allocation = ScenarioState.Allocation

  // MARK: Devices

  /// A driver binds a device: a shrinker and a cache.
  package mutating func bind(_ name: String, island: Int = 0, cache: UInt64? = nil) -> Device {
    let drm = state.address("drm", 0xff10_0000_1000_0000, step: 0x1000)
    let number = (drm & 0xf_ffff) / 0x1000
    let device = Device(
      name: name, drm: drm,
      shrinker: state.address("shrinker", 0xff10_0000_2000_0000),
      cache: cache ?? state.address("cache", 0xff10_0000_3000_0000),
      firstPFN: 0xfc_f800_0 + number * 0x8000, island: island)
    emit("drm_pagemap_shrinker_create_devm", ["drm": .number(drm), "dev": .text(name)])
    emit(
      "drm_pagemap_shrinker_create_devm_ret",
      ["drm": .number(drm), "ret": .number(device.shrinker)])
    emit(
      "drm_pagemap_cache_create_devm",
      ["shrinker": .number(device.shrinker), "drm": .number(drm), "dev": .text(name)])
    emit(
      "drm_pagemap_cache_create_devm_ret",
      ["shrinker": .number(device.shrinker), "ret": .number(device.cache)])
    return device
  }

  /// `drm_dev_unplug`.
  package mutating func unplug(_ device: Device) {
    emit("drm_dev_unplug", ["drm": .number(device.drm), "name": .text(device.name)])
    state.unplugged.insert(device.drm)
  }

  /// The device's devres is released: the cache ends, and with it a cached pagemap.
  package mutating func finishCache(_ device: Device) {
    let held = state.slots.removeValue(forKey: device.cache) ?? 0
    emit(
      "drm_pagemap_cache_fini",
      [
        "cache": .number(device.cache), "dpagemap": .number(held),
        "shrinker": .number(device.shrinker),
      ])
    guard held != 0 else { return }
    if cancelShrinker(held, device) {
      destroy(held, isAtomic: false)
      destroyWork(held)
    }
  }

  // MARK: Owner groups

  /// `drm_pagemap_acquire_owner`.
  ///
  /// - Parameter owner: where a new group's owner is; nil for a new address.
  package mutating func acquireOwner(
    _ peer: UInt64, isVM: Bool, island: Int, result: Int64 = 0, owner: UInt64? = nil
  ) {
    emit(
      "drm_pagemap_acquire_owner",
      ["peer": .number(peer), "list": 0x7fff_c01b_1680, "private": isVM ? 1 : 0])
    if result == 0 {
      let known =
        state.owners[island]
        ?? (owner ?? state.address("owner", 0xff10_0000_4000_0000, step: 8), 0)
      state.owners[island] = (known.0, known.1 + 1)
      state.islands[peer] = island
    }
    let owner = result == 0 ? state.owners[island] : nil
    emit(
      "drm_pagemap_acquire_owner_ret",
      [
        "peer": .number(peer), "owner": .number(owner?.address ?? 0),
        "oref": .signed(owner?.references ?? 77), "ret": .signed(result),
      ])
  }

  /// `drm_pagemap_release_owner`.
  package mutating func releaseOwner(_ peer: UInt64, references: Int64? = nil) {
    guard let island = state.islands.removeValue(forKey: peer), let owner = state.owners[island]
    else { preconditionFailure("the peer is in no group") }
    emit(
      "drm_pagemap_release_owner",
      [
        "peer": .number(peer), "owner": .number(owner.address),
        "oref": .signed(references ?? owner.references), "list": 0x7fff_c01b_1680,
      ])
    state.owners[island] = owner.references > 1 ? (owner.address, owner.references - 1) : nil
  }

  // MARK: Pagemaps

  /// `drm_pagemap_init` to `drm_pagemap_cache_set_pagemap` of a new pagemap.
  ///
  /// - Parameters:
  ///   - address: where it is; nil for a new address.
  ///   - isStored: whether the lookup stores it in the cache.
  package mutating func createPagemap(
    _ device: Device, at address: UInt64? = nil, isStored: Bool = true
  ) -> UInt64 {
    let pagemap = initPagemap(device, at: address)
    let peer = pagemap + 0x40
    acquireOwner(peer, isVM: false, island: device.island)
    mapMemory(pagemap, device)
    if isStored { setPagemap(pagemap, device) }
    return pagemap
  }

  /// `memremap_pages` of a pagemap's memory, for its peer's owner unless another one is told.
  package mutating func mapMemory(
    _ pagemap: UInt64, _ device: Device, owner: UInt64? = nil, type: UInt64 = 1
  ) {
    emit(
      "memremap_pages",
      [
        "pgmap": .number(state.pgmap(of: pagemap)), "type": .number(type),
        "start": .number(device.firstPFN << 12),
        "end": .number((device.firstPFN + 0x8000) << 12 - 1),
        "owner": .number(owner ?? state.owner(ofIsland: device.island)),
      ])
    state.pagemaps[pagemap]?.isMapped = true
  }

  /// `drm_pagemap_init` and its return.
  package mutating func initPagemap(_ device: Device, at address: UInt64? = nil) -> UInt64 {
    let pagemap = address ?? state.address("pagemap", 0xff10_0000_5000_0098, step: 0x400)
    emit(
      "drm_pagemap_init",
      [
        "dpagemap": .number(pagemap), "pagemap": .number(state.pgmap(of: pagemap)),
        "drm": .number(device.drm), "dev": .text(device.name),
      ])
    state.pagemaps[pagemap] = ScenarioState.Pagemap(device: device, peer: pagemap + 0x40)
    emit("drm_pagemap_init_ret", ["dpagemap": .number(pagemap), "ref": 1, "ret": 0])
    return pagemap
  }

  /// `drm_pagemap_cache_set_pagemap`.
  package mutating func setPagemap(_ pagemap: UInt64, _ device: Device) {
    emit(
      "drm_pagemap_cache_set_pagemap",
      [
        "cache": .number(device.cache), "dpagemap": .number(pagemap),
        "old": .number(state.slots[device.cache] ?? 0),
        "ref": .signed(state.references(of: pagemap)),
      ])
    state.slots[device.cache] = pagemap
    state.pagemaps[pagemap]?.hasCache = true
  }

  /// `drm_pagemap_get`, which is no event.
  package mutating func get(_ pagemap: UInt64) { state.pagemaps[pagemap]?.references += 1 }

  /// `drm_pagemap_put`, with all that the last reference brings about.
  ///
  /// - Parameters:
  ///   - sampled: the count as the entry samples it; nil for the true one.
  ///   - sampledBehind: the count as the return samples it; nil for the true one.
  package mutating func put(
    _ pagemap: UInt64, sampled: Int64? = nil, sampledBehind: Int64? = nil
  ) {
    guard pagemap != 0 else {
      // What is read through NULL is whatever the memory there holds.
      emit("drm_pagemap_put", ["dpagemap": 0, "ref": 1_613_005, "drm": 7, "cache": 9])
      emit("drm_pagemap_put_ret", ["dpagemap": 0, "ref": -1_613_005])
      return
    }
    beginPut(pagemap, sampled: sampled)
    drop(pagemap)
    endPut(pagemap, sampled: sampledBehind)
  }

  /// `drm_pagemap_put` is entered.
  package mutating func beginPut(_ pagemap: UInt64, sampled: Int64? = nil) {
    emit("drm_pagemap_put", members(of: pagemap, sampled ?? state.references(of: pagemap)))
  }

  /// `drm_pagemap_put` returns.
  package mutating func endPut(_ pagemap: UInt64, sampled: Int64? = nil) {
    emit(
      "drm_pagemap_put_ret",
      [
        "dpagemap": .number(pagemap),
        "ref": .signed(sampled ?? state.references(of: pagemap)),
      ])
  }

  private func members(of pagemap: UInt64, _ references: Int64) -> [String: ScenarioFormats.Value] {
    let known = state.pagemaps[pagemap]
    return [
      "dpagemap": .number(pagemap), "ref": .signed(references),
      "drm": .number(known?.device.drm ?? 0),
      "cache": .number(known?.hasCache == true ? known?.device.cache ?? 0 : 0),
    ]
  }

  /// Takes a reference, and where it was the last one, `drm_pagemap_release` runs.
  package mutating func drop(_ pagemap: UInt64) {
    state.pagemaps[pagemap]?.references -= 1
    if state.references(of: pagemap) == 0 { release(pagemap) }
  }

  private mutating func release(_ pagemap: UInt64) {
    guard let known = state.pagemaps[pagemap] else { return }
    beginRelease(pagemap)
    addToShrinker(pagemap)
    if !known.hasCache || state.unplugged.contains(known.device.drm) {
      destroy(pagemap, isAtomic: !destroyMaySleep)
    } else {
      state.pagemaps[pagemap]?.isCached = true
    }
    // A worker drops the hold of the provider, a little later.
    at(now + 30_000) { kernel in kernel.on(pid: 8) { $0.unhold() } }
  }

  /// `drm_pagemap_release` is entered.
  package mutating func beginRelease(_ pagemap: UInt64) {
    let known = state.pagemaps[pagemap]
    emit(
      "drm_pagemap_release",
      [
        "kref": .number(pagemap + 8), "ref": 0, "drm": .number(known?.device.drm ?? 0),
        "cache": .number(known?.hasCache == true ? known?.device.cache ?? 0 : 0),
        "pagemap": .number(state.pgmap(of: pagemap)), "dev_hold": 0x1234,
      ])
  }

  /// `drm_pagemap_shrinker_add` is entered; `length` is what it samples of the list.
  package mutating func addToShrinker(_ pagemap: UInt64, length: Int64 = 0) {
    let known = state.pagemaps[pagemap]
    let hasCache = known?.hasCache == true
    emit(
      "drm_pagemap_shrinker_add",
      [
        "dpagemap": .number(pagemap), "cache": .number(hasCache ? known?.device.cache ?? 0 : 0),
        "shrinker": .number(hasCache ? known?.device.shrinker ?? 0 : 0), "num": .signed(length),
      ])
  }

  /// `drm_pagemap_dev_unhold_work`.
  package mutating func unhold() { emit("drm_pagemap_dev_unhold_work", ["work": 0x2222]) }

  /// `drm_pagemap_destroy`; the driver's worker does the rest in `destroyWork`.
  package mutating func destroy(_ pagemap: UInt64, isAtomic: Bool) {
    var values = members(of: pagemap, state.references(of: pagemap))
    values["atomic"] = isAtomic ? 1 : 0
    emit("drm_pagemap_destroy", values)
    state.pagemaps[pagemap]?.isCached = false
  }

  /// The driver's worker: the memory is unmapped and the pagemap's peer leaves its group.
  package mutating func destroyWork(_ pagemap: UInt64) {
    guard let known = state.pagemaps[pagemap] else { return }
    if known.isMapped { unmapMemory(pagemap) }
    if state.islands[known.peer] != nil { releaseOwner(known.peer) }
    state.pagemaps[pagemap] = nil
  }

  /// `memunmap_pages`.
  package mutating func unmapMemory(_ pagemap: UInt64) {
    let pgmap = ScenarioFormats.Value.number(state.pgmap(of: pagemap))
    emit("memunmap_pages", ["pgmap": pgmap])
    emit("memunmap_pages_ret", ["pgmap": pgmap])
  }

  // MARK: Cache and shrinker

  /// A lookup of the device's pagemap, from lock to unlock; answers the pagemap, referenced.
  ///
  /// - Parameters:
  ///   - address: where a pagemap that must be made goes.
  ///   - isStored: whether one that is made is stored in the cache.
  package mutating func lookUp(
    _ device: Device, at address: UInt64? = nil, isStored: Bool = true
  ) -> UInt64 {
    lockLookup(device)
    let pagemap = getFromCache(device) ?? createPagemap(device, at: address, isStored: isStored)
    unlockLookup(device)
    return pagemap
  }

  /// `drm_pagemap_cache_lock_lookup`.
  package mutating func lockLookup(_ device: Device, result: Int64 = 0) {
    askLookup(device)
    emit(
      "drm_pagemap_cache_lock_lookup_ret",
      ["cache": .number(device.cache), "ret": .signed(result)])
  }

  /// `drm_pagemap_cache_lock_lookup` is entered, and waits.
  package mutating func askLookup(_ device: Device) {
    emit("drm_pagemap_cache_lock_lookup", ["cache": .number(device.cache)])
  }

  /// `drm_pagemap_cache_unlock_lookup`.
  package mutating func unlockLookup(_ device: Device) {
    emit("drm_pagemap_cache_unlock_lookup", ["cache": .number(device.cache)])
  }

  /// `drm_pagemap_get_from_cache`: the active or revived pagemap; nil where there is none.
  ///
  /// - Parameter isQueued: whether `queued` is complete; nil for what is right.
  package mutating func getFromCache(_ device: Device, isQueued: Bool? = nil) -> UInt64? {
    let held = state.slots[device.cache] ?? 0
    beginGetFromCache(device, isQueued: isQueued)
    var found: UInt64?
    if held != 0, state.references(of: held) > 0 {
      get(held)
      found = held
    } else if held != 0, cancelShrinker(held, device) {
      state.slots[device.cache] = nil
      reinit(held)
      setPagemap(held, device)
      found = held
    } else {
      state.slots[device.cache] = nil
    }
    endGetFromCache(device, found)
    return found
  }

  /// `drm_pagemap_get_from_cache` is entered.
  package mutating func beginGetFromCache(_ device: Device, isQueued: Bool? = nil) {
    let held = state.slots[device.cache] ?? 0
    let isCached = state.pagemaps[held]?.isCached == true
    emit(
      "drm_pagemap_get_from_cache",
      [
        "cache": .number(device.cache), "dpagemap": .number(held),
        "ref": .signed(held == 0 ? 1_613_005 : state.references(of: held)),
        "queued": isQueued ?? isCached ? 0x7fff_ffff : 0,
      ])
  }

  /// `drm_pagemap_get_from_cache` returns.
  package mutating func endGetFromCache(
    _ device: Device, _ found: UInt64?, sampled: Int64? = nil
  ) {
    emit(
      "drm_pagemap_get_from_cache_ret",
      [
        "cache": .number(device.cache), "ret": .number(found ?? 0),
        "ref": .signed(sampled ?? found.map { state.references(of: $0) } ?? 265),
      ])
  }

  /// `drm_pagemap_shrinker_cancel`. Answers whether it took the pagemap off the list.
  package mutating func cancelShrinker(_ pagemap: UInt64, _ device: Device) -> Bool {
    emit(
      "drm_pagemap_shrinker_cancel",
      ["dpagemap": .number(pagemap), "cache": .number(device.cache)])
    let isListed = state.pagemaps[pagemap]?.isCached == true
    emit(
      "drm_pagemap_shrinker_cancel_ret", ["dpagemap": .number(pagemap), "ret": isListed ? 1 : 0])
    return isListed
  }

  /// `drm_pagemap_reinit`, called with a count of `sampled`.
  package mutating func reinit(_ pagemap: UInt64, sampled: Int64 = 0, result: Int64 = 0) {
    emit("drm_pagemap_reinit", members(of: pagemap, sampled))
    state.pagemaps[pagemap]?.isCached = false
    if result == 0 { state.pagemaps[pagemap]?.references = 1 }
    emit(
      "drm_pagemap_reinit_ret",
      [
        "dpagemap": .number(pagemap), "ref": .signed(result == 0 ? 1 : sampled),
        "ret": .signed(result),
      ])
  }

  /// `drm_pagemap_shrinker_scan` that takes the device's cached pagemap from the list. Answers it.
  ///
  /// - Parameter during: what other tasks do between the list and `drm_pagemap_destroy`.
  package mutating func shrink(
    _ device: Device, during: (inout PagemapScenario) -> Void = { _ in }
  ) -> UInt64? {
    let cached = state.pagemaps.first {
      $0.value.device.drm == device.drm && $0.value.isCached
    }?.key
    beginScan(device, length: cached == nil ? 0 : 1)
    if let cached {
      state.pagemaps[cached]?.isCached = false
      during(&self)
      if state.slots[device.cache] == cached { state.slots[device.cache] = nil }
      destroy(cached, isAtomic: !destroyMaySleep)
    }
    endScan(device, count: cached == nil ? 0 : 1)
    return cached
  }

  /// `drm_pagemap_shrinker_scan` is entered; `length` is what it samples of the list.
  package mutating func beginScan(_ device: Device, length: Int64) {
    emit(
      "drm_pagemap_shrinker_scan",
      ["shrink": 0x1111, "shrinker": .number(device.shrinker), "num": .signed(length)])
  }

  /// `drm_pagemap_shrinker_scan` returns, having destroyed `count`.
  package mutating func endScan(_ device: Device, count: Int64) {
    emit(
      "drm_pagemap_shrinker_scan_ret",
      [
        "shrink": 0x1111, "shrinker": .number(device.shrinker), "scanned": .signed(count),
        "ret": .signed(count == 0 ? -1 : count),
      ])
  }

  /// `drm_pagemap_shrinker_fini`; `length` is what it samples of the list.
  package mutating func finishShrinker(_ device: Device, length: Int64 = 0) {
    emit(
      "drm_pagemap_shrinker_fini",
      [
        "shrinker": .number(device.shrinker), "num": .signed(length), "drm": .number(device.drm),
      ])
  }

  /// `drm_pagemap_shrinker_count` returned.
  package mutating func countShrinker(_ device: Device, _ count: Int64) {
    emit(
      "drm_pagemap_shrinker_count_ret",
      ["shrink": 0x1111, "shrinker": .number(device.shrinker), "ret": .signed(count)])
  }

  // MARK: VMs

  /// A VM is made: its peer joins the owner group, its slot is filled by a lookup.
  package mutating func vmCreate(
    _ device: Device, peer: UInt64? = nil, mm: UInt64 = 0xff10_0000_6000_0000,
    pagemap: UInt64? = nil, isStored: Bool = true
  ) -> VM {
    let peer = peer ?? state.address("peer", 0xff10_0000_7000_0028, step: 0x200)
    acquireOwner(peer, isVM: true, island: device.island)
    let slot = lookUp(device, at: pagemap, isStored: isStored)
    return VM(peer: peer, device: device, mm: mm, pagemap: slot)
  }

  /// A VM closes: its slot is put, then its peer leaves the group.
  package mutating func vmClose(_ vm: VM) {
    put(vm.pagemap)
    releaseOwner(vm.peer)
  }
}
