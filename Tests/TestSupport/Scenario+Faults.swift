/// How pages come back to system memory: CPU faults, evictions, and processes that end.
extension PagemapScenario {
  // MARK: To system memory

  /// A CPU fault on a page of the allocation (the first that moves unless told) that moves `moved`
  /// folios (all unless told).
  package mutating func fault(
    _ allocation: Allocation, page: Int? = nil, mm: UInt64? = nil, moved: [UInt64]? = nil
  ) {
    let first = moved?.first.map { ($0 &- Allocation.page(allocation.firstPFN)) / 64 }
    let page = page ?? Int(first ?? 0)
    beginFault(allocation, page: page, mm: mm)
    finishFault(allocation, page: page, moved: moved)
  }

  /// A CPU fault frees the folios that it moved (all unless told) and returns. It holds a reference of
  /// the page it is about, and puts it when the handler has returned.
  package mutating func finishFault(
    _ allocation: Allocation, page: Int = 0, moved: [UInt64]? = nil
  ) {
    let first = (page >> Int(allocation.order)) << Int(allocation.order)
    let held = Allocation.page(allocation.firstPFN + UInt64(first))
    let folios = moved ?? allocation.folios
    freeFolios(allocation, folios.filter { $0 != held }, isMigrated: true)
    endFault(allocation, page: page)
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
}
