extension EventTable {
  /// drm_gpusvm.c: ranges of a process's memory and their pages.
  static let gpusvm: [EventRow] = ranges + pages

  private static let ranges: [EventRow] = [
    EventRow(.gpusvmInit, [], [.value(.gpusvm), .value(.mm)]),
    EventRow(.gpusvmInitReturn, [], [.value(.gpusvm), .value(.mm), .returns(.int)]),
    EventRow(.gpusvmFini, [], [.value(.gpusvm), .value(.mm, through: .gpusvm)]),
    EventRow(.gpusvmFiniReturn, [], [.value(.gpusvm)]),
    EventRow(
      .rangeFindOrInsert, [], [.value(.gpusvm), .value(.address, "fault_addr", "addr")]),
    EventRow(
      .rangeFindOrInsertReturn, [],
      [
        .value(.gpusvm), .value(.address, "fault_addr", "addr"), .returns(pointerTo: .range),
        .value(.start, through: .range), .last(through: .range),
        .int(.rangeRef, through: .range), .value(.flags, through: .range),
      ]),
    EventRow(
      .rangeRemove, [],
      [
        .value(.gpusvm), .value(.range), .value(.start, through: .range), .last(through: .range),
        .int(.rangeRef, through: .range),
      ]),
    // The range may be freed by now.
    EventRow(.rangeRemoveReturn, [], [.value(.gpusvm), .value(.range)]),
    EventRow(.rangePut, [], [.value(.range), .int(.rangeRef, through: .range)]),
    EventRow(.rangePutReturn, [], [.value(.range)]),
    EventRow(.rangeEvict, [], [.value(.gpusvm), .value(.range), .value(.start, through: .range)]),
    EventRow(.rangeEvictReturn, [], [.value(.range), .returns(.int)]),
    EventRow(.scanMM, [], [.value(.range), .value(.start, through: .range)]),
    EventRow(.scanMMReturn, [], [.value(.range), .returns(.int)]),
    EventRow(
      .rangeSetUnmapped, [],
      [
        .value(.range), .value(.svmPages, "svm_pages", "pages"),
        .value(.gpusvm, through: .range), .value(.start, through: .range),
        .last(through: .range), .value(.flags, through: .range),
        .value(.dpagemap, through: .svmPages), .unsigned(.event),
      ]),
    EventRow(
      .notifierInvalidate, [],
      [
        .value(.notifier, "mni"), .unsigned(.event), .value(.start), .value(.end),
      ]),
    EventRow(.notifierInvalidateReturn, [], [.value(.notifier, "mni"), .returns(.bool)]),
  ]

  /// 7.2 has the operations by range, 7.3 by pages: one name of a row is of one of the two.
  private static let pages: [EventRow] = [
    EventRow(
      .getPages, ["drm_gpusvm_get_pages", "drm_gpusvm_range_get_pages"],
      [
        .value(.gpusvm), .value(.range), .value(.svmPages),
        .value(.dpagemap, through: .svmPages), .value(.mm),
        .value(.start, "start", "pages_start"), .value(.end, "end", "pages_end"),
      ]),
    EventRow(
      .getPagesReturn, ["drm_gpusvm_get_pages", "drm_gpusvm_range_get_pages"],
      [
        .value(.range), .value(.svmPages), .value(.dpagemap, through: .svmPages),
        .int(.ref, through: .dpagemap), .value(.flags, through: .svmPages),
        .value(.start, "start", "pages_start"), .returns(.int),
      ]),
    EventRow(
      .unmapPages, ["drm_gpusvm_unmap_pages", "drm_gpusvm_range_unmap_pages"],
      [
        .value(.gpusvm), .value(.range), .value(.svmPages),
        .value(.dpagemap, through: .svmPages), .value(.npages),
        .value(.flags, through: .svmPages),
      ]),
    EventRow(
      .unmapPagesReturn, ["drm_gpusvm_unmap_pages", "drm_gpusvm_range_unmap_pages"],
      [
        .value(.gpusvm), .value(.range), .value(.svmPages),
        .value(.dpagemap, through: .svmPages), .value(.flags, through: .svmPages),
      ]),
    EventRow(
      .freePages, [],
      [
        .value(.gpusvm), .value(.svmPages), .value(.dpagemap, through: .svmPages),
        .value(.npages),
      ]),
    EventRow(
      .freePagesReturn, [],
      [
        .value(.gpusvm), .value(.svmPages), .value(.dpagemap, through: .svmPages),
      ]),
  ]
}
