import PagemapEvents

extension ProbeCatalogue {
  /// mm: a migration's passes with the first 16 entries of their arrays.
  static let arrays: [CatalogueProbe] = [
    .function(
      .migrateDevicePfnsReturn,
      "src_pfns npages ret=$retval " + CatalogueProbe.entries("s", of: "src_pfns")),
    .function(
      .migrateDevicePages,
      "src_pfns dst_pfns npages " + CatalogueProbe.entries("s", of: "src_pfns") + " "
        + CatalogueProbe.entries("d", of: "dst_pfns")),
    .function(
      .migrateDevicePagesReturn, "src_pfns npages " + CatalogueProbe.entries("s", of: "src_pfns")),
    .function(.migrateDeviceFinalize, "src_pfns dst_pfns npages"),
    .function(
      .migrateVmaPagesReturn,
      "migrate start=migrate->start:x64 npages=migrate->npages "
        + CatalogueProbe.entries("s", of: "migrate->src") + " "
        + CatalogueProbe.entries("d", of: "migrate->dst")),
    .function(.migrateVmaFinalize, "migrate"),
  ].placed(in: "drm_pagemap", of: nil)

  /// drm_pagemap.c: what is mapped for the device, and what is to be migrated at all.
  static let mappings: [CatalogueProbe] = [
    .function(.unmapArrays, "npages " + mapped, event: "unmap_arrays"),
    .function(.mapArraysReturn, "npages ret=$retval " + mapped, event: "map_arrays_ret"),
    .address(
      .populateRamPfnMpages, "drm_pagemap_migrate_populate_ram_pfn",
      "npages=%dx:u64 mpages=+0(%cx):u64", event: "populate_ram_pfn_mpages", form: .unsuffixed),
  ].placed(in: "drm_pagemap", of: "drm_gpusvm_helper")

  /// Functions whose ends decide who may still hold what.
  static let ends: [CatalogueProbe] =
    [CatalogueProbe.function(.cacheFiniReturn, "cache=arg")]
    .placed(in: "drm_pagemap", of: "drm_gpusvm_helper")
    + [CatalogueProbe.function(.notifierInvalidateReturn, "mni ret=$retval")]
    .placed(in: "drm_gpusvm", of: "drm_gpusvm_helper")

  /// pmfake, the driver of the lab: its copies.
  static let fakeCopies: [CatalogueProbe] = [
    .address(.copyToRam, "pmfake:pmf_copy_to_ram", "npages=%dx:u64 " + copied, form: .names),
    .address(.copyToRamReturn, "pmfake:pmf_copy_to_ram", "ret=$retval:s32", form: .names),
    .address(.copyToDevmem, "pmfake:pmf_copy_to_devmem", "npages=%dx:u64 " + copied, form: .names),
    .address(.copyToDevmemReturn, "pmfake:pmf_copy_to_devmem", "ret=$retval:s32", form: .names),
  ].placed(in: "drm_pagemap", of: "pmfake")

  /// pmfake: what it maps for another device.
  static let fakeMappings: [CatalogueProbe] = [
    .address(
      .deviceMap, "pmfake:pmf_device_map",
      "dpagemap=%di:x64 dev=%si:x64 page=%dx:x64 order=%cx:u32 dir=%r8:u32", form: .names),
    .address(.deviceMapReturn, "pmfake:pmf_device_map", "addr=$retval:x64", form: .names),
    .address(
      .deviceUnmap, "pmfake:pmf_device_unmap",
      "dpagemap=%di:x64 dev=%si:x64 addr=+0(%dx):x64", form: .names),
  ].placed(in: "drm_pagemap", of: "pmfake")

  private static let mapped =
    CatalogueProbe.entries("m", of: "migrate_pfn") + " "
    + CatalogueProbe.entries("a", of: "pagemap_addr", stride: 16)

  private static let copied =
    CatalogueProbe.entries("p", of: "%di") + " "
    + CatalogueProbe.entries("a", of: "%si", stride: 16)
}
