extension EventTable {
  /// A driver's `struct drm_pagemap_devmem_ops`: the copies between system and device memory.
  package static let driver = EventTable(
    source: "include/drm/drm_pagemap.h", kernels: "7.2 to 7.3",
    rows: [
      EventRow(.copyToDevmem, names("copy_to_devmem"), copy),
      EventRow(.copyToDevmemReturn, names("copy_to_devmem"), copy + [.returns(.int)]),
      EventRow(.copyToRam, names("copy_to_ram"), copy),
      EventRow(.copyToRamReturn, names("copy_to_ram"), copy + [.returns(.int)]),
    ])

  /// The drivers that have the operation: Intel's xe, and pmfake, the lab's.
  private static func names(_ operation: String) -> [String] {
    ["xe_svm_\(operation)", "pmf_\(operation)", operation]
  }

  private static let copy: [FieldRow] = [
    .value(.npages), .array(.pages, "p"), .array(.addresses, "a"),
  ]
}
