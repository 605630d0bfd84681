extension EventTable {
  /// What every driver provides: `drm_pagemap_devmem_ops`, `drm_pagemap_ops`, `drm_gpusvm_ops`, and
  /// the functions around them.
  static let driver: [EventRow] = copies + allocations + pagemaps + ranges + vms

  /// The drivers that have the operation: Intel's xe, and pmfake, the lab's.
  private static func names(_ operation: String) -> [String] {
    ["xe_svm_\(operation)", "pmf_\(operation)", operation]
  }

  private static let copies: [EventRow] = [
    EventRow(.copyToDevmem, names("copy_to_devmem"), copy),
    EventRow(.copyToDevmemReturn, names("copy_to_devmem"), copy + [.returns(.int)]),
    EventRow(.copyToRam, names("copy_to_ram"), copy),
    EventRow(.copyToRamReturn, names("copy_to_ram"), copy + [.returns(.int)]),
  ]

  private static let copy: [FieldRow] = [
    .value(.npages), .array(.pages, "p"), .array(.addresses, "a"),
  ]

  private static let allocations: [EventRow] = [
    EventRow(
      .devmemRelease, names("devmem_release"),
      [
        .value(.devmem, "devmem", "devmem_allocation"), .value(.dpagemap, through: .devmem),
        .value(.bo), .value(.size, through: .devmem), .unsigned(.done, through: .devmem),
        .value(.fence, "fence", "pre_migrate_fence", through: .devmem),
      ]),
    EventRow(
      .devmemReleaseReturn, names("devmem_release"),
      [
        .value(.devmem, "devmem", "devmem_allocation")
      ]),
    EventRow(.populateDevmemPfn, names("populate_devmem_pfn"), populatePfn),
    EventRow(
      .populateDevmemPfnReturn, names("populate_devmem_pfn"), populatePfn + [.returns(.int)]),
  ]

  private static let populatePfn: [FieldRow] = [
    .value(.devmem, "devmem", "devmem_allocation"), .value(.npages),
  ]

  private static let pagemaps: [EventRow] = [
    EventRow(
      .driverPopulateMM, populateMM, short: ["populate"],
      populate + [.value(.timesliceMs)]),
    EventRow(.driverPopulateMMReturn, populateMM, short: ["populate"], populate + [.returns(.int)]),
    EventRow(
      .deviceMap, deviceMap,
      [
        .value(.dpagemap), .value(.drm, through: .dpagemap), .value(.mappingDevice, "dev"),
        .value(.page), .unsigned(.order), .unsigned(.direction),
      ]),
    // A structure of two words, the first of which is the DMA address.
    EventRow(
      .deviceMapReturn, deviceMap,
      [
        .value(.dpagemap), .value(.mappingDevice, "dev"), .value(.page),
        .value(.address, "addr", "ret"),
      ]),
    EventRow(.deviceUnmap, deviceUnmap, unmap + [.unsigned(.order), .unsigned(.direction)]),
    EventRow(.deviceUnmapReturn, deviceUnmap, unmap),
    // An xe_device starts with its drm_device.
    EventRow(
      .driverPagemapCreate, create, [.value(.drm, "drm", "xe"), .value(.start, "base", "start")]),
    // A driver's pagemap starts with the `struct dev_pagemap`, in xe.
    EventRow(
      .driverPagemapCreateReturn, ["xe_pagemap_create", "pm_create"],
      [
        .returns(pointerTo: .pgmap), .value(.start, "base", "hpa", "start", through: .pgmap),
        .int(.ref, through: .pgmap),
      ]),
    EventRow(
      .driverPagemapCreateReturn, ["pmf_pagemap_create"],
      [
        .value(.dpagemap), .int(.ref, through: .dpagemap),
      ]),
    EventRow(
      .driverDestroy, destroy,
      [
        .value(.dpagemap), .bool(.isAtomic, "atomic", "from", "from_atomic_or_reclaim"),
        .int(.ref, through: .dpagemap), .value(.drm, through: .dpagemap),
      ]),
    EventRow(.driverDestroyReturn, destroy, [.value(.dpagemap)]),
    // In xe's pagemap the work stands behind the drm_pagemap, which has 64 bytes.
    EventRow(.destroyWork, destroyWork, [.member(of: .dpagemap, at: 64, "work")]),
    EventRow(.destroyWorkReturn, destroyWork, [.member(of: .dpagemap, at: 64, "work")]),
    EventRow(.destroyWork, ["pmf_pagemap_destroy_work"], fakeWork),
    EventRow(.destroyWorkReturn, ["pmf_pagemap_destroy_work"], fakeWork),
  ]

  private static let populateMM = ["xe_drm_pagemap_populate_mm", "pmf_populate_mm"]
  private static let deviceMap = ["xe_drm_pagemap_device_map", "pmf_device_map", "devmap"]
  private static let deviceUnmap = ["xe_drm_pagemap_device_unmap", "pmf_device_unmap"]
  private static let create = ["xe_pagemap_create", "pmf_pagemap_create", "pm_create"]
  private static let destroy = ["xe_pagemap_destroy", "pmf_pagemap_destroy", "pm_destroy"]
  private static let fakeWork: [FieldRow] = [.value(.dpagemap), .value(.work, "work", "w")]
  private static let destroyWork = ["xe_pagemap_destroy_work", "pm_destroy_work"]

  private static let populate: [FieldRow] = [
    .value(.dpagemap), .int(.ref, through: .dpagemap), .value(.start), .value(.end), .value(.mm),
  ]

  private static let unmap: [FieldRow] = [
    .value(.dpagemap), .value(.drm, through: .dpagemap), .value(.mappingDevice, "dev"),
    .value(.address, "addr"),
  ]

  private static let ranges: [EventRow] = [
    EventRow(
      .driverInvalidate, ["xe_svm_invalidate", "pmf_invalidate"], short: ["inval"],
      [
        .value(.gpusvm, "gpusvm", "svm"), .unsigned(.event), .value(.start), .value(.end),
      ]),
    EventRow(
      .driverInvalidateReturn, ["xe_svm_invalidate", "pmf_invalidate"], short: ["inval"],
      [
        .value(.gpusvm, "gpusvm", "svm")
      ]),
    EventRow(.rangeAlloc, names("range_alloc"), [.value(.gpusvm, "gpusvm", "svm")]),
    EventRow(
      .rangeAllocReturn, names("range_alloc"),
      [
        .value(.gpusvm, "gpusvm", "svm"), .returns(pointerTo: .range),
      ]),
    EventRow(
      .rangeFree, names("range_free"),
      [
        .value(.range), .value(.gpusvm, through: .range), .value(.start, through: .range),
        .last(through: .range),
      ]),
    EventRow(.rangeFreeReturn, names("range_free"), [.value(.range)]),
  ]

  private static let vms: [EventRow] = [
    EventRow(
      .svmInit, ["xe_svm_init", "pmf_svm_init"], short: ["init"],
      [
        .value(.vm), .unsigned(.asid), .value(.flags, through: .vm),
        .value(.drm, "drm", "xe", through: .vm),
      ]),
    EventRow(
      .svmInitReturn, ["xe_svm_init", "pmf_svm_init"], short: ["init"],
      [
        .value(.vm), .returns(.int),
      ]),
    EventRow(.svmClose, ["xe_svm_close", "pmf_svm_close"], short: ["close"], [.value(.vm)]),
    EventRow(.svmCloseReturn, ["xe_svm_close", "pmf_svm_close"], short: ["close"], [.value(.vm)]),
    EventRow(.svmFini, ["xe_svm_fini", "pmf_svm_fini"], short: ["fini"], [.value(.vm)]),
    EventRow(.svmFiniReturn, ["xe_svm_fini", "pmf_svm_fini"], short: ["fini"], [.value(.vm)]),
  ]
}
