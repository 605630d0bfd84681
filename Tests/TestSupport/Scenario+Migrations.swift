/// Migrations to a device.
extension PagemapScenario {
  /// A whole migration of pages to the device, in `drm_pagemap_populate_mm`.
  package mutating func migrateToDevmem(
    _ vm: VM, pagemap: UInt64? = nil, at start: UInt64, pages: UInt64 = 4, order: UInt64 = 0,
    timesliceMs: UInt64 = 0, devmem: UInt64? = nil, lasting duration: UInt64 = 0
  ) -> Allocation {
    var allocation = offer(
      mm: vm.mm, pagemap: pagemap ?? vm.pagemap, at: start, pages: pages, devmem: devmem)
    allocation.order = order
    allocation.timesliceMs = timesliceMs
    populate(allocation) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation)
      kernel.initFolios(allocation)
      kernel.now += duration
      kernel.endMigration(allocation)
    }
    return allocation
  }

  /// An allocation that is not migrated to yet; no event.
  package mutating func offer(
    mm: UInt64, pagemap: UInt64, at start: UInt64, pages: UInt64 = 4, devmem: UInt64? = nil,
    zdd: UInt64? = nil, firstPFN: UInt64? = nil
  ) -> Allocation {
    guard let device = state.pagemaps[pagemap]?.device else { preconditionFailure("no pagemap") }
    let allocation = Allocation(
      devmem: devmem ?? state.address("devmem", 0xff10_0000_8000_0008),
      zdd: zdd ?? state.address("zdd", 0xff10_0000_9000_0000, step: 0x20), pagemap: pagemap, mm: mm,
      start: start, pages: pages, firstPFN: firstPFN ?? state.frames(device, pages))
    state.detached.remove(allocation.devmem)
    return allocation
  }

  /// `drm_pagemap_populate_mm` around `body`.
  package mutating func populate(
    _ allocation: Allocation, result: Int64 = 0, _ body: (inout PagemapScenario) -> Void
  ) {
    beginPopulate(allocation)
    body(&self)
    endPopulate(allocation, result: result)
  }

  /// `drm_pagemap_populate_mm` is entered.
  package mutating func beginPopulate(_ allocation: Allocation) {
    emit(
      "drm_pagemap_populate_mm",
      [
        "dpagemap": .number(allocation.pagemap),
        "ref": .signed(state.references(of: allocation.pagemap)),
        "start": .number(allocation.start), "end": .number(allocation.end),
        "mm": .number(allocation.mm), "timeslice_ms": .number(allocation.timesliceMs),
      ])
  }

  /// `drm_pagemap_populate_mm` returns.
  package mutating func endPopulate(_ allocation: Allocation, result: Int64 = 0) {
    emit(
      "drm_pagemap_populate_mm_ret",
      [
        "dpagemap": .number(allocation.pagemap),
        "ref": .signed(state.references(of: allocation.pagemap)),
        "start": .number(allocation.start), "end": .number(allocation.end), "ret": .signed(result),
      ])
  }

  /// `drm_pagemap_devmem_init`.
  package mutating func initDevmem(_ allocation: Allocation) {
    emit(
      "drm_pagemap_devmem_init",
      [
        "devmem": .number(allocation.devmem), "dpagemap": .number(allocation.pagemap),
        "mm": .number(allocation.mm), "size": .number(allocation.pages * 4096),
        "dev": .text(state.pagemaps[allocation.pagemap]?.device.name ?? ""),
      ])
  }

  /// `drm_pagemap_migrate_to_devmem` is entered; `hasZdd` says whether it gets so far.
  package mutating func beginMigration(_ allocation: Allocation, hasZdd: Bool = true) {
    emit(
      "drm_pagemap_migrate_to_devmem",
      [
        "devmem": .number(allocation.devmem), "dpagemap": .number(allocation.pagemap),
        "ref": .signed(state.references(of: allocation.pagemap)), "mm": .number(allocation.mm),
        "start": .number(allocation.start), "end": .number(allocation.end),
        "size": .number(allocation.pages * 4096), "timeslice_ms": .number(allocation.timesliceMs),
      ])
    guard hasZdd else { return }
    get(allocation.pagemap)
    state.zdds[allocation.zdd] = 1
  }

  /// `zone_device_page_init` of the allocation's folios, or of the first `count` of them.
  package mutating func initFolios(_ allocation: Allocation, count: Int? = nil) {
    for folio in allocation.folios.prefix(count ?? .max) {
      emit(
        "zone_device_page_init",
        [
          "page": .number(folio), "pgmap": .number(state.pgmap(of: allocation.pagemap)),
          "order": .number(allocation.order),
        ])
      state.zdds[allocation.zdd, default: 0] += 1
    }
  }

  /// `drm_pagemap_migrate_to_devmem` puts its reference of the zdd and returns.
  package mutating func endMigration(
    _ allocation: Allocation, result: Int64 = 0, hasZdd: Bool = true
  ) {
    if hasZdd { putZdd(allocation) }
    emit(
      "drm_pagemap_migrate_to_devmem_ret",
      [
        "devmem": .number(allocation.devmem), "start": .number(allocation.start),
        "end": .number(allocation.end), "ret": .signed(result),
      ])
  }

  /// `drm_pagemap_migrate_range` of pages of `source`; 0 for pages of system memory.
  package mutating func migrateRange(_ allocation: Allocation, from source: UInt64) {
    emit(
      "drm_pagemap_migrate_range",
      [
        "devmem": .number(allocation.devmem), "last_dpagemap": .number(source),
        "cur_start": .number(allocation.pages),
      ])
  }
}
