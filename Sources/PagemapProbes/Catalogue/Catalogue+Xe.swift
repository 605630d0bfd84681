import PagemapEvents

extension ProbeCatalogue {
  /// The xe driver: xe_svm.c, and what xe_vm.c, xe_vm_madvise.c and xe_tile.c do with pagemaps.
  static let xe: [CatalogueProbe] =
    (xeFaults + xeRanges + xeCopies + xeGarbage + xeVMs + xeAttributes + xeDevices)
    .placed(in: "xe_svm", of: "xe")

  /// xe_svm.c: faults, and the memory that is allocated for them.
  private static let xeFaults: [CatalogueProbe] = [
    .function(.xeHandlePagefault, "vm vma gt fault_addr:x64 atomic"),
    .function(.xeHandlePagefaultReturn, "vm vma fault_addr:x64 ret=$retval"),
    .function(.xeHandlePagefaultOnce, "vm vma gt fault_addr:x64 need_vram"),
    .function(.xeHandlePagefaultOnceReturn, "vm vma fault_addr:x64 ret=$retval"),
    .function(
      .xeAllocVram,
      """
      range dpagemap ref=dpagemap->ref.refcount.refs.counter start=range->base.itree.start:x64 \
      last=range->base.itree.last:x64
      """),
    .function(.xeAllocVramReturn, "range dpagemap ret=$retval"),
    .function(.xeNeedsMigrate, "range vma dpagemap"),
    .function(.xeNeedsMigrateReturn, "range dpagemap ret=$retval"),
    .function(
      .xeRangeDebug,
      """
      range start=range->base.itree.start:x64 last=range->base.itree.last:x64 \
      op=operation:string
      """),
  ]

  /// xe_svm.c: ranges and what the rest of the driver asks of them.
  private static let xeRanges: [CatalogueProbe] = [
    .function(.xeRangeFindOrInsert, "vm addr:x64 vma"),
    .function(.xeRangeGetPages, "vm range"),
    .function(.xeRangeMigrateToSmem, "vm range"),
    .function(.xeRangeValidate, "vm range dpagemap"),
    .function(.xeRangesZapPTEs, "vm start:x64 end:x64"),
    .function(
      .xeResolvePagemapReturn,
      "vma ret=$retval:x64 ref=$retval->ref.refcount.refs.counter"),
    .function(.xeFindVMAStart, "vm start:x64 end:x64"),
    .function(.xeHasMapping, "vm start:x64 end:x64"),
    .function(.xePrivatePageOwner, "vm"),
    .function(.xeFlush, "vm"),
    .function(.rangeAlloc, "gpusvm", function: "xe_svm_range_alloc"),
    .function(.rangeAllocReturn, "gpusvm ret=$retval:x64", function: "xe_svm_range_alloc"),
    .function(
      .rangeFree,
      """
      range gpusvm=range->gpusvm start=range->itree.start:x64 last=range->itree.last:x64
      """,
      function: "xe_svm_range_free"),
    .function(.rangeFreeReturn, "range", function: "xe_svm_range_free"),
    .function(
      .driverInvalidate,
      """
      gpusvm notifier event=mmu_range->event start=mmu_range->start:x64 end=mmu_range->end:x64
      """,
      function: "xe_svm_invalidate"),
    .function(.driverInvalidateReturn, "gpusvm", function: "xe_svm_invalidate"),
  ]

  /// xe_svm.c: ranges whose memory is gone.
  private static let xeGarbage: [CatalogueProbe] = [
    .address(
      .xeGarbageCollect, "xe_svm_garbage_collector.part.0", "vm=%di:x64"
    ).or(.function(.xeGarbageCollect, "vm", form: .unsuffixed)),
    .address(
      .xeGarbageCollectReturn, "xe_svm_garbage_collector.part.0", "ret=$retval:s32"
    ).or(.function(.xeGarbageCollectReturn, "vm ret=$retval", form: .unsuffixed)),
    .function(.xeGarbageCollectRange, "vm range"),
    .function(.xeGarbageCollectRangeReturn, "vm range ret=$retval"),
    .function(.xeGarbageCollectWork, "work=w"),
    .function(.xeGarbageCollectWorkReturn, "work=w"),
    .function(.xeUnmapAddressRange, "vm start:x64 end:x64"),
    .function(.xeUnmapAddressRangeReturn, "vm start:x64 end:x64"),
  ]

  /// xe_svm.c and xe_vm.c: lives of VMs.
  private static let xeVMs: [CatalogueProbe] = [
    .function(.svmInit, "vm asid=vm->usm.asid flags=vm->flags xe=vm->xe", function: "xe_svm_init"),
    .function(.svmInitReturn, "vm ret=$retval", function: "xe_svm_init"),
    .function(.svmClose, "vm", function: "xe_svm_close"),
    .function(.svmCloseReturn, "vm", function: "xe_svm_close"),
    .function(.svmFini, "vm", function: "xe_svm_fini"),
    .function(.svmFiniReturn, "vm", function: "xe_svm_fini"),
    .function(.xeVmCloseAndPut, "vm flags=vm->flags"),
    .function(.xeVmCloseAndPutReturn, "vm"),
  ]
}
