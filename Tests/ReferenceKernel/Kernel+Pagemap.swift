/// The life of a pagemap: drivers/gpu/drm/drm_pagemap.c, and xe's part of it.
extension Kernel {
  /// A pagemap's count as a probe reads it through a pointer: of whatever is there by now.
  func sample(_ pagemap: Pagemap) -> UInt64 {
    if pagemap.isFreed,
      let other = pagemap.device.mapped.last(where: {
        $0.address == pagemap.address && !$0.isFreed
      })
    {
      return Kernel.field(other.references)
    }
    return Kernel.field(pagemap.references)
  }

  private func members(_ pagemap: Pagemap) -> [(String, UInt64)] {
    [
      ("dpagemap", pagemap.address), ("ref", sample(pagemap)), ("drm", pagemap.device.drm),
      ("cache", pagemap.hasCache ? pagemap.device.cache : 0),
    ]
  }

  // MARK: drm_pagemap_init, drm_pagemap_reinit

  /// `xe_pagemap_create`
  func createPagemap(_ task: KernelTask, _ device: Device) async throws -> Pagemap {
    let address = allocate("pagemap", 0xff10_0000_5000_0098, step: 0x400)
    let pagemap = Pagemap(address: address, device: device)
    try await emit(task, "drm_pagemap_init", text: ("dev", device.name)) {
      [("dpagemap", pagemap.address), ("pagemap", pagemap.pgmap), ("drm", device.drm)]
    }
    try await holdDevice(task, device)
    try await emit(task, "drm_pagemap_init_ret") {
      [("dpagemap", pagemap.address), ("ref", sample(pagemap)), ("ret", 0)]
    }
    try await acquireOwner(task, pagemap.peer)
    try await emit(task, "drm_pagemap_pagemap_ops_get")
    try await emit(task, "memremap_pages") {
      [
        ("pgmap", pagemap.pgmap), ("type", 1), ("start", device.firstFrame << 12),
        ("end", (device.firstFrame + 0x8000) << 12 - 1),
        ("owner", pagemap.peer.owner?.address ?? 0),
      ]
    }
    pagemap.isMapped = true
    device.mapped.append(pagemap)
    return pagemap
  }

  /// `drm_pagemap_reinit`
  func reinit(_ task: KernelTask, _ pagemap: Pagemap) async throws {
    try await emit(task, "drm_pagemap_reinit") { members(pagemap) }
    try await holdDevice(task, pagemap.device)
    pagemap.references = 1
    try await emit(task, "drm_pagemap_reinit_ret") {
      [("dpagemap", pagemap.address), ("ref", sample(pagemap)), ("ret", 0)]
    }
  }

  private func holdDevice(_ task: KernelTask, _ device: Device) async throws {
    try await emit(task, "drm_pagemap_dev_hold") { [("arg", device.drm)] }
    try await emit(task, "drm_pagemap_dev_hold_ret") { [("ret", 0xff10_0000_a100_0000)] }
  }

  // MARK: drm_pagemap_get, drm_pagemap_put

  /// `drm_pagemap_get`
  func get(_ pagemap: Pagemap) {
    // refcount_inc() on 0 saturates.
    pagemap.references = pagemap.references > 0 ? pagemap.references + 1 : Kernel.saturated
  }

  private static var saturated: Int { Int(Int32(bitPattern: 0xc000_0000)) }

  /// `drm_pagemap_put`; a NULL pointer is no error.
  func put(_ task: KernelTask, _ pagemap: Pagemap?) async throws {
    guard let pagemap else {
      try await emit(task, "drm_pagemap_put") { [("dpagemap", 0), ("ref", 0x18_9ccd)] }
      try await emit(task, "drm_pagemap_put_ret") { [("dpagemap", 0), ("ref", 0)] }
      return
    }
    try await emit(task, "drm_pagemap_put") { members(pagemap) }
    try await drop(task, pagemap)
    try await emit(task, "drm_pagemap_put_ret") {
      [("dpagemap", pagemap.address), ("ref", sample(pagemap))]
    }
  }

  /// `kref_put`
  func drop(_ task: KernelTask, _ pagemap: Pagemap) async throws {
    if pagemap.references <= 0 {
      pagemap.references = Kernel.saturated
      return
    }
    pagemap.references -= 1
    if pagemap.references == 0 { try await release(task, pagemap) }
  }

  /// `drm_pagemap_release`
  private func release(_ task: KernelTask, _ pagemap: Pagemap) async throws {
    try await emit(task, "drm_pagemap_release") {
      [
        ("kref", pagemap.address + 8), ("ref", sample(pagemap)), ("drm", pagemap.device.drm),
        ("cache", pagemap.hasCache ? pagemap.device.cache : 0), ("pagemap", pagemap.pgmap),
        ("dev_hold", 0xff10_0000_a100_0000),
      ]
    }
    try await addToShrinker(task, pagemap)
    scheduleUnhold()
  }

  private func scheduleUnhold() {
    guard !isUnholdScheduled else { return }
    isUnholdScheduled = true
    scheduler.spawn { [self] worker in
      isUnholdScheduled = false
      try await emit(worker, "drm_pagemap_dev_unhold_work") { [("work", 0xffff_ffff_c01a_5440)] }
    }
  }

  // MARK: drm_pagemap_destroy

  /// `drm_pagemap_destroy`, `xe_pagemap_destroy`
  func destroy(_ task: KernelTask, _ pagemap: Pagemap, isAtomic: Bool) async throws {
    try await emit(task, "drm_pagemap_destroy") {
      members(pagemap) + [("atomic", isAtomic ? 1 : 0)]
    }
    if isAtomic {
      scheduler.spawn { [self] worker in try await destroyWork(worker, pagemap) }
    } else {
      try await destroyWork(task, pagemap)
    }
  }

  /// `xe_pagemap_destroy_work`
  private func destroyWork(_ task: KernelTask, _ pagemap: Pagemap) async throws {
    let device = pagemap.device
    if !device.isUnplugged {
      device.entered += 1
      try await unmapPages(task, pagemap)
      device.entered -= 1
    }
    if breaks(.pagemapPeerNeverLeaves, pagemap.peer.address, pagemap.address) { return }
    try await releaseOwner(task, pagemap.peer)
    pagemap.isFreed = true
    deadPagemaps.append(pagemap)
    device.mapped.removeAll { $0 === pagemap && !pagemap.isMapped }
    free("pagemap", pagemap.address)
  }

  /// `memunmap_pages`: waits until every page is free.
  func unmapPages(_ task: KernelTask, _ pagemap: Pagemap) async throws {
    guard pagemap.isMapped else { return }
    pagemap.isMapped = false
    try await emit(task, "memunmap_pages") {
      [("pgmap", pagemap.pgmap), ("start", pagemap.device.firstFrame << 12)]
    }
    try await scheduler.wait(task) { pagemap.livePages <= 0 }
    try await emit(task, "memunmap_pages_ret") { [("pgmap", pagemap.pgmap)] }
    pagemap.device.mapped.removeAll { $0 === pagemap }
  }
}
