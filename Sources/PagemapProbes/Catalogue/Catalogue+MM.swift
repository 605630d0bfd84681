import PagemapEvents

extension ProbeCatalogue {
  /// mm and the DRM core: when mappings end, device pages start, device memory appears and goes.
  static let memory: [CatalogueProbe] = [
    .function(.exitMmap, "mm"),
    .function(.exitMmapReturn, "mm"),
    .function(.zoneDevicePageInit, "page pgmap order"),
    .function(.drmDevUnplug, "drm=dev name=dev->unique:string"),
    .function(
      .memremapPages,
      """
      pgmap type=pgmap->type start=pgmap->range.start:x64 end=pgmap->range.end:x64 \
      owner=pgmap->owner:x64
      """),
    .function(.memunmapPages, "pgmap start=pgmap->range.start:x64"),
    .function(.memunmapPagesReturn, "pgmap"),
  ].placed(in: "drm_pagemap", of: nil)

  /// mm: a device page is free again.
  static let freed: [CatalogueProbe] = [
    .function(
      .freeZoneDeviceFolio,
      "folio pgmap=folio->pgmap zdd=folio->page.zone_device_data:x64")
  ].placed(in: "drm_pagemap", of: nil)

  /// mm: what the memory management does in a migration, without its arrays.
  static let passes: [CatalogueProbe] = [
    .function(
      .migrateVmaSetup,
      """
      args start=args->start:x64 end=args->end:x64 owner=args->pgmap_owner:x64 \
      flags=args->flags fault_page=args->fault_page
      """),
    .function(
      .migrateVmaSetupReturn,
      "args cpages=args->cpages npages=args->npages start=args->start:x64 ret=$retval"),
    .function(.migrateDevicePfnsReturn, "npages ret=$retval"),
  ].placed(in: "drm_pagemap", of: nil)

  /// drm_pagemap.c: where a zdd is allocated, an instruction of one build.
  static let zddAllocation: [CatalogueProbe] = [
    .address(
      .zddAlloc, "drm_pagemap_migrate_to_devmem+0x1c9",
      "zdd=%ax:x64 devmem=%bp:x64 dpagemap=%r13:x64", event: "zdd_alloc", form: .instruction)
  ].placed(in: "drm_pagemap", of: "drm_gpusvm_helper")
}
