/// Migration to system memory: CPU faults (mm/memory.c, drivers/gpu/drm/drm_pagemap.c) and eviction.
extension Kernel {
  // MARK: CPU faults

  /// `do_swap_page` on an address, once: whether the page is in system memory or nowhere by now.
  ///
  /// The caller holds the address space and not its lock.
  func touch(_ task: KernelTask, _ mm: AddressSpace, _ address: UInt64) async throws -> Bool {
    try await readLock(task, mm)
    defer { mm.readers -= 1 }
    let head = head(of: address, in: mm)
    guard let mapping = mm.entries[head] else { return true }
    if mapping.isMigrating {
      // migration_entry_wait(): no reference is held.
      let folio = mapping.folio
      mm.readers -= 1
      defer { mm.readers += 1 }
      try await scheduler.wait(task) {
        !mapping.isMigrating || mm.entries[head] !== mapping || !folio.isLocked
      }
      return false
    }
    let folio = mapping.folio
    guard folio.zdd != nil else { return true }
    guard !folio.isLocked else {
      // softleaf_entry_wait_on_locked()
      mm.readers -= 1
      defer { mm.readers += 1 }
      try await scheduler.wait(task) { !folio.isLocked || mm.entries[head] !== mapping }
      return false
    }
    folio.isLocked = true
    folio.references += 1
    try await faultOnDevicePage(task, mm, address, folio)
    folio.isLocked = false
    // Another CPU may find the folio here, unlocked and held.
    try await step(task)
    if injection.fault == .staleMove, injection.isPending, folio.isMigrated {
      for _ in 0..<40 where !staleFolios.contains(where: { $0 === folio }) { try await step(task) }
    }
    try await put(task, folio)
    return mm.entries[self.head(of: address, in: mm)]?.folio.zdd == nil
  }

  /// The address at which the folio that covers `address` is entered.
  func head(of address: UInt64, in mm: AddressSpace) -> UInt64 {
    let large = address & ~0x1f_ffff
    if let mapping = mm.entries[large], mapping.folio.order > 0 { return large }
    return address
  }

  /// `drm_pagemap_migrate_to_ram`
  private func faultOnDevicePage(
    _ task: KernelTask, _ mm: AddressSpace, _ address: UInt64, _ folio: Folio
  ) async throws {
    guard let zdd = folio.zdd else { return }
    let page = folio.page + (address - head(of: address, in: mm)) / 4096 * 64
    let isTagged = folio.isMigrated
    let size = zdd.devmem.pages * 4096
    let vma = 0xff10_0000_c000_0000 + (mm.address & 0xffff) * 16
    try await emit(task, "drm_pagemap_migrate_to_ram") {
      [
        ("addr", address), ("page", page), ("zdd", zdd.address | (isTagged ? 1 : 0)),
        ("devmem", isTagged ? 0x1b5d : zdd.devmem.address),
        ("dpagemap", isTagged ? 0x2a5d : zdd.pagemap.address),
        ("zref", isTagged ? 0x77 : Kernel.field(zdd.references)),
        ("vma", vma), ("mm", mm.address), ("flags", 0xa54),
      ]
    }
    guard let window = mm.windows.first(where: { $0.start <= address && address < $0.end }) else {
      return
    }
    try await emit(task, "__drm_pagemap_migrate_to_ram") {
      [
        ("vma", vma), ("page", page), ("addr", address), ("size", size),
        ("vm_start", window.start), ("vm_end", window.end),
      ]
    }
    var result: Int64 = 0
    if jiffies >= zdd.devmem.timesliceEnd {
      let start = max(address / size * size, window.start)
      let end = min(address / size * size + size, window.end)
      result = try await migrateRangeToRam(task, mm, zdd, folio, start, end)
    }
    try await emit(task, "__drm_pagemap_migrate_to_ram_ret") {
      [("page", page), ("addr", address), ("size", size), ("ret", Kernel.field(result))]
    }
    try await emit(task, "drm_pagemap_migrate_to_ram_ret") {
      [("addr", address), ("page", page), ("ret", result == 0 ? 0 : 2)]
    }
  }

  /// `__drm_pagemap_migrate_to_ram` behind the timeslice.
  private func migrateRangeToRam(
    _ task: KernelTask, _ mm: AddressSpace, _ zdd: Zdd, _ folio: Folio, _ start: UInt64,
    _ end: UInt64
  ) async throws -> Int64 {
    let migration = Migration()
    migration.faultFolio = folio
    try await setUp(
      task, migration, mm, start, end, owner: zdd.pagemap.peer.owner, takesSystem: false)
    guard migration.collected > 0 else { return 0 }
    try await skipRetired(task, migration)
    return try await copyToRam(task, migration, zdd.devmem, mm, of: zdd)
  }

  // MARK: Shared by faults and evictions

  /// `drm_pagemap_skip_retired_pages`
  private func skipRetired(_ task: KernelTask, _ migration: Migration) async throws {
    try await emit(task, "drm_pagemap_skip_retired_pages") { [("npages", migration.pages)] }
    for place in migration.entries.indices {
      guard let source = migration.entries[place].source, source.isMigrated else { continue }
      if injection.fault == .staleMove, injection.isPending, migration.faultFolio == nil {
        staleFolios.append(source)
        // The one who holds it lets go in between.
        try await scheduler.wait(task) { source.references == 1 }
        continue
      }
      migration.entries[place].migrates = false
    }
  }

  /// From `drm_pagemap_migrate_populate_ram_pfn` to the end. `mm` is nil for an eviction; `zdd` is
  /// the only one whose pages a fault moves.
  private func copyToRam(
    _ task: KernelTask, _ migration: Migration, _ devmem: Devmem, _ mm: AddressSpace?,
    of zdd: Zdd?
  ) async throws -> Int64 {
    let isRange = mm != nil
    let name = devmem.pagemap.device.name
    var result = try await populateRam(task, migration, isRange, zdd)
    if result == 0, migration.entries.contains(where: { $0.target != nil }) {
      // From here on stale content is read, whatever becomes of it.
      for entry in migration.entries where entry.target != nil {
        if let source = entry.source, staleFolios.contains(where: { $0 === source }) {
          _ = breaks(.staleMove, source.page, devmem.address, devmem.start)
        }
      }
      result = try await mapAndCopy(task, migration, name)
    }
    let pending = injection.fault == .clearedBeforeUnmap && result == Errno.io
    if pending, breaks(.clearedBeforeUnmap, devmem.address, devmem.pagemap.address) {
      try await putTargets(task, migration)
      try await unmapArrays(task, migration, name)
    } else {
      try await unmapArrays(task, migration, name)
      if result != 0 { try await putTargets(task, migration) }
    }
    try await movePages(task, migration, mm)
    try await emit(task, "drm_pagemap_retire_migrated_pages") { [("npages", migration.pages)] }
    for entry in migration.entries where entry.migrates {
      entry.source?.isMigrated = true
    }
    try await finalise(task, migration, isRange: isRange)
    return result
  }

  /// `drm_pagemap_migrate_populate_ram_pfn`
  private func populateRam(
    _ task: KernelTask, _ migration: Migration, _ isRange: Bool, _ zdd: Zdd?
  ) async throws -> Int64 {
    try await emit(task, "drm_pagemap_migrate_populate_ram_pfn") {
      [
        ("di", isRange ? 0xff10_0000_c000_0000 : 0), ("si", migration.faultFolio?.page ?? 0),
        ("dx", migration.pages), ("cx", 0xff2f_a71f_801d_fc78), ("r8", 0xff10_0000_d000_0000),
        ("r9", 0xff10_0000_d000_0800),
      ]
    }
    let result = random.oneIn(60) ? Errno.noMemory : 0
    for place in migration.entries.indices where result == 0 {
      let entry = migration.entries[place]
      guard entry.migrates, let source = entry.source, zdd == nil || source.zdd === zdd else {
        continue
      }
      migration.entries[place].target = systemFolio(order: source.order)
    }
    try await emit(task, "drm_pagemap_migrate_populate_ram_pfn_ret") {
      [("ret", Kernel.field(result))]
    }
    return result
  }

  private func mapAndCopy(_ task: KernelTask, _ migration: Migration, _ name: String)
    async throws -> Int64
  {
    let addresses = migration.array("a") { $0.target == nil ? 0 : 0x2000_0000 }
    try await emit(task, "drm_pagemap_migrate_map_system_pages", text: ("dev", name)) {
      [("npages", migration.pages), ("dir", 2)]
    }
    try await emit(task, "map_arrays_ret") {
      [("npages", migration.pages), ("ret", 0)] + mapped(migration) + addresses
    }
    try await emit(task, "drm_pagemap_migrate_map_system_pages_ret") {
      [("npages", migration.pages), ("ret", 0)]
    }
    try await emit(task, "drm_pagemap_migrate_populate_src_pages") {
      [("npages", migration.pages)]
    }
    let result = failsToCopy() ? Errno.io : 0
    try await emit(task, "pmf_copy_to_ram") {
      [("npages", migration.pages)]
        + migration.array("p") { $0.target == nil ? 0 : $0.source?.page ?? 0 } + addresses
    }
    try await emit(task, "pmf_copy_to_ram_ret") { [("ret", Kernel.field(result))] }
    return result
  }

  private func mapped(_ migration: Migration) -> [(String, UInt64)] {
    migration.array("m") { $0.target.map { Migration.entry($0, false, false) } ?? 0 }
  }

  private func unmapArrays(_ task: KernelTask, _ migration: Migration, _ name: String)
    async throws
  {
    let addresses = migration.array("a") { $0.target == nil ? 0 : 0x2000_0000 }
    try await emit(task, "unmap_arrays") {
      [("npages", migration.pages)] + mapped(migration) + addresses
    }
    try await emit(task, "drm_pagemap_migrate_unmap_pages", text: ("dev", name)) {
      [("npages", migration.pages), ("dir", 2)]
    }
  }

  // MARK: Eviction

  /// `drm_pagemap_evict_to_ram`. The caller holds the buffer object and its lock.
  func evict(_ task: KernelTask, _ devmem: Devmem) async throws -> Int64 {
    func done() -> UInt64 { devmem.isDetached ? 0xffff_ffff : 0 }
    try await emit(task, "drm_pagemap_evict_to_ram") {
      [
        ("devmem", devmem.address), ("dpagemap", devmem.pagemap.address),
        ("mm", devmem.mm.address), ("size", devmem.pages * 4096), ("done", done()),
      ]
    }
    let result = try await tryToEvict(task, devmem)
    try await emit(task, "drm_pagemap_evict_to_ram_ret") {
      [("devmem", devmem.address), ("done", done()), ("ret", Kernel.field(result))]
    }
    return result
  }

  private func tryToEvict(_ task: KernelTask, _ devmem: Devmem) async throws -> Int64 {
    var result: Int64 = 0
    for _ in 0..<3 {
      guard mmget(devmem.mm) else { return Errno.fault }
      let migration = Migration()
      try await setUpFrames(task, migration, devmem)
      try await skipRetired(task, migration)
      result = try await copyToRam(task, migration, devmem, nil, of: nil)
      mmputLater(devmem.mm)
      if devmem.isDetached { return 0 }
      try await step(task)
    }
    return result == 0 ? Errno.busy : result
  }
}
