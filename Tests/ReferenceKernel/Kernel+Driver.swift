/// What xe does with pagemaps: VMs and their slots, VMA attributes, GPU faults, evictions, unplug.
extension Kernel {
  // MARK: Devices

  /// A driver binds a device.
  func bind(_ task: KernelTask, _ name: String, island: Int) async throws {
    let number = UInt64(devices.count)
    let device = Device(
      name: name, number: number, drm: 0xff10_0000_1000_0000 + number * 0x1000,
      shrinker: 0xff10_0000_2000_0000 + number * 0x40, cache: 0xff10_0000_3000_0000 + number * 0x80,
      island: island)
    try await emit(task, "drm_pagemap_shrinker_create_devm", text: ("dev", name)) {
      [("drm", device.drm)]
    }
    try await emit(task, "drm_pagemap_shrinker_create_devm_ret") {
      [("drm", device.drm), ("ret", device.shrinker)]
    }
    try await emit(task, "drm_pagemap_cache_create_devm", text: ("dev", name)) {
      [("shrinker", device.shrinker), ("drm", device.drm)]
    }
    try await emit(task, "drm_pagemap_cache_create_devm_ret") {
      [("shrinker", device.shrinker), ("ret", device.cache)]
    }
    devices.append(device)
  }

  /// `drm_dev_unplug`, then what the driver and devres do when a device goes.
  func unplug(_ task: KernelTask, _ device: Device) async throws {
    try await emit(task, "drm_dev_unplug", text: ("name", device.name)) { [("drm", device.drm)] }
    device.isUnplugged = true
    unplugTime = scheduler.now
    // synchronize_srcu()
    try await scheduler.wait(task) { device.entered == 0 }
    // ttm_resource_manager_evict_all()
    while let devmem = device.allocations.first(where: { !$0.isLocked }) {
      try await evictObject(task, devmem)
      if !devmem.isDetached { try await scheduler.sleep(task, microseconds: 500) }
    }
    for pagemap in device.mapped.reversed() { try await unmapPages(task, pagemap) }
    try await finishCache(task, device)
  }

  /// `xe_bo_evict` of one object, under its lock.
  func evictObject(_ task: KernelTask, _ devmem: Devmem) async throws {
    devmem.references += 1
    devmem.isLocked = true
    _ = try await evict(task, devmem)
    devmem.isLocked = false
    putObject(devmem)
  }

  // MARK: VMs

  /// `xe_vm_create`; nil where it failed.
  func createVM(_ task: KernelTask, _ device: Device, _ mm: AddressSpace) async throws -> VM? {
    let address = allocate("vm", 0xff10_0000_7000_0000, step: 0x800)
    let vm = VM(
      peer: Peer(address: address + 0x428, isVM: true, island: device.island), device: device,
      mm: mm, gpusvm: address + 0x490)
    try await acquireOwner(task, vm.peer)
    guard let pagemap = try await findOrCreate(task, device) else {
      try await releaseOwner(task, vm.peer)
      free("vm", address)
      return nil
    }
    vm.slots = [pagemap]
    try await emit(task, "drm_gpusvm_init") {
      [
        ("gpusvm", vm.gpusvm), ("mm", mm.address), ("mm_range", 0x8000_0000_0000),
        ("notifier_size", 0x2000_0000),
      ]
    }
    mm.mirrors.append(vm)
    return vm
  }

  /// `down_write(&vm->lock)`
  private func lock(_ task: KernelTask, _ vm: VM) async throws {
    try await scheduler.wait(task) { !vm.isLocked }
    vm.isLocked = true
  }

  /// `xe_vm_close_and_put`
  func closeVM(_ task: KernelTask, _ vm: VM) async throws {
    vm.isClosed = true
    try await lock(task, vm)
    defer { vm.isLocked = false }
    try await closeSVM(task, vm)
    // xe_vma_destroy() of every VMA
    while let pagemap = vm.attributes.popLast() {
      if breaks(.leakedAttribute, pagemap.address) { continue }
      try await put(task, pagemap)
    }
    // xe_svm_fini()
    for range in vm.ranges.values.sorted(by: { $0.address < $1.address }) {
      try await removeRange(task, vm, range)
    }
    try await scheduler.wait(task) { vm.mm.invalidations == 0 }
    vm.mm.mirrors.removeAll { $0 === vm }
    try await emit(task, "drm_gpusvm_fini") { [("gpusvm", vm.gpusvm), ("mm", vm.mm.address)] }
    free("vm", vm.gpusvm - 0x490)
  }

  /// `xe_svm_close`
  private func closeSVM(_ task: KernelTask, _ vm: VM) async throws {
    for pagemap in vm.slots {
      if breaks(.leakedSlot, pagemap.address) { continue }
      try await put(task, pagemap)
      if breaks(.extraPut, pagemap.address) { try await put(task, pagemap) }
    }
    vm.slots = []
    if breaks(.peerNeverLeaves, vm.peer.address) { return }
    try await releaseOwner(task, vm.peer)
    if breaks(.peerLeavesTwice, vm.peer.address) { try await releaseOwner(task, vm.peer) }
  }

  /// `xe_vm_madvise_ioctl` with a preferred location.
  func prefer(_ task: KernelTask, _ vm: VM, _ device: Device) async throws {
    try await lock(task, vm)
    defer { vm.isLocked = false }
    guard !vm.isClosed, !device.isUnplugged else { return }
    guard let pagemap = try await findOrCreate(task, device) else { return }
    if pagemap.peer.owner === vm.peer.owner {
      for _ in 0..<(1 + random.below(2)) {
        get(pagemap)
        vm.attributes.append(pagemap)
      }
      if vm.attributes.count > 3 { try await put(task, vm.attributes.removeFirst()) }
      if random.oneIn(2) { try await step(task) }
    }
    if breaks(.leakedTransient, pagemap.address) { return }
    try await put(task, pagemap)
  }

  // MARK: GPU faults

  /// The pagemap that a range is to be in: a VMA's preference, or the VM's own.
  private func resolve(_ vm: VM) -> Pagemap? {
    if let preferred = vm.attributes.last, random.oneIn(2) { return preferred }
    return vm.slots.first
  }

  /// `xe_svm_handle_pagefault`, or a prefetch of a range.
  func handleFault(_ task: KernelTask, _ vm: VM, _ address: UInt64, isAtomic: Bool)
    async throws
  {
    try await lock(task, vm)
    defer { vm.isLocked = false }
    guard !vm.isClosed else { return }
    guard let range = try await findRange(task, vm, address), let pagemap = resolve(vm) else {
      return
    }
    if settings.hasTransients { get(pagemap) }
    try await allocateVRAM(task, vm, range, pagemap, isAtomic ? settings.timesliceMs : 0)
    if settings.hasTransients { try await put(task, pagemap) }
    for _ in 0..<2 {
      guard try await getPages(task, vm, range) == Errno.notSupported else { break }
      try await evictRange(task, vm, range)
    }
  }

  /// A planted fault: populates by a pagemap that is long destroyed.
  private func useDestroyed(_ task: KernelTask, _ mm: AddressSpace, _ window: Window)
    async throws
  {
    guard let dead = deadPagemaps.first, breaks(.useAfterDestroy, dead.address) else { return }
    try await emit(task, "drm_pagemap_populate_mm") {
      [
        ("dpagemap", dead.address), ("ref", 0), ("start", window.start), ("end", window.end),
        ("mm", mm.address),
      ]
    }
    try await emit(task, "drm_pagemap_populate_mm_ret") {
      [
        ("dpagemap", dead.address), ("ref", 0), ("start", window.start), ("end", window.end),
        ("ret", Kernel.field(Errno.noDevice)),
      ]
    }
  }

  /// `xe_svm_alloc_vram`
  private func allocateVRAM(
    _ task: KernelTask, _ vm: VM, _ range: SVMRange, _ pagemap: Pagemap, _ timesliceMs: UInt64
  ) async throws {
    guard try await scan(task, vm, range, pagemap) != 1 else { return }
    try await useDestroyed(task, vm.mm, range.window)
    try await scheduler.wait(task) { !self.isMigrateWriteLocked }
    migrateReaders += 1
    var result = try await populate(
      task, pagemap, vm.mm, range.window, timesliceMs: timesliceMs)
    migrateReaders -= 1
    guard result == Errno.busy else { return }
    try await scheduler.wait(task) { !self.isMigrateWriteLocked && self.migrateReaders == 0 }
    isMigrateWriteLocked = true
    try await evictRange(task, vm, range)
    result = try await populate(task, pagemap, vm.mm, range.window, timesliceMs: timesliceMs)
    if result == Errno.busy { try await evictRange(task, vm, range) }
    isMigrateWriteLocked = false
  }
}
