/// Ranges and their pages: drivers/gpu/drm/drm_gpusvm.c, and xe's fault handler above it.
extension Kernel {
  // MARK: Invalidation

  /// `drm_gpusvm_notifier_invalidate` of every VM that mirrors a piece of the address space.
  ///
  /// The caller ends it by counting `mm.invalidations` down.
  ///
  /// - Parameter only: the addresses that are meant where they are not one range.
  func invalidate(
    _ task: KernelTask, _ mm: AddressSpace, _ start: UInt64, _ end: UInt64, event: UInt64,
    only: [UInt64]? = nil
  ) async throws {
    mm.invalidations += 1
    for vm in mm.mirrors {
      let touched = vm.ranges.values.filter { range in
        guard let only else { return range.window.start < end && start < range.window.end }
        return only.contains { range.window.start <= $0 && $0 < range.window.end }
      }.sorted { $0.address < $1.address }
      guard !touched.isEmpty else { continue }
      try await scheduler.wait(task) { !vm.isNotifierWriteLocked && vm.notifierReaders == 0 }
      vm.isNotifierWriteLocked = true
      try await emit(task, "drm_gpusvm_notifier_invalidate") {
        [
          ("mni", vm.gpusvm + 0x308), ("event", event), ("start", start), ("end", end),
          ("cur_seq", 3),
        ]
      }
      for range in touched {
        range.sequence += 1
        try await unmapPages(task, vm, range)
      }
      vm.isNotifierWriteLocked = false
    }
  }

  /// `drm_gpusvm_unmap_pages`
  func unmapPages(_ task: KernelTask, _ vm: VM, _ range: SVMRange) async throws {
    try await emit(task, "drm_gpusvm_unmap_pages") {
      [
        ("gpusvm", vm.gpusvm), ("svm_pages", range.pages),
        ("dpagemap", range.pagemap?.address ?? 0), ("npages", range.window.pages),
        ("flags", range.isMapped ? (range.pagemap == nil ? 4 : 6) : 0),
      ]
    }
    guard range.isMapped else { return }
    range.isMapped = false
    let pagemap = range.pagemap
    if let pagemap, breaks(.leakedByPages, pagemap.address) {
      range.pagemap = nil
      return
    }
    try await put(task, pagemap)
    range.pagemap = nil
  }

  private func readLockNotifiers(_ task: KernelTask, _ vm: VM) async throws {
    try await scheduler.wait(task) { !vm.isNotifierWriteLocked }
    vm.notifierReaders += 1
  }

  // MARK: Ranges

  /// `drm_gpusvm_range_find_or_insert`; nil where there is no memory to mirror.
  func findRange(_ task: KernelTask, _ vm: VM, _ address: UInt64) async throws -> SVMRange? {
    try await emit(task, "drm_gpusvm_range_find_or_insert") {
      [("gpusvm", vm.gpusvm), ("fault_addr", address)]
    }
    var found: SVMRange?
    if mmget(vm.mm) {
      if let window = vm.mm.windows.first(where: { $0.start <= address && address < $0.end }) {
        found =
          vm.ranges[window.start]
          ?? SVMRange(
            address: allocate("range", 0xff10_0000_b000_0000, step: 0x240), window: window)
        vm.ranges[window.start] = found
      }
      try await mmput(task, vm.mm)
    }
    try await emit(task, "drm_gpusvm_range_find_or_insert_ret") {
      [
        ("gpusvm", vm.gpusvm), ("fault_addr", address),
        ("ret", found?.address ?? UInt64(bitPattern: -2)), ("start", found?.window.start ?? 0),
        ("last", (found?.window.end ?? 1) - 1), ("rref", Kernel.field(found?.references ?? 0)),
      ]
    }
    return found
  }

  /// The end of a range: `drm_gpusvm_unmap_pages`, `_range_remove`, `_free_pages`.
  func removeRange(_ task: KernelTask, _ vm: VM, _ range: SVMRange) async throws {
    try await readLockNotifiers(task, vm)
    try await unmapPages(task, vm, range)
    vm.notifierReaders -= 1
    vm.ranges[range.window.start] = nil
    try await emit(task, "drm_gpusvm_range_remove") {
      [
        ("gpusvm", vm.gpusvm), ("range", range.address), ("start", range.window.start),
        ("last", range.window.end - 1), ("rref", Kernel.field(range.references)),
      ]
    }
    try await emit(task, "drm_gpusvm_range_put") {
      [("range", range.address), ("rref", Kernel.field(range.references))]
    }
    range.references -= 1
    try await emit(task, "drm_gpusvm_free_pages") {
      [
        ("gpusvm", vm.gpusvm), ("svm_pages", range.pages),
        ("dpagemap", range.pagemap?.address ?? 0), ("npages", range.window.pages),
      ]
    }
    free("range", range.address)
  }

  /// `drm_gpusvm_range_evict`: `hmm_range_fault` brings all pages to system memory.
  func evictRange(_ task: KernelTask, _ vm: VM, _ range: SVMRange) async throws {
    try await emit(task, "drm_gpusvm_range_evict") {
      [("gpusvm", vm.gpusvm), ("range", range.address), ("start", range.window.start)]
    }
    var result = Errno.fault
    if mmget(vm.mm) {
      result = try await faultIn(task, vm.mm, range.window, owner: nil) ? 0 : Errno.time
      try await mmput(task, vm.mm)
    }
    try await emit(task, "drm_gpusvm_range_evict_ret") {
      [("range", range.address), ("ret", Kernel.field(result))]
    }
  }

  /// `hmm_range_fault`: pages are where `owner` may use them; others come to system memory. Answers
  /// whether it came to an end in time.
  private func faultIn(
    _ task: KernelTask, _ mm: AddressSpace, _ window: Window, owner: Owner?
  ) async throws -> Bool {
    let until = scheduler.now + 1_000_000_000
    var address = window.start
    while address < window.end, !mm.isGone {
      guard scheduler.now < until else { return false }
      let mapping = mm.entries[head(of: address, in: mm)]
      if let mapping, mapping.isMigrating || (mapping.folio.zdd != nil && !isUsable(mapping, owner))
      {
        if try await !touch(task, mm, address) {
          try await scheduler.sleep(task, microseconds: 300)
        }
        continue
      }
      if mapping == nil, mm.windows.contains(where: { $0.start <= address && address < $0.end }) {
        faultInSystemPage(mm, address, order: window.order)
      }
      address += 4096 << (mapping?.folio.order ?? 0)
    }
    return true
  }

  private func isUsable(_ mapping: Mapping, _ owner: Owner?) -> Bool {
    guard let zdd = mapping.folio.zdd, let owner else { return false }
    return zdd.pagemap.peer.owner === owner
  }

  /// `do_anonymous_page`
  func faultInSystemPage(_ mm: AddressSpace, _ address: UInt64, order: UInt64) {
    let head = address & ~((4096 << order) - 1)
    guard mm.entries[head] == nil else { return }
    let folio = systemFolio(order: order)
    folio.references = 0
    folio.isLocked = false
    map(folio, mm, head)
  }

  // MARK: Scanning

  /// `drm_gpusvm_scan_mm`
  func scan(_ task: KernelTask, _ vm: VM, _ range: SVMRange, _ pagemap: Pagemap) async throws
    -> UInt64
  {
    var kinds: Set<UInt64> = []
    var address = range.window.start
    while address < range.window.end {
      let mapping = vm.mm.entries[head(of: address, in: vm.mm)]
      switch mapping {
      case nil: kinds.insert(0)
      case let mapping? where isUsable(mapping, vm.peer.owner):
        kinds.insert(mapping.folio.zdd?.pagemap === pagemap ? 1 : 2)
      default: kinds.insert(3)
      }
      address += 4096 << (mapping?.folio.order ?? 0)
    }
    let result =
      kinds.count == 1
      ? kinds.first ?? 0
      : kinds.contains(0) ? 0 : kinds.contains(3) ? 5 : 4
    try await emit(task, "drm_gpusvm_scan_mm_ret") { [("range", range.address), ("ret", result)] }
    return result
  }

  // MARK: drm_gpusvm_get_pages

  /// `drm_gpusvm_get_pages`
  func getPages(_ task: KernelTask, _ vm: VM, _ range: SVMRange) async throws -> Int64 {
    try await emit(task, "drm_gpusvm_get_pages") {
      [
        ("gpusvm", vm.gpusvm), ("svm_pages", range.pages),
        ("dpagemap", range.pagemap?.address ?? 0), ("mm", vm.mm.address),
        ("start", range.window.start), ("end", range.window.end),
      ]
    }
    // drm_gpusvm_pages_valid_unlocked()
    try await readLockNotifiers(task, vm)
    vm.notifierReaders -= 1
    var result = range.isMapped ? 0 : Errno.fault
    if !range.isMapped, mmget(vm.mm) {
      result = try await mapPages(task, vm, range)
      try await mmput(task, vm.mm)
    }
    try await emit(task, "drm_gpusvm_get_pages_ret") {
      [
        ("svm_pages", range.pages), ("dpagemap", range.pagemap?.address ?? 0),
        ("ref", range.pagemap.map { sample($0) } ?? 0xffff_8001),
        ("flags", range.isMapped ? (range.pagemap == nil ? 4 : 6) : 0),
        ("start", range.window.start), ("ret", Kernel.field(result)),
      ]
    }
    return result
  }

  private func mapPages(_ task: KernelTask, _ vm: VM, _ range: SVMRange) async throws -> Int64 {
    while true {
      // mmu_interval_read_begin()
      try await scheduler.wait(task) { vm.mm.invalidations == 0 }
      let sequence = range.sequence
      guard try await faultIn(task, vm.mm, range.window, owner: vm.peer.owner) else {
        return Errno.busy
      }
      try await readLockNotifiers(task, vm)
      guard range.sequence == sequence, !vm.mm.isGone else {
        vm.notifierReaders -= 1
        if vm.mm.isGone { return Errno.fault }
        continue
      }
      let result = try await mapLocked(task, vm, range)
      vm.notifierReaders -= 1
      return result
    }
  }

  /// The loop over the pages, under the notifier lock.
  private func mapLocked(_ task: KernelTask, _ vm: VM, _ range: SVMRange) async throws -> Int64 {
    let folios = stride(from: range.window.start, to: range.window.end, by: 4096).compactMap {
      vm.mm.entries[$0]?.folio
    }
    if let zdd = folios.first(where: { $0.zdd != nil })?.zdd {
      let first = folios.first?.zdd
      // Without allow_mixed: one zdd, and no page of system memory.
      if let first {
        let page = folios.first?.page ?? 0
        try await emit(task, "drm_pagemap_page_to_dpagemap_ret") {
          [("page", page), ("ret", first.pagemap.address)]
        }
        get(first.pagemap)
        try await put(task, range.pagemap)
        range.pagemap = first.pagemap
      }
      if first !== zdd || folios.contains(where: { $0.zdd !== zdd }) {
        range.isMapped = true
        let pagemap = range.pagemap
        try await put(task, pagemap)
        range.isMapped = false
        range.pagemap = nil
        return Errno.notSupported
      }
    }
    range.isMapped = true
    return 0
  }
}
