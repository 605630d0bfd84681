/// The cache, its shrinker and owner groups: drivers/gpu/drm/drm_pagemap_util.c.
extension Kernel {
  // MARK: Cache

  /// `drm_pagemap_cache_lock_lookup`; answers 0 or an error.
  func lockLookup(_ task: KernelTask, _ device: Device) async throws -> Int64 {
    try await emit(task, "drm_pagemap_cache_lock_lookup") { [("cache", device.cache)] }
    var result: Int64 = 0
    if device.lookupHolder != nil, random.oneIn(10) {
      result = Errno.interrupted
    } else {
      try await scheduler.wait(task) { device.lookupHolder == nil }
      device.lookupHolder = task
    }
    try await emit(task, "drm_pagemap_cache_lock_lookup_ret") {
      [("cache", device.cache), ("ret", Kernel.field(result))]
    }
    return result
  }

  /// `drm_pagemap_cache_unlock_lookup`
  func unlockLookup(_ task: KernelTask, _ device: Device) async throws {
    try await emit(task, "drm_pagemap_cache_unlock_lookup") { [("cache", device.cache)] }
    device.lookupHolder = nil
  }

  /// `drm_pagemap_get_from_cache`
  func getFromCache(_ task: KernelTask, _ device: Device) async throws -> Pagemap? {
    try await emit(task, "drm_pagemap_get_from_cache") {
      [
        ("cache", device.cache), ("dpagemap", device.slot?.address ?? 0),
        ("ref", device.slot.map { sample($0) } ?? 0xffff_c2c9),
        ("queued", device.isQueued ? 0xffff_ffff : 0),
      ]
    }
    let found = try await findInCache(task, device)
    try await emit(task, "drm_pagemap_get_from_cache_ret") {
      [
        ("cache", device.cache), ("ret", found?.address ?? 0),
        ("ref", found.map { sample($0) } ?? 136),
      ]
    }
    return found
  }

  private func findInCache(_ task: KernelTask, _ device: Device) async throws -> Pagemap? {
    while true {
      guard let pagemap = device.slot else { return nil }
      if pagemap.references > 0 {
        pagemap.references += 1
        return pagemap
      }
      guard device.isQueued else {
        try await scheduler.wait(task) { device.isQueued || device.slot !== pagemap }
        continue
      }
      if try await cancelShrinker(task, pagemap) {
        device.slot = nil
        try await reinit(task, pagemap)
        try await setPagemap(task, device, pagemap)
        return pagemap
      }
      if device.slot === pagemap { device.slot = nil }
      return nil
    }
  }

  /// `drm_pagemap_cache_set_pagemap`
  func setPagemap(_ task: KernelTask, _ device: Device, _ pagemap: Pagemap) async throws {
    try await emit(task, "drm_pagemap_cache_set_pagemap") {
      [
        ("cache", device.cache), ("dpagemap", pagemap.address),
        ("old", device.slot?.address ?? 0), ("ref", sample(pagemap)),
      ]
    }
    pagemap.hasCache = true
    device.slot = pagemap
    device.isQueued = false
  }

  /// `xe_pagemap_find_or_create`; nil where the lookup was interrupted.
  func findOrCreate(_ task: KernelTask, _ device: Device) async throws -> Pagemap? {
    let isUnlocked = breaks(.lookupWithoutLock, device.cache)
    if !isUnlocked {
      guard try await lockLookup(task, device) == 0 else { return nil }
    }
    var pagemap = try await getFromCache(task, device)
    if pagemap == nil, !device.isUnplugged {
      let hasOther = (orphans[ObjectIdentifier(device)]?.references ?? 0) > 0
      let new = try await createPagemap(task, device)
      if !(injection.fault == .secondPagemap && skipsStore(new, device, hasOther)) {
        try await setPagemap(task, device, new)
      }
      pagemap = new
    }
    if !isUnlocked { try await unlockLookup(task, device) }
    return pagemap
  }

  /// Whether the lookup forgets to store what it made; the pagemap made next is the broken one.
  private func skipsStore(_ pagemap: Pagemap, _ device: Device, _ hasOther: Bool) -> Bool {
    guard injection.isPending else { return false }
    if hasOther {
      _ = breaks(.secondPagemap, pagemap.address)
      return false
    }
    orphans[ObjectIdentifier(device)] = pagemap
    return true
  }

  /// `drm_pagemap_get_from_cache_if_active`, as `xe_tile_local_pagemap` uses it.
  func peekAtCache(_ task: KernelTask, _ device: Device) async throws {
    try await emit(task, "drm_pagemap_get_from_cache_if_active") {
      [("cache", device.cache), ("dpagemap", device.slot?.address ?? 0)]
    }
    let found = device.slot.flatMap { $0.references > 0 ? $0 : nil }
    found?.references += 1
    try await emit(task, "drm_pagemap_get_from_cache_if_active_ret") {
      [("cache", device.cache), ("ret", found?.address ?? 0)]
    }
    if let found { try await put(task, found) }
  }

  /// `drm_pagemap_cache_fini`, `drm_pagemap_shrinker_fini`: devres lets go of the device.
  func finishCache(_ task: KernelTask, _ device: Device) async throws {
    try await scheduler.wait(task) { !device.isShrinking && device.lookupHolder == nil }
    try await emit(task, "drm_pagemap_cache_fini") {
      [
        ("cache", device.cache), ("dpagemap", device.slot?.address ?? 0),
        ("shrinker", device.shrinker),
      ]
    }
    if let pagemap = device.slot {
      device.slot = nil
      if try await cancelShrinker(task, pagemap) {
        try await destroy(task, pagemap, isAtomic: false)
      }
    }
    device.isGone = true
    try await emit(task, "drm_pagemap_shrinker_fini") {
      [
        ("shrinker", device.shrinker), ("num", Kernel.field(device.shrinkableCount)),
        ("drm", device.drm),
      ]
    }
  }

  // MARK: Shrinker

  /// `drm_pagemap_shrinker_add`
  func addToShrinker(_ task: KernelTask, _ pagemap: Pagemap) async throws {
    let device = pagemap.device
    try await emit(task, "drm_pagemap_shrinker_add") {
      [
        ("dpagemap", pagemap.address), ("cache", pagemap.hasCache ? device.cache : 0),
        ("shrinker", pagemap.hasCache ? device.shrinker : 0),
        ("num", pagemap.hasCache ? Kernel.field(device.shrinkableCount) : 0),
      ]
    }
    guard !device.isUnplugged, pagemap.hasCache else {
      return try await destroy(task, pagemap, isAtomic: true)
    }
    device.shrinkable.append(pagemap)
    pagemap.isListed = true
    if !breaks(.shrinkerCountOff, device.shrinker, device.cache, device.drm, pagemap.address) {
      device.shrinkableCount += 1
    }
    device.isQueued = true
  }

  /// `drm_pagemap_shrinker_cancel`
  private func cancelShrinker(_ task: KernelTask, _ pagemap: Pagemap) async throws -> Bool {
    try await emit(task, "drm_pagemap_shrinker_cancel") {
      [("dpagemap", pagemap.address), ("cache", pagemap.device.cache)]
    }
    let wasListed = pagemap.isListed
    if wasListed {
      pagemap.isListed = false
      pagemap.device.shrinkable.removeAll { $0 === pagemap }
      pagemap.device.shrinkableCount -= 1
    }
    try await emit(task, "drm_pagemap_shrinker_cancel_ret") {
      [("dpagemap", pagemap.address), ("ret", wasListed ? 1 : 0)]
    }
    return wasListed
  }

  /// `drm_pagemap_shrinker_count`
  func countShrinker(_ task: KernelTask, _ device: Device) async throws {
    let count = device.shrinkableCount
    try await emit(task, "drm_pagemap_shrinker_count_ret") {
      [
        ("shrink", 0x1111), ("shrinker", device.shrinker),
        ("ret", count == 0 ? Kernel.field(Int64(-2)) : Kernel.field(count)),
      ]
    }
  }

  /// `drm_pagemap_shrinker_scan`
  func scanShrinker(_ task: KernelTask, _ device: Device, _ wanted: Int) async throws {
    guard !device.isGone else { return }
    device.isShrinking = true
    defer { device.isShrinking = false }
    try await emit(task, "drm_pagemap_shrinker_scan") {
      [
        ("shrink", 0x1111), ("shrinker", device.shrinker),
        ("num", Kernel.field(device.shrinkableCount)), ("nr", UInt64(wanted)),
      ]
    }
    var scanned = 0
    while scanned < wanted, let pagemap = device.shrinkable.first {
      device.shrinkableCount -= 1
      device.shrinkable.removeFirst()
      pagemap.isListed = false
      scanned += 1
      try await step(task)
      // The kernel does not compare, which is a race of its own.
      if device.slot === pagemap { device.slot = nil }
      try await destroy(task, pagemap, isAtomic: true)
      if breaks(.destroyedTwice, pagemap.address) {
        try await emit(task, "drm_pagemap_destroy") {
          [
            ("dpagemap", pagemap.address), ("ref", sample(pagemap)), ("drm", device.drm),
            ("cache", device.cache), ("atomic", 1),
          ]
        }
      }
    }
    try await emit(task, "drm_pagemap_shrinker_scan_ret") {
      [
        ("shrink", 0x1111), ("shrinker", device.shrinker), ("scanned", UInt64(scanned)),
        ("ret", scanned == 0 ? Kernel.field(Int64(-1)) : UInt64(scanned)),
      ]
    }
  }

  // MARK: Owner groups

  /// `drm_pagemap_acquire_owner`
  func acquireOwner(_ task: KernelTask, _ peer: Peer) async throws {
    try await emit(task, "drm_pagemap_acquire_owner") {
      [("peer", peer.address), ("list", Kernel.ownerList), ("private", peer.isVM ? 1 : 0)]
    }
    if let group = peers.first(where: { $0.island == peer.island })?.owner {
      group.references += 1
      peer.owner = group
    } else {
      peer.owner = Owner(address: allocate("owner", 0xff10_0000_4000_0000, step: 8))
    }
    peer.hasList = true
    peers.append(peer)
    try await emit(task, "drm_pagemap_acquire_owner_ret") {
      [
        ("peer", peer.address), ("owner", peer.owner?.address ?? 0),
        ("oref", Kernel.field(peer.owner?.references ?? 0)), ("ret", 0),
      ]
    }
  }

  private static var ownerList: UInt64 { 0xffff_ffff_c03d_3680 }

  /// `drm_pagemap_release_owner`
  func releaseOwner(_ task: KernelTask, _ peer: Peer) async throws {
    try await emit(task, "drm_pagemap_release_owner") {
      [
        ("peer", peer.address), ("owner", peer.owner?.address ?? 0),
        ("oref", Kernel.field(peer.owner?.references ?? 0)),
        ("list", peer.hasList ? Kernel.ownerList : 0),
      ]
    }
    peers.removeAll { $0 === peer }
    guard let owner = peer.owner else { return }
    peer.owner = nil
    owner.references -= 1
    if owner.references == 0 { free("owner", owner.address) }
  }
}
