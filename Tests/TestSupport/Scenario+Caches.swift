/// A device's cache, the lookups in it, and the shrinker that empties it.
extension PagemapScenario {
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
}
