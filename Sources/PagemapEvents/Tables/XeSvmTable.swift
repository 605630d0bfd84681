extension EventTable {
  /// xe's functions around shared virtual memory: they have no tracepoints, so these are probes.
  static let xeSvm: [EventRow] = faults + ranges + copies + garbage + attributes + devices

  private static let faults: [EventRow] = [
    // Until -EAGAIN is gone, and one try of it.
    EventRow(.xeHandlePagefault, ["xe_svm_handle_pagefault", "handle_pf", "handle_pf_all"], fault),
    EventRow(
      .xeHandlePagefaultReturn, ["xe_svm_handle_pagefault", "handle_pf"],
      fault + [.returns(.int)]),
    EventRow(.xeHandlePagefaultOnce, [], fault),
    EventRow(.xeHandlePagefaultOnceReturn, [], fault + [.returns(.int)]),
    // An xe_svm_range starts with its drm_gpusvm_range.
    EventRow(
      .xeAllocVram, ["xe_svm_alloc_vram", "alloc_vram"],
      [
        .value(.range), .value(.dpagemap), .int(.ref, through: .dpagemap),
        .value(.start, through: .range), .last(through: .range),
      ]),
    EventRow(
      .xeAllocVramReturn, ["xe_svm_alloc_vram", "alloc_vram"],
      [
        .value(.range), .value(.dpagemap), .returns(.int),
      ]),
    EventRow(.xeNeedsMigrate, [], [.value(.range), .value(.dpagemap)]),
    EventRow(
      .xeNeedsMigrateReturn, [], [.value(.range), .value(.dpagemap), .returns(.bool)]),
    EventRow(
      .xeRangeDebug, ["xe_svm_range_debug", "range_debug"],
      [
        .value(.range), .value(.start, through: .range), .last(through: .range),
      ]),
  ]

  private static let fault: [FieldRow] = [
    .value(.vm), .value(.xeVma), .value(.address, "fault_addr", "addr"),
    .bool(.isAtomic, "atomic", "need_vram"),
  ]

  private static let ranges: [EventRow] = [
    EventRow(.xeRangeFindOrInsert, [], [.value(.vm), .value(.address, "addr"), .value(.xeVma)]),
    EventRow(.xeRangeGetPages, [], [.value(.vm), .value(.range)]),
    EventRow(.xeRangeMigrateToSmem, [], [.value(.vm), .value(.range)]),
    EventRow(.xeRangeValidate, [], [.value(.vm), .value(.range), .value(.dpagemap)]),
    EventRow(.xeRangesZapPTEs, [], [.value(.vm), .value(.start), .value(.end)]),
    EventRow(
      .xeResolvePagemapReturn, [],
      [.value(.xeVma), .returns(pointerTo: .dpagemap), .int(.ref, through: .dpagemap)]),
    EventRow(.xeFindVMAStart, [], [.value(.vm), .value(.start), .value(.end)]),
    EventRow(.xeHasMapping, [], [.value(.vm), .value(.start), .value(.end)]),
    EventRow(.xePrivatePageOwner, [], [.value(.vm)]),
    EventRow(.xeFlush, [], [.value(.vm)]),
  ]

  private static let copies: [EventRow] = [
    EventRow(.xeSvmCopy, ["xe_svm_copy"], short: ["copy"], copy),
    EventRow(.xeSvmCopyReturn, ["xe_svm_copy"], short: ["copy"], copy + [.returns(.int)]),
    EventRow(.xeBoEvict, ["xe_svm_bo_evict", "bo_evict", "bo_evict2"], evicted),
    EventRow(
      .xeBoEvictReturn, ["xe_svm_bo_evict", "bo_evict", "bo_evict2"], evicted + [.returns(.int)]),
  ]

  private static let copy: [FieldRow] = [
    .value(.npages), .unsigned(.direction, "dir"),
    .value(.fence, "pre_migrate_fence", "fence"), .array(.pages, "p"), .array(.addresses, "a"),
  ]

  private static let evicted: [FieldRow] = [
    .value(.bo), .value(.devmem), .value(.size, through: .bo),
    .value(.dpagemap, "dp", "dpagemap", through: .bo),
  ]

  private static let garbage: [EventRow] = [
    EventRow(
      .xeGarbageCollect, ["xe_svm_garbage_collector"], short: ["gc", "gc_p"], [.value(.vm)]),
    EventRow(
      .xeGarbageCollectReturn, ["xe_svm_garbage_collector"], short: ["gc", "gc_p"],
      [
        .value(.vm), .returns(.int),
      ]),
    EventRow(.xeGarbageCollectRange, [], [.value(.vm), .value(.range)]),
    EventRow(.xeGarbageCollectRangeReturn, [], [.value(.vm), .value(.range), .returns(.int)]),
    EventRow(.xeGarbageCollectWork, [], [.value(.work, "work", "w")]),
    EventRow(.xeGarbageCollectWorkReturn, [], [.value(.work, "work", "w")]),
    EventRow(.xeUnmapAddressRange, [], [.value(.vm), .value(.start), .value(.end)]),
    EventRow(.xeUnmapAddressRangeReturn, [], [.value(.vm), .value(.start), .value(.end)]),
  ]

  /// Who holds a pagemap by a VMA's attributes.
  private static let attributes: [EventRow] = [
    EventRow(
      .xeVmaMemAttrCopy, [],
      [
        .value(.attr, "attr", "to"), .value(.old, "old", "to_dpagemap", through: .attr),
        .value(.dpagemap, "dpagemap", "from_dpagemap"), .int(.ref, through: .dpagemap),
      ]),
    EventRow(
      .xeVmaMemAttrCopyReturn, [],
      [
        .value(.attr, "attr", "to"), .value(.dpagemap, through: .attr),
        .int(.ref, through: .dpagemap),
      ]),
    EventRow(.xeMadvisePreferredLoc, [], preferred),
    EventRow(.xeMadvisePreferredLocReturn, [], preferred),
    EventRow(.xeVmMadviseIoctl, [], madvise),
    EventRow(.xeVmMadviseIoctlReturn, [], madvise + [.returns(.int)]),
    EventRow(.xeVmaDestroy, ["xe_vma_destroy", "xe_vma_destroy_unlocked"], destroyed),
    EventRow(
      .xeVmaDestroyReturn, ["xe_vma_destroy", "xe_vma_destroy_unlocked"], [.value(.xeVma)]),
    EventRow(.xeVmaDestroyLate, [], destroyed),
    EventRow(.xeVmaDestroyLateReturn, [], [.value(.xeVma)]),
    EventRow(.xeVmCloseAndPut, [], [.value(.vm), .value(.flags, through: .vm)]),
    EventRow(.xeVmCloseAndPutReturn, [], [.value(.vm)]),
  ]

  private static let preferred: [FieldRow] = [
    .value(.vm), .value(.dpagemap), .int(.ref, through: .dpagemap), .int(.fd, "fd", "devmem_fd"),
    .unsigned(.regionInstance), .value(.count, "num_vmas"),
  ]

  private static let madvise: [FieldRow] = [
    .value(.drm, "drm", "dev"), .value(.vm), .value(.start), .value(.size, "size", "range"),
    .int(.fd, "fd", "devmem_fd"), .unsigned(.regionInstance),
  ]

  private static let destroyed: [FieldRow] = [
    .value(.xeVma), .value(.vm, through: .xeVma), .value(.attr, through: .xeVma),
    .value(.dpagemap, through: .xeVma), .int(.ref, through: .dpagemap), .value(.fence),
  ]

  private static let devices: [EventRow] = [
    EventRow(.xeFromFd, fromFd, device),
    EventRow(
      .xeFromFdReturn, fromFd,
      device + [.returns(pointerTo: .dpagemap), .int(.ref, through: .dpagemap)]),
    EventRow(
      .xeHasInterconnect, [], [.value(.peer, "peer", "peer1"), .value(.otherPeer)]),
    EventRow(
      .xeHasInterconnectReturn, [],
      [
        .value(.peer, "peer", "peer1"), .value(.otherPeer), .returns(.bool),
      ]),
    EventRow(.xeTileLocalPagemap),
    EventRow(
      .xeTileLocalPagemapReturn, [],
      [.returns(pointerTo: .dpagemap), .int(.ref, through: .dpagemap)]),
    EventRow(.xeShrinkerCreate, [], short: ["shr"], [.value(.drm, "drm", "xe")]),
    EventRow(
      .xeShrinkerCreateReturn, [], short: ["shr"], [.value(.drm, "drm", "xe"), .returns(.int)]),
    EventRow(.xeCacheCreate),
    EventRow(.xeCacheCreateReturn, [], [.returns(.int)]),
  ]

  private static let fromFd = ["xe_drm_pagemap_from_fd", "from_fd"]

  private static let device: [FieldRow] = [.int(.fd), .unsigned(.regionInstance)]
}
