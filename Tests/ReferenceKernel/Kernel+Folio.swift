/// Folios and zdds: mm/memremap.c, mm/rmap.c and drivers/gpu/drm/drm_pagemap.c.
extension Kernel {
  // MARK: Page tables

  /// Maps a folio: the page table holds a reference.
  func map(_ folio: Folio, _ mm: AddressSpace, _ address: UInt64) {
    let mapping = Mapping(mm: mm, address: address, folio: folio)
    mm.entries[address] = mapping
    folio.mappings.append(mapping)
    folio.references += 1
  }

  /// A migration entry takes a mapping's place; the page table's reference goes.
  func replaceByMigrationEntry(_ mapping: Mapping) {
    mapping.isMigrating = true
    mapping.folio.references -= 1
  }

  /// `try_to_migrate`: everywhere it is mapped.
  func tryToMigrate(_ folio: Folio) {
    for mapping in folio.mappings where !mapping.isMigrating { replaceByMigrationEntry(mapping) }
  }

  /// `remove_migration_ptes`
  func removeMigrationEntries(_ source: Folio, _ target: Folio) {
    let waiting = source.mappings.filter(\.isMigrating)
    source.mappings.removeAll { $0.isMigrating }
    for mapping in waiting {
      mapping.isMigrating = false
      mapping.folio = target
      target.mappings.append(mapping)
      target.references += 1
    }
  }

  /// `zap_pte_range` for one entry.
  func zap(_ task: KernelTask, _ mapping: Mapping) async throws {
    let folio = mapping.folio
    mapping.mm.entries[mapping.address] = nil
    folio.mappings.removeAll { $0 === mapping }
    guard !mapping.isMigrating else { return }
    if folio.zdd != nil, folio.references == 1, random.oneIn(25) {
      // Somebody else has a short hold of it, and frees it.
      scheduler.spawn { [self] other in try await put(other, folio) }
    } else {
      try await put(task, folio)
    }
  }

  /// A fresh folio of system memory, which nothing maps yet.
  func systemFolio(order: UInt64) -> Folio {
    Folio(
      frame: order == 0 ? systemFrame() : (systemFrame() + 511) / 512 * 512, order: order, zdd: nil)
  }

  // MARK: Device folios

  /// `drm_pagemap_get_devmem_page`: `zone_device_page_init` and a reference of the zdd.
  func initDeviceFolio(_ task: KernelTask, _ zdd: Zdd, frame: UInt64, order: UInt64) async throws
    -> Folio
  {
    let folio = Folio(frame: frame, order: order, zdd: zdd)
    if injection.fault == .initialisedWhileLive,
      let live = zdd.pagemap.device.folios.values.filter({ $0.zdd !== zdd && $0.references > 0 })
        .min(by: { $0.frame < $1.frame }),
      breaks(.initialisedWhileLive, live.page, live.zdd?.devmem.address ?? 0)
    {
      try await emit(task, "zone_device_page_init") {
        [("page", live.page), ("pgmap", zdd.pagemap.pgmap), ("order", live.order)]
      }
    }
    try await emit(task, "zone_device_page_init") {
      [("page", folio.page), ("pgmap", zdd.pagemap.pgmap), ("order", order)]
    }
    zdd.pagemap.device.folios[frame] = folio
    zdd.pagemap.livePages += Int(folio.pages)
    zdd.references += 1
    return folio
  }

  /// `folio_put`
  func put(_ task: KernelTask, _ folio: Folio) async throws {
    folio.references -= 1
    guard folio.references == 0, folio.zdd != nil else { return }
    if breaks(.leakedFolio, folio.page) {
      folio.references = 1
      return
    }
    try await free(task, folio)
  }

  /// `free_zone_device_folio`, `drm_pagemap_folio_free`
  private func free(_ task: KernelTask, _ folio: Folio) async throws {
    guard let zdd = folio.zdd else { return }
    let pagemap = zdd.pagemap
    let data = zdd.address | (folio.isMigrated ? 1 : 0)
    try await emit(task, "free_zone_device_folio") {
      [("folio", folio.page), ("pgmap", pagemap.pgmap), ("zdd", data)]
    }
    try await freed(task, folio, zdd, data)
    if breaks(.folioFreedTwice, folio.page, zdd.address, zdd.devmem.address) {
      try await freed(task, folio, zdd, data)
      if zdd.references > 1 { try await put(task, zdd) }
    }
    pagemap.device.folios[folio.frame] = nil
    try await put(task, zdd)
    pagemap.livePages -= Int(folio.pages)
  }

  private func freed(_ task: KernelTask, _ folio: Folio, _ zdd: Zdd, _ data: UInt64) async throws {
    try await emit(task, "drm_pagemap_folio_free") {
      [
        ("folio", folio.page), ("zdd", data), ("pgmap", zdd.pagemap.pgmap),
        ("zref0", folio.isMigrated ? 0 : Kernel.field(zdd.references)),
        ("zref1", folio.isMigrated ? Kernel.field(zdd.references) : 4096),
        ("flags", folio.order == 0 ? 0x27_ffff_c002_201c : 0x27_ffff_c002_205c),
        ("flags1", 0x27_ffff_c002_2000 | folio.order),
      ]
    }
  }

  // MARK: zdds

  /// `drm_pagemap_zdd_put`
  func put(_ task: KernelTask, _ zdd: Zdd) async throws {
    zdd.references -= 1
    guard zdd.references == 0 else { return }
    if breaks(.leakedZdd, zdd.address, zdd.devmem.address) {
      zdd.references = 1
      return
    }
    let pagemap = zdd.pagemap
    try await emit(task, "drm_pagemap_zdd_destroy") {
      [
        ("zdd", zdd.address), ("devmem", zdd.devmem.address), ("dpagemap", pagemap.address),
        ("ref", sample(pagemap)), ("size", zdd.devmem.pages * 4096),
      ]
    }
    zdd.devmem.isDetached = true
    putObject(zdd.devmem)
    free("zdd", zdd.address)
    // The put is inlined: no event of its own.
    if breaks(.leakedByZdd, pagemap.address) { return }
    try await drop(task, pagemap)
  }

  // MARK: Buffer objects

  /// A buffer object of the pagemap's memory for a range.
  func createObject(_ pagemap: Pagemap, _ mm: AddressSpace, _ window: Window) -> Devmem {
    let pages = window.pages
    let device = pagemap.device
    let size: UInt64 = pages > 64 ? 512 : 64
    var frame = device.nextFrame
    if let free = device.freeFrames[size]?.popLast() {
      frame = free
    } else {
      frame = (frame + size - 1) / size * size
      device.nextFrame = frame + size
    }
    let devmem = Devmem(
      address: allocate("devmem", 0xff10_0000_8000_0008, step: 0x180), pagemap: pagemap, mm: mm,
      start: window.start, pages: pages, firstFrame: frame)
    device.allocations.append(devmem)
    return devmem
  }

  /// `xe_bo_put`
  func putObject(_ devmem: Devmem) {
    devmem.references -= 1
    guard devmem.references == 0 else { return }
    let device = devmem.pagemap.device
    device.allocations.removeAll { $0 === devmem }
    device.freeFrames[devmem.pages > 64 ? 512 : 64, default: []].append(devmem.firstFrame)
    free("devmem", devmem.address)
  }

  // MARK: Address spaces

  func readLock(_ task: KernelTask, _ mm: AddressSpace) async throws {
    try await scheduler.wait(task) { !mm.isWriteLocked }
    mm.readers += 1
  }

  func writeLock(_ task: KernelTask, _ mm: AddressSpace) async throws {
    try await scheduler.wait(task) { !mm.isWriteLocked && mm.readers == 0 }
    mm.isWriteLocked = true
  }

  /// `mmget_not_zero`
  func mmget(_ mm: AddressSpace) -> Bool {
    guard mm.users > 0 else { return false }
    mm.users += 1
    return true
  }

  /// `mmput`
  func mmput(_ task: KernelTask, _ mm: AddressSpace) async throws {
    mm.users -= 1
    if mm.users == 0 { try await exitMmap(task, mm) }
  }

  /// `mmput_async`
  func mmputLater(_ mm: AddressSpace) {
    mm.users -= 1
    guard mm.users == 0 else { return }
    scheduler.spawn { [self] worker in try await exitMmap(worker, mm) }
  }

  /// `exit_mmap`
  private func exitMmap(_ task: KernelTask, _ mm: AddressSpace) async throws {
    try await emit(task, "exit_mmap") { [("mm", mm.address)] }
    try await invalidate(task, mm, 0, .max, event: 5)
    for mapping in mm.entries.values.sorted(by: { $0.address < $1.address }) {
      try await zap(task, mapping)
    }
    mm.invalidations -= 1
    mm.isGone = true
    try await emit(task, "exit_mmap_ret") { [("mm", mm.address)] }
  }
}
