/// Migration to device memory: drivers/gpu/drm/drm_pagemap.c and xe's `populate_mm`.
extension Kernel {
  // MARK: drm_pagemap_populate_mm

  /// `drm_pagemap_populate_mm`
  func populate(
    _ task: KernelTask, _ pagemap: Pagemap, _ mm: AddressSpace, _ window: Window,
    timesliceMs: UInt64
  ) async throws -> Int64 {
    try await emit(task, "drm_pagemap_populate_mm") {
      [
        ("dpagemap", pagemap.address), ("ref", sample(pagemap)), ("start", window.start),
        ("end", window.end), ("mm", mm.address), ("timeslice_ms", timesliceMs),
      ]
    }
    var result = Errno.fault
    if mmget(mm) {
      try await readLock(task, mm)
      result = try await populateByDriver(task, pagemap, mm, window, timesliceMs)
      mm.readers -= 1
      try await mmput(task, mm)
    }
    try await emit(task, "drm_pagemap_populate_mm_ret") {
      [
        ("dpagemap", pagemap.address), ("ref", sample(pagemap)), ("start", window.start),
        ("end", window.end), ("ret", Kernel.field(result)),
      ]
    }
    return result
  }

  /// `xe_drm_pagemap_populate_mm`
  private func populateByDriver(
    _ task: KernelTask, _ pagemap: Pagemap, _ mm: AddressSpace, _ window: Window,
    _ timesliceMs: UInt64
  ) async throws -> Int64 {
    let device = pagemap.device
    let isLate = device.isUnplugged
    if isLate {
      guard injection.fault == .migrationAfterUnplug, injection.isPending,
        scheduler.now > unplugTime + 2_000_000
      else { return Errno.noDevice }
    }
    device.entered += 1
    defer { device.entered -= 1 }
    if random.oneIn(40) { return Errno.noMemory }
    let devmem = createObject(pagemap, mm, window)
    devmem.isLocked = true
    try await emit(task, "drm_pagemap_devmem_init", text: ("dev", device.name)) {
      [
        ("devmem", devmem.address), ("dpagemap", pagemap.address), ("mm", mm.address),
        ("size", devmem.pages * 4096), ("ops", 0xffff_ffff_c03d_6480),
      ]
    }
    devmem.references += 1
    let result = try await migrateToDevice(task, devmem, mm, window, timesliceMs)
    if isLate, result == 0 || device.folios.values.contains(where: { $0.zdd?.devmem === devmem }) {
      _ = breaks(.migrationAfterUnplug, pagemap.address)
    }
    devmem.isLocked = false
    putObject(devmem)
    return result
  }

  // MARK: drm_pagemap_migrate_to_devmem

  /// `drm_pagemap_migrate_to_devmem`
  private func migrateToDevice(
    _ task: KernelTask, _ devmem: Devmem, _ mm: AddressSpace, _ window: Window,
    _ timesliceMs: UInt64
  ) async throws -> Int64 {
    let pagemap = devmem.pagemap
    try await emit(task, "drm_pagemap_migrate_to_devmem") {
      [
        ("devmem", devmem.address), ("dpagemap", pagemap.address), ("ref", sample(pagemap)),
        ("mm", mm.address), ("start", window.start), ("end", window.end),
        ("size", devmem.pages * 4096), ("timeslice_ms", timesliceMs),
      ]
    }
    let result = try await migrate(task, devmem, mm, window, timesliceMs)
    try await emit(task, "drm_pagemap_migrate_to_devmem_ret") {
      [
        ("devmem", devmem.address), ("start", window.start), ("end", window.end),
        ("ret", Kernel.field(result)),
      ]
    }
    return result
  }

  private func migrate(
    _ task: KernelTask, _ devmem: Devmem, _ mm: AddressSpace, _ window: Window,
    _ timesliceMs: UInt64
  ) async throws -> Int64 {
    guard mm.windows.contains(where: { $0.start <= window.start && window.start < $0.end }) else {
      putObject(devmem)
      return Errno.noEntry
    }
    guard mm.windows.contains(where: { $0.start <= window.start && window.end <= $0.end }) else {
      putObject(devmem)
      return Errno.invalid
    }
    let pagemap = devmem.pagemap
    let zdd = Zdd(
      address: allocate("zdd", 0xff10_0000_9000_0000, step: 0x20), pagemap: pagemap,
      devmem: devmem)
    get(pagemap)
    try await emit(task, "zdd_alloc") {
      [("zdd", zdd.address), ("devmem", devmem.address), ("dpagemap", pagemap.address)]
    }
    let migration = Migration()
    try await setUp(
      task, migration, mm, window.start, window.end, owner: pagemap.peer.owner, takesSystem: true)
    var result = Errno.busy
    if migration.collected > 0 {
      result = try await fill(task, migration, zdd, mm, timesliceMs)
    }
    try await put(task, zdd)
    return result
  }

  /// From the collected pages to the end of the migration.
  private func fill(
    _ task: KernelTask, _ migration: Migration, _ zdd: Zdd, _ mm: AddressSpace,
    _ timesliceMs: UInt64
  ) async throws -> Int64 {
    var result: Int64 = 0
    var ownPages: UInt64 = 0
    if migration.collected != migration.pages {
      result = Errno.busy
    } else {
      ownPages = migration.entries.reduce(0) {
        $0 + ($1.source?.zdd?.pagemap === zdd.pagemap ? $1.pages : 0)
      }
      if ownPages > 0, ownPages != migration.pages { result = Errno.busy }
    }
    if result == 0, ownPages != migration.pages {
      result = try await copyToDevice(task, migration, zdd)
      if result == 0 {
        zdd.devmem.timesliceEnd = jiffies + (timesliceMs + 3) / 4
      } else {
        try await putTargets(task, migration)
      }
    }
    try await movePages(task, migration, mm)
    if result == 0, ownPages != migration.pages,
      migration.entries.contains(where: { !$0.migrates })
    {
      result = Errno.busy
    }
    if breaks(.neverFinalised, zdd.devmem.address, zdd.address, migration.start, mm.address) {
      try await scheduler.wait(task) { false }
    }
    try await finalise(task, migration, isRange: true)
    return result
  }

  /// `get_jiffies_64`, at 250 a second
  var jiffies: UInt64 { scheduler.now / 4_000_000 }

  /// Initialises the device folios and copies into them, run by run of the same source.
  private func copyToDevice(_ task: KernelTask, _ migration: Migration, _ zdd: Zdd) async throws
    -> Int64
  {
    var runStart = 0
    for place in migration.entries.indices {
      let entry = migration.entries[place]
      let offset = (entry.address - migration.start) / 4096
      let order: UInt64 = entry.pages == 512 ? 9 : 0
      migration.entries[place].target = try await initDeviceFolio(
        task, zdd, frame: zdd.devmem.firstFrame + offset, order: order)
      guard place > runStart,
        entry.source?.zdd?.pagemap !== migration.entries[runStart].source?.zdd?.pagemap
      else { continue }
      let result = try await copyRun(task, migration, runStart..<place, zdd)
      if result != 0 { return result }
      runStart = place
    }
    return try await copyRun(task, migration, runStart..<migration.entries.count, zdd)
  }

  /// `drm_pagemap_migrate_sys_to_dev`, `drm_pagemap_migrate_remote_to_local`
  private func copyRun(
    _ task: KernelTask, _ migration: Migration, _ run: Range<Int>, _ zdd: Zdd
  ) async throws -> Int64 {
    let part = Migration()
    part.entries = Array(migration.entries[run])
    let pages = part.entries.reduce(0) { $0 + $1.pages }
    let peer = part.entries.first?.source?.zdd
    let name = (peer?.pagemap ?? zdd.pagemap).device.name
    let addresses = part.array("a") { _ in 0x1000_0000 }
    let mapped =
      peer == nil
      ? part.array("m") { Migration.entry($0.source, $0.migrates, $0.isWritable) }
      : part.array("m") { Migration.entry($0.target, false, false) }
    if peer == nil {
      try await emit(task, "drm_pagemap_migrate_map_system_pages", text: ("dev", name)) {
        [("npages", pages), ("dir", 1)]
      }
      try await emit(task, "map_arrays_ret") {
        [("npages", pages), ("ret", 0)] + mapped + addresses
      }
      try await emit(task, "drm_pagemap_migrate_map_system_pages_ret") {
        [("npages", pages), ("ret", 0)]
      }
    }
    let result = failsToCopy() ? Errno.io : 0
    let operation = peer == nil ? "pmf_copy_to_devmem" : "pmf_copy_to_ram"
    try await emit(task, operation) {
      [("npages", pages)]
        + part.array("p") { (peer == nil ? $0.target : $0.source)?.page ?? 0 } + addresses
    }
    try await emit(task, operation + "_ret") { [("ret", Kernel.field(result))] }
    let direction: UInt64 = peer == nil ? 1 : 2
    try await emit(task, "unmap_arrays") { [("npages", pages)] + mapped + addresses }
    try await emit(task, "drm_pagemap_migrate_unmap_pages", text: ("dev", name)) {
      [("npages", pages), ("dir", direction)]
    }
    return result
  }

  /// Whether a copy fails, by chance.
  func failsToCopy() -> Bool { settings.copyFailures > 0 && random.oneIn(settings.copyFailures) }

  /// `drm_pagemap_migration_unlock_put_pages`
  func putTargets(_ task: KernelTask, _ migration: Migration) async throws {
    try await emit(task, "drm_pagemap_migration_unlock_put_pages") {
      [("npages", migration.pages)]
    }
    for place in migration.entries.indices {
      guard let target = migration.entries[place].target else { continue }
      migration.entries[place].target = nil
      try await unlockAndPut(task, target)
    }
  }
}
