/// The life of a pagemap: its references, its memory, its destruction.
extension PagemapScenario {
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
}
