extension EventTable {
  /// drm_pagemap.c: pagemaps and the migration of pages.
  static let pagemap: [EventRow] =
    pagemapLife + devHold + migrationToDevice + migrationSteps + migrationToRam + zdd

  private static let pagemapLife: [EventRow] = [
    EventRow(
      .pagemapInit, [],
      [
        .value(.dpagemap), .value(.pgmap, "pagemap"), .value(.drm), .name(through: .drm),
      ]),
    EventRow(
      .pagemapInitReturn, [],
      [
        .value(.dpagemap), .int(.ref, through: .dpagemap), .returns(.int),
      ]),
    EventRow(.pagemapReinit, [], pagemapSample),
    EventRow(.pagemapReinitReturn, [], pagemapSample + [.returns(.int)]),
    EventRow(.pagemapPut, [], pagemapSample),
    EventRow(.pagemapPutReturn, [], pagemapSample),
    // The release function gets the reference count, `dpagemap->ref`, which is 8 bytes in.
    EventRow(
      .pagemapRelease, [],
      [
        .member(of: .dpagemap, at: 8, "kref"),
        .int(.ref, through: .dpagemap), .value(.drm, through: .dpagemap),
        .value(.cache, through: .dpagemap), .value(.pgmap, "pagemap", through: .dpagemap),
        .value(.devHold, through: .dpagemap),
      ]),
    EventRow(.pagemapReleaseReturn, [], [.member(of: .dpagemap, at: 8, "kref", "ref")]),
    EventRow(
      .pagemapDestroy, [],
      [
        .value(.dpagemap), .bool(.isAtomic, "atomic", "is_atomic_or_reclaim"),
        .int(.ref, through: .dpagemap), .value(.drm, through: .dpagemap),
        .value(.cache, through: .dpagemap),
      ]),
    // The pagemap may be freed by now.
    EventRow(
      .pagemapDestroyReturn, [],
      [
        .value(.dpagemap), .bool(.isAtomic, "atomic", "is_atomic_or_reclaim"),
      ]),
    EventRow(.pageToDpagemapReturn, [], [.value(.page), .returns(pointerTo: .dpagemap)]),
    EventRow(.pagemapOpsGet),
    // The module's exit, which flushes what holds other modules.
    EventRow(.pagemapExit), EventRow(.pagemapExitReturn),
  ]

  private static let pagemapSample: [FieldRow] = [
    .value(.dpagemap), .int(.ref, through: .dpagemap), .value(.drm, through: .dpagemap),
    .value(.cache, through: .dpagemap),
  ]

  private static let devHold: [EventRow] = [
    // 7.3: the compiler passes `dpagemap->drm` instead of the pagemap (`.isra.0`).
    EventRow(.devHold, [], [.value(.dpagemap), .value(.drm, "arg", "drm")]),
    // 7.2: it passes the pagemap.
    EventRow(.devHold, ["drm_pagemap_dev_hold2"], [.value(.dpagemap, "arg", "dpagemap")]),
    EventRow(
      .devHoldReturn, ["drm_pagemap_dev_hold", "drm_pagemap_dev_hold2"],
      [
        .returns(pointerTo: .devHold)
      ]),
    EventRow(.devUnholdWork, [], [.value(.work)]),
    EventRow(.devUnholdWorkReturn, [], [.value(.work)]),
  ]

  private static let migrationToDevice: [EventRow] = [
    EventRow(
      .devmemInit, [],
      [
        .value(.devmem, "devmem", "devmem_allocation"), .value(.dpagemap), .value(.mm),
        .value(.size), .name(), .value(.fence, "fence", "pre_migrate_fence"),
      ]),
    EventRow(
      .populateMM, [],
      [
        .value(.dpagemap), .int(.ref, through: .dpagemap), .value(.start), .value(.end),
        .value(.mm), .value(.timesliceMs),
      ]),
    EventRow(
      .populateMMReturn, [],
      [
        .value(.dpagemap), .int(.ref, through: .dpagemap), .value(.start), .value(.end),
        .value(.mm), .returns(.int),
      ]),
    EventRow(
      .migrateToDevmem, [],
      [
        .value(.devmem, "devmem", "devmem_allocation"), .value(.dpagemap, through: .devmem),
        .int(.ref, through: .dpagemap), .value(.mm), .value(.start), .value(.end),
        .value(.size, through: .devmem), .value(.timesliceMs),
      ]),
    EventRow(
      .migrateToDevmemReturn, [],
      [
        .value(.devmem, "devmem", "devmem_allocation"), .value(.start), .value(.end),
        .returns(.int),
      ]),
    EventRow(
      .migrateRange, [],
      [
        .value(.devmem), .value(.sourcePagemap),
      ]),
    EventRow(.migrateRangeReturn, [], [.value(.devmem), .returns(.int)]),
  ]

  private static let migrationSteps: [EventRow] = [
    EventRow(
      .migrateMapSystemPages, [], [.name(), .value(.npages), .unsigned(.direction, "dir")]),
    EventRow(.migrateMapSystemPagesReturn, [], [.value(.npages), .returns(.int)]),
    EventRow(.migrateUnmapPages, [], [.name(), .value(.npages), .unsigned(.direction, "dir")]),
    EventRow(.migrateUnmapPagesReturn, [], [.value(.npages)]),
    EventRow(.migratePopulateSrcPages, [], [.value(.npages)]),
    // The arguments in their registers: (vas, fault_page, npages, mpages, src_mpfn, mpfn, addr).
    EventRow(
      .migratePopulateRamPfn, populateRamPfn,
      [
        .value(.vma, "di", "vas"), .value(.page, "si", "fault_page"),
        .value(.npages, "dx", "npages"),
      ]),
    EventRow(.migratePopulateRamPfnReturn, populateRamPfn, [.returns(.int)]),
    EventRow(
      .populateRamPfnMpages, ["populate_ram_pfn_mpages"], [.value(.npages), .value(.mpages)]),
    EventRow(.migrationUnlockPutPages, [], [.value(.npages)]),
    EventRow(.migrationUnlockPutPagesReturn, [], [.value(.npages)]),
    EventRow(.retireMigratedPages, [], [.value(.npages)]),
    EventRow(.skipRetiredPages, [], [.value(.npages)]),
    EventRow(
      .mapArraysReturn, ["map_arrays"],
      [
        .value(.npages), .returns(.int), .array(.mapped, "m"), .array(.addresses, "a"),
      ]),
    EventRow(
      .unmapArrays, ["unmap_arrays"],
      [
        .value(.npages), .array(.mapped, "m"), .array(.addresses, "a"),
      ]),
  ]

  private static let populateRamPfn = [
    "drm_pagemap_migrate_populate_ram_pfn", "drm_pagemap_migrate_populate_ram_pfn2",
  ]

  private static let migrationToRam: [EventRow] = [
    EventRow(
      .evictToRam, [],
      [
        .value(.devmem, "devmem", "devmem_allocation"), .value(.dpagemap, through: .devmem),
        .value(.mm, through: .devmem), .value(.size, through: .devmem),
        .unsigned(.done, through: .devmem),
      ]),
    EventRow(
      .evictToRamReturn, [],
      [
        .value(.devmem, "devmem", "devmem_allocation"), .unsigned(.done, through: .devmem),
        .returns(.int),
      ]),
    EventRow(
      .migrateToRam, [],
      [
        .value(.address, "addr"), .value(.page), .taggedZdd(through: .page),
        .value(.devmem, through: .zdd, tag: .clear),
        .value(.dpagemap, through: .zdd, tag: .clear),
        .int(.zddRef, through: .zdd, tag: .clear), .value(.vma), .value(.mm, through: .vma),
        .unsigned(.flags),
      ]),
    // A vm_fault_t: VM_FAULT_ bits.
    EventRow(
      .migrateToRamReturn, [],
      [
        .value(.address, "addr"), .value(.page), .returns(.unsigned),
      ]),
    EventRow(
      .migrateToRamWindow, [],
      [
        .value(.vma, "vma", "vas"), .value(.page), .value(.address, "addr", "fault_addr"),
        .value(.size), .value(.vmStart, through: .vma), .value(.vmEnd, through: .vma),
      ]),
    EventRow(
      .migrateToRamWindowReturn, [],
      [
        .value(.page), .value(.address, "addr", "fault_addr"), .value(.size), .returns(.int),
      ]),
  ]

  private static let zdd: [EventRow] = [
    EventRow(
      .folioFree, [],
      [
        .value(.folio), .taggedZdd(through: .folio), .value(.pgmap, through: .folio),
        .int(.zddRef, "zref0", through: .zdd, tag: .clear),
        .int(.zddRef, "zref1", through: .zdd, tag: .set),
        .value(.flags, through: .folio), .folioOrder("flags1"),
      ]),
    EventRow(.folioFreeReturn, [], [.value(.folio)]),
    EventRow(
      .folioSplit, [],
      [
        .value(.folio, "orig_folio", "folio"), .value(.newFolio), .taggedZdd(through: .folio),
      ]),
    // A probe behind the allocation in drm_pagemap_migrate_to_devmem, which inlines the function.
    EventRow(
      .zddAlloc, ["zdd_alloc", "drm_pagemap_zdd_alloc"],
      [
        .value(.zdd), .value(.devmem), .value(.dpagemap),
      ]),
    // Its argument is the zdd's reference count, which is its first member.
    EventRow(
      .zddDestroy, [],
      [
        .member(of: .zdd, at: 0, "zdd", "ref"), .value(.devmem, through: .zdd),
        .value(.dpagemap, through: .zdd), .int(.ref, through: .dpagemap),
        .value(.size, through: .devmem),
      ]),
    EventRow(.zddDestroyReturn, [], [.member(of: .zdd, at: 0, "zdd", "ref")]),
  ]
}
