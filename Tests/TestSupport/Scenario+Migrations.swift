/// Migrations, faults, evictions and what processes do with their memory.
extension PagemapScenario {
  // MARK: To the device

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

  // MARK: Folios and zdds

  /// `drm_pagemap_folio_free` of one folio, or of all that are given.
  package mutating func freeFolios(
    _ allocation: Allocation, _ folios: [UInt64]? = nil, isMigrated: Bool = false
  ) {
    for folio in folios ?? allocation.folios {
      emitFree(allocation, folio, isMigrated: isMigrated)
      putZdd(allocation)
    }
  }

  /// `drm_pagemap_folio_free` is entered.
  package mutating func emitFree(
    _ allocation: Allocation, _ folio: UInt64, isMigrated: Bool = false, pgmap: UInt64? = nil
  ) {
    let references = ScenarioFormats.Value.signed(state.zdds[allocation.zdd] ?? 0)
    emit(
      "drm_pagemap_folio_free",
      [
        "folio": .number(folio), "zdd": .number(allocation.zdd | (isMigrated ? 1 : 0)),
        "pgmap": .number(pgmap ?? state.pgmap(of: allocation.pagemap)),
        "zref0": isMigrated ? -1_613_005 : references,
        "zref1": isMigrated ? references : 1_613_005,
        "flags": allocation.order == 0 ? 0x27_ffff_c002_201c : 0x27_ffff_c002_205c,
        "flags1": .number(0x27_ffff_c002_2000 | allocation.order),
      ])
  }

  /// `drm_pagemap_folio_split` of the allocation's folios into single pages.
  package mutating func split(_ allocation: Allocation) {
    for folio in allocation.folios {
      for page in 1..<(UInt64(1) << allocation.order) {
        emit(
          "drm_pagemap_folio_split",
          [
            "orig_folio": .number(folio), "new_folio": .number(folio + page * 64),
            "zdd": .number(allocation.zdd),
          ])
        state.zdds[allocation.zdd, default: 0] += 1
      }
    }
  }

  /// A reference of the zdd goes; with the last one `drm_pagemap_zdd_destroy` runs.
  package mutating func putZdd(_ allocation: Allocation) {
    state.zdds[allocation.zdd, default: 0] -= 1
    guard state.zdds[allocation.zdd] == 0 else { return }
    state.zdds[allocation.zdd] = nil
    destroyZdd(allocation)
    drop(allocation.pagemap)
  }

  /// `drm_pagemap_zdd_destroy` up to, not including, the put of the pagemap.
  package mutating func destroyZdd(_ allocation: Allocation) {
    emit(
      "drm_pagemap_zdd_destroy",
      [
        "zdd": .number(allocation.zdd), "devmem": .number(allocation.devmem),
        "dpagemap": .number(allocation.pagemap),
        "ref": .signed(state.references(of: allocation.pagemap)),
        "size": .number(allocation.pages * 4096),
      ])
    state.detached.insert(allocation.devmem)
  }

  // MARK: To system memory

  /// A CPU fault on a page of the allocation that moves `moved` folios (all unless told).
  package mutating func fault(
    _ allocation: Allocation, page: Int = 0, mm: UInt64? = nil, moved: [UInt64]? = nil
  ) {
    let first = (page >> Int(allocation.order)) << Int(allocation.order)
    let held = Allocation.page(allocation.firstPFN + UInt64(first))
    let folios = moved ?? allocation.folios
    beginFault(allocation, page: page, mm: mm)
    freeFolios(allocation, folios.filter { $0 != held }, isMigrated: true)
    endFault(allocation, page: page)
    // The fault holds a reference of the page it is about, and puts it when the handler has returned.
    if folios.contains(held) { freeFolios(allocation, [held], isMigrated: true) }
  }

  /// A CPU fault that moves nothing.
  package mutating func idleFault(_ allocation: Allocation, page: Int = 0, mm: UInt64? = nil) {
    beginFault(allocation, page: page, mm: mm)
    endFault(allocation, page: page)
  }

  /// `drm_pagemap_migrate_to_ram`.
  package mutating func beginFault(_ allocation: Allocation, page: Int = 0, mm: UInt64? = nil) {
    emit(
      "drm_pagemap_migrate_to_ram",
      [
        "addr": .number(allocation.start + UInt64(page) * 4096),
        "page": .number(Allocation.page(allocation.firstPFN + UInt64(page))),
        "zdd": .number(allocation.zdd), "devmem": .number(allocation.devmem),
        "dpagemap": .number(allocation.pagemap), "zref": .signed(state.zdds[allocation.zdd] ?? 0),
        "vma": 0x4321_0000, "mm": .number(mm ?? allocation.mm), "flags": 0xa54,
      ])
  }

  /// `drm_pagemap_migrate_to_ram` returns.
  package mutating func endFault(_ allocation: Allocation, page: Int = 0) {
    emit(
      "drm_pagemap_migrate_to_ram_ret",
      [
        "addr": .number(allocation.start + UInt64(page) * 4096),
        "page": .number(Allocation.page(allocation.firstPFN + UInt64(page))), "ret": 0,
      ])
  }

  /// `drm_pagemap_evict_to_ram` that moves all folios.
  package mutating func evict(_ allocation: Allocation) {
    evict(allocation, result: 0) { $0.freeFolios(allocation, isMigrated: true) }
  }

  /// `drm_pagemap_evict_to_ram` around `body`.
  package mutating func evict(
    _ allocation: Allocation, result: Int64, _ body: (inout PagemapScenario) -> Void = { _ in }
  ) {
    func done(_ kernel: PagemapScenario) -> ScenarioFormats.Value {
      kernel.state.detached.contains(allocation.devmem) ? 0xffff_ffff : 0
    }
    emit(
      "drm_pagemap_evict_to_ram",
      [
        "devmem": .number(allocation.devmem), "dpagemap": .number(allocation.pagemap),
        "mm": .number(allocation.mm), "size": .number(allocation.pages * 4096), "done": done(self),
      ])
    body(&self)
    emit(
      "drm_pagemap_evict_to_ram_ret",
      ["devmem": .number(allocation.devmem), "done": done(self), "ret": .signed(result)])
  }

  /// `migrate_vma_pages` or `migrate_device_pages` returned with these page frames as sources.
  package mutating func movePages(_ pfns: [UInt64], byFault: Bool, migrated: Bool = true) {
    var values: [String: ScenarioFormats.Value] = ["npages": .number(UInt64(pfns.count))]
    if byFault {
      values["migrate"] = 0x5555_0000
      values["start"] = 0x7f00_0000_0000
    } else {
      values["src_pfns"] = 0x5555_0000
    }
    for (index, pfn) in pfns.prefix(16).enumerated() {
      values["s\(index)"] = .number(pfn << 6 | (migrated ? 0xb : 0x9))
    }
    emit(byFault ? "migrate_vma_pages_ret" : "migrate_device_pages_ret", values)
  }

  // MARK: Processes

  /// `exit_mmap` around `body`.
  package mutating func exitMmap(
    _ mm: UInt64, _ body: (inout PagemapScenario) -> Void = { _ in }
  ) {
    emit("exit_mmap", ["mm": .number(mm)])
    body(&self)
    emit("exit_mmap_ret", ["mm": .number(mm)])
  }

  /// Any process ends: an event that has nothing to do with pagemaps.
  package mutating func heartbeat() { exitMmap(0xff10_0000_6fff_0000) }

  // MARK: drm_gpusvm

  /// `drm_gpusvm_get_pages` returned with pages of the pagemap's memory.
  package mutating func getPages(_ pages: UInt64, _ pagemap: UInt64, mm: UInt64) {
    get(pagemap)
    emit(
      "drm_gpusvm_get_pages_ret",
      [
        "svm_pages": .number(pages), "dpagemap": .number(pagemap),
        "ref": .signed(state.references(of: pagemap)), "flags": 3, "start": 0x7f00_0000_0000,
        "ret": 0,
      ])
    state.svmPages[pages] = pagemap
  }

  /// `drm_gpusvm_unmap_pages`: the pages object puts its reference.
  package mutating func unmapPages(_ pages: UInt64) {
    let pagemap = state.svmPages.removeValue(forKey: pages) ?? 0
    emit(
      "drm_gpusvm_unmap_pages",
      ["gpusvm": 0x77, "svm_pages": .number(pages), "dpagemap": .number(pagemap), "npages": 4])
    if pagemap != 0 { put(pagemap) }
  }
}
