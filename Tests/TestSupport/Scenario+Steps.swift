/// The steps of a migration, one by one: mm/migrate_device.c, the driver's copies, DMA mappings.
extension PagemapScenario {
  /// Which function the steps belong to.
  package enum Way: Sendable {
    /// `drm_pagemap_migrate_to_devmem`.
    case toDevice
    /// `drm_pagemap_migrate_to_ram`, by a CPU fault.
    case byFault
    /// `drm_pagemap_evict_to_ram`.
    case byEviction

    var direction: UInt64 { self == .toDevice ? 1 : 2 }
  }

  private typealias Values = [String: ScenarioFormats.Value]

  /// The first entries of an array, as far as an event has fields for them.
  private func entries(_ letter: String, _ values: [UInt64], of event: String) -> Values {
    var fields: Values = [:]
    let known = ScenarioFormats.kernel.formats[event]?.fields ?? [:]
    for (place, value) in values.enumerated() where known["\(letter)\(place)"] != nil {
      fields["\(letter)\(place)"] = .number(value)
    }
    return fields
  }

  /// `migrate_vma_setup` returned.
  package mutating func setUpVMA(
    _ allocation: Allocation, collected: UInt64? = nil, result: Int64 = 0
  ) {
    emit(
      "migrate_vma_setup_ret",
      [
        "args": 0x5555_0000, "cpages": .number(collected ?? allocation.pages),
        "npages": .number(allocation.pages), "start": .number(allocation.start),
        "ret": .signed(result),
      ])
  }

  /// `migrate_device_pfns` returned, with all pages of the allocation, of which those in `locked` (all
  /// unless told) are locked for migration.
  package mutating func collectPfns(_ allocation: Allocation, locked: [UInt64]? = nil) {
    let pfns = (0..<allocation.pages).map { allocation.firstPFN + $0 }
    let sources = pfns.map { $0 << 6 | (locked?.contains($0) ?? true ? 3 : 1) }
    var values = entries("s", sources, of: "migrate_device_pfns_ret")
    values["npages"] = .number(allocation.pages)
    values["ret"] = 0
    emit("migrate_device_pfns_ret", values)
  }

  /// Pages are collected the way the function does it.
  package mutating func collect(_ allocation: Allocation, _ way: Way) {
    if way == .byEviction { collectPfns(allocation) } else { setUpVMA(allocation) }
  }

  /// `drm_pagemap_migrate_populate_ram_pfn` is entered with a count.
  package mutating func populateRam(_ allocation: Allocation, count: UInt64 = 0) {
    emit(
      "populate_ram_pfn_mpages",
      ["npages": .number(allocation.pages), "mpages": .number(count)])
  }

  /// `drm_pagemap_migrate_map_system_pages`.
  package mutating func mapPages(_ allocation: Allocation, _ way: Way, result: Int64 = 0) {
    emit(
      "drm_pagemap_migrate_map_system_pages",
      ["npages": .number(allocation.pages), "dir": .number(way.direction), "dev": "gpu"])
    emit(
      "drm_pagemap_migrate_map_system_pages_ret",
      ["npages": .number(allocation.pages), "ret": .signed(result)])
  }

  /// The probe at the return of `drm_pagemap_migrate_map_system_pages` that records the arrays.
  package mutating func mapArrays(_ allocation: Allocation, mapped: [UInt64]) {
    var values = entries("m", mapped.map { $0 == 0 ? 0 : $0 << 6 | 3 }, of: "map_arrays_ret")
    values["npages"] = .number(allocation.pages)
    emit("map_arrays_ret", values)
  }

  /// `drm_pagemap_migrate_unmap_pages`; with `arrays` by both probes of it.
  package mutating func unmapMigration(
    _ allocation: Allocation, _ way: Way, arrays: Bool = false
  ) {
    emit(
      "drm_pagemap_migrate_unmap_pages",
      ["npages": .number(allocation.pages), "dir": .number(way.direction), "dev": "gpu"])
    if arrays { emit("unmap_arrays", ["npages": .number(allocation.pages)]) }
  }

  /// `drm_pagemap_migration_unlock_put_pages`.
  package mutating func clearPages(_ allocation: Allocation) {
    emit("drm_pagemap_migration_unlock_put_pages", ["npages": .number(allocation.pages)])
  }

  /// The driver's copy of pages: `copy_to_devmem`, or `copy_to_ram`.
  ///
  /// - Parameters:
  ///   - pfns: the device pages that the array names; all of the allocation unless told.
  ///   - skipped: those of them that have no destination.
  package mutating func copy(
    _ allocation: Allocation, toDevice: Bool = false, pfns: [UInt64]? = nil,
    skipped: Set<UInt64> = [], result: Int64 = 0, during: (inout PagemapScenario) -> Void = { _ in }
  ) {
    let name = toDevice ? "pmf_copy_to_devmem" : "pmf_copy_to_ram"
    let pfns = pfns ?? (0..<allocation.pages).map { allocation.firstPFN + $0 }
    var values = entries("p", pfns.map { Allocation.page($0) }, of: name)
    let addresses = pfns.map { skipped.contains($0) ? 0 : 0x1_0000_0000 + $0 << 12 }
    values.merge(entries("a", addresses, of: name)) { _, new in new }
    values["npages"] = .number(allocation.pages)
    emit(name, values)
    during(&self)
    emit("\(name)_ret", ["npages": .number(allocation.pages), "ret": .signed(result)])
  }

  /// The moves are decided: with `count` pages of the allocation (all unless told) as sources that
  /// moved.
  package mutating func move(_ allocation: Allocation, _ way: Way, moved: [UInt64]? = nil) {
    let pfns = (0..<allocation.pages).map { allocation.firstPFN + $0 }
    let isVMA = way != .byEviction
    let name = isVMA ? "migrate_vma_pages_ret" : "migrate_device_pages_ret"
    // On the way to the device the sources are pages of the system's memory.
    let sources = pfns.map { pfn in
      (way == .toDevice ? pfn & 0xffff : pfn) << 6 | (moved?.contains(pfn) ?? true ? 3 : 1)
    }
    var values = entries("s", sources, of: name)
    values["npages"] = .number(allocation.pages)
    if isVMA { values["start"] = .number(allocation.start) }
    emit(name, values)
  }

  /// `migrate_vma_finalize` or `migrate_device_finalize` is entered.
  package mutating func finalize(_ allocation: Allocation, _ way: Way) {
    if way == .byEviction {
      emit("migrate_device_finalize", ["npages": .number(allocation.pages)])
    } else {
      emit("migrate_vma_finalize", ["migrate": 0x5555_0000])
    }
  }

  // MARK: Whole passes

  /// A pass that moves all pages of the allocation to system memory, up to its finalization.
  package mutating func moveToRam(_ allocation: Allocation, _ way: Way, moved: [UInt64]? = nil) {
    collect(allocation, way)
    populateRam(allocation)
    mapPages(allocation, way)
    copy(allocation, pfns: moved)
    unmapMigration(allocation, way, arrays: true)
    move(allocation, way, moved: moved)
    finalize(allocation, way)
  }

  /// A pass whose copy fails: nothing moves.
  package mutating func failToMove(_ allocation: Allocation, _ way: Way) {
    collect(allocation, way)
    mapPages(allocation, way)
    copy(allocation, result: -5)
    unmapMigration(allocation, way)
    clearPages(allocation)
    move(allocation, way, moved: [])
    finalize(allocation, way)
  }

  /// A whole migration to the device with all of its steps.
  package mutating func migrateInSteps(
    _ vm: VM, pagemap: UInt64? = nil, at start: UInt64, pages: UInt64 = 4, timesliceMs: UInt64 = 0
  ) -> Allocation {
    var allocation = offer(mm: vm.mm, pagemap: pagemap ?? vm.pagemap, at: start, pages: pages)
    allocation.timesliceMs = timesliceMs
    populate(allocation) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation)
      kernel.setUpVMA(allocation)
      kernel.initFolios(allocation)
      kernel.mapPages(allocation, .toDevice)
      kernel.copy(allocation, toDevice: true)
      kernel.unmapMigration(allocation, .toDevice)
      kernel.move(allocation, .toDevice)
      kernel.finalize(allocation, .toDevice)
      kernel.endMigration(allocation)
    }
    return allocation
  }

  /// A CPU fault that moves all pages, with all of its steps.
  package mutating func faultInSteps(_ allocation: Allocation) {
    beginFault(allocation)
    moveToRam(allocation, .byFault)
    freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
    endFault(allocation)
    freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
  }

  /// An eviction that moves all pages, with all of its steps.
  package mutating func evictInSteps(_ allocation: Allocation) {
    evict(allocation, result: 0) { kernel in
      kernel.moveToRam(allocation, .byEviction)
      kernel.freeFolios(allocation, isMigrated: true)
    }
  }

  /// The driver gets an allocation back.
  package mutating func releaseDevmem(_ allocation: Allocation) {
    emit("pmf_devmem_release", ["devmem": .number(allocation.devmem)])
  }
}
