/// drm_gpusvm's ranges and pages, and xe's VMs.
extension PagemapScenario {
  /// A mirror of a process's memory with one range: the addresses of its objects.
  package struct Mirror: Sendable {
    package var gpusvm: UInt64
    package var range: UInt64
    package var pages: UInt64
    package var mm: UInt64
    package var start: UInt64 = 0x7f00_0000_0000
  }

  /// Addresses of a mirror; no event.
  package mutating func mirror(mm: UInt64 = 0xff10_0000_6000_0000) -> Mirror {
    Mirror(
      gpusvm: state.address("gpusvm", 0xff10_0000_a000_0000),
      range: state.address("range", 0xff10_0000_b000_0000),
      pages: state.address("pages", 0xff10_0000_c000_0000), mm: mm)
  }

  // MARK: drm_gpusvm

  /// `drm_gpusvm_init`.
  package mutating func initGPUSVM(_ mirror: Mirror) {
    emit("drm_gpusvm_init", ["gpusvm": .number(mirror.gpusvm), "mm": .number(mirror.mm)])
  }

  /// `drm_gpusvm_fini`.
  package mutating func finishGPUSVM(_ mirror: Mirror) {
    emit("drm_gpusvm_fini", ["gpusvm": .number(mirror.gpusvm), "mm": .number(mirror.mm)])
  }

  /// `drm_gpusvm_range_find_or_insert` and its return.
  package mutating func findRange(_ mirror: Mirror, references: Int64 = 1) {
    emit(
      "drm_gpusvm_range_find_or_insert",
      ["gpusvm": .number(mirror.gpusvm), "fault_addr": .number(mirror.start)])
    emit(
      "drm_gpusvm_range_find_or_insert_ret",
      [
        "gpusvm": .number(mirror.gpusvm), "fault_addr": .number(mirror.start),
        "ret": .number(mirror.range), "start": .number(mirror.start),
        "last": .number(mirror.start + 0x3fff), "rref": .signed(references),
      ])
  }

  /// `drm_gpusvm_range_remove`.
  package mutating func removeRange(_ mirror: Mirror, references: Int64 = 1) {
    emit(
      "drm_gpusvm_range_remove",
      [
        "gpusvm": .number(mirror.gpusvm), "range": .number(mirror.range),
        "start": .number(mirror.start), "last": .number(mirror.start + 0x3fff),
        "rref": .signed(references),
      ])
  }

  /// `drm_gpusvm_range_put`.
  package mutating func putRange(_ mirror: Mirror, references: Int64 = 1) {
    emit(
      "drm_gpusvm_range_put", ["range": .number(mirror.range), "rref": .signed(references)])
  }

  /// `drm_gpusvm_range_evict` around `body`.
  package mutating func evictRange(
    _ mirror: Mirror, result: Int64 = 0, _ body: (inout PagemapScenario) -> Void = { _ in }
  ) {
    emit(
      "drm_gpusvm_range_evict",
      [
        "gpusvm": .number(mirror.gpusvm), "range": .number(mirror.range),
        "start": .number(mirror.start),
      ])
    body(&self)
    emit(
      "drm_gpusvm_range_evict_ret", ["range": .number(mirror.range), "ret": .signed(result)])
  }

  /// `drm_gpusvm_range_set_unmapped`.
  package mutating func flagUnmapped(_ mirror: Mirror) {
    emit(
      "drm_gpusvm_range_set_unmapped__entry",
      [
        "range": .number(mirror.range), "svm_pages": .number(mirror.pages),
        "gpusvm": .number(mirror.gpusvm), "start": .number(mirror.start),
      ])
  }

  /// `drm_gpusvm_get_pages` is entered.
  package mutating func beginGetPages(_ mirror: Mirror) {
    emit(
      "drm_gpusvm_get_pages",
      [
        "gpusvm": .number(mirror.gpusvm), "svm_pages": .number(mirror.pages),
        "mm": .number(mirror.mm), "start": .number(mirror.start),
        "end": .number(mirror.start + 0x4000),
      ])
  }

  /// `drm_gpusvm_get_pages` returns; `held` is the pagemap that the pages object names.
  package mutating func endGetPages(_ mirror: Mirror, result: Int64 = 0, held: UInt64 = 0) {
    if held != 0 {
      get(held)
      state.svmPages[mirror.pages] = held
    }
    emit(
      "drm_gpusvm_get_pages_ret",
      [
        "svm_pages": .number(mirror.pages), "dpagemap": .number(held),
        "ref": .signed(held == 0 ? 77 : state.references(of: held)),
        "flags": result == 0 ? 3 : 0, "start": .number(mirror.start), "ret": .signed(result),
      ])
  }

  /// `drm_gpusvm_free_pages`: the pages object goes, and with it what it holds.
  package mutating func freePages(_ mirror: Mirror) {
    let held = state.svmPages.removeValue(forKey: mirror.pages) ?? 0
    emit(
      "drm_gpusvm_free_pages",
      [
        "gpusvm": .number(mirror.gpusvm), "svm_pages": .number(mirror.pages),
        "dpagemap": .number(held),
      ])
    if held != 0 { put(held) }
  }

  /// `drm_gpusvm_notifier_invalidate` around `body`.
  package mutating func invalidate(
    _ mirror: Mirror, _ body: (inout PagemapScenario) -> Void = { _ in }
  ) {
    let notifier = ScenarioFormats.Value.number(mirror.gpusvm + 0x80)
    emit(
      "drm_gpusvm_notifier_invalidate",
      [
        "mni": notifier, "event": 0, "start": .number(mirror.start),
        "end": .number(mirror.start + 0x4000),
      ])
    body(&self)
    emit("drm_gpusvm_notifier_invalidate_ret", ["mni": notifier, "ret": 1])
  }

  // MARK: xe

  /// `xe_svm_init`.
  package mutating func xeInit(_ vm: UInt64) { emit("xe_svm_init", ["vm": .number(vm)]) }
  /// `xe_svm_close`.
  package mutating func xeClose(_ vm: UInt64) { emit("xe_svm_close", ["vm": .number(vm)]) }
  /// `xe_svm_fini`.
  package mutating func xeFini(_ vm: UInt64) { emit("xe_svm_fini", ["vm": .number(vm)]) }

  /// `xe_svm_handle_pagefault` and its return, around `body`.
  package mutating func xeFault(
    _ vm: UInt64, at address: UInt64 = 0x7f00_0000_0000, result: Int64 = 0,
    _ body: (inout PagemapScenario) -> Void = { _ in }
  ) {
    emit("xe_svm_handle_pagefault", ["vm": .number(vm), "fault_addr": .number(address)])
    body(&self)
    emit(
      "xe_svm_handle_pagefault_ret",
      ["vm": .number(vm), "fault_addr": .number(address), "ret": .signed(result)])
  }

  /// `xe_svm_alloc_vram` around `body`.
  package mutating func xeAllocVram(
    _ mirror: Mirror, _ pagemap: UInt64, result: Int64 = 0,
    _ body: (inout PagemapScenario) -> Void
  ) {
    emit(
      "xe_svm_alloc_vram",
      [
        "range": .number(mirror.range), "dpagemap": .number(pagemap),
        "ref": .signed(state.references(of: pagemap)), "start": .number(mirror.start),
        "last": .number(mirror.start + 0x3fff),
      ])
    body(&self)
    emit(
      "xe_svm_alloc_vram_ret",
      [
        "range": .number(mirror.range), "dpagemap": .number(pagemap), "ret": .signed(result),
      ])
  }

  // MARK: Pages objects alone

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
