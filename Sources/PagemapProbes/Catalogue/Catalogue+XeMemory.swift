import PagemapEvents

extension ProbeCatalogue {
  /// xe_svm.c: device memory, and copies with the first 16 pages of each.
  static let xeCopies: [CatalogueProbe] = [
    .function(.copyToDevmem, "npages " + copied, function: "xe_svm_copy_to_devmem"),
    .function(.copyToDevmemReturn, "npages ret=$retval", function: "xe_svm_copy_to_devmem"),
    .function(.copyToRam, "npages " + copied, function: "xe_svm_copy_to_ram"),
    .function(.copyToRamReturn, "npages ret=$retval", function: "xe_svm_copy_to_ram"),
    .function(.xeSvmCopy, "pages pagemap_addr npages dir pre_migrate_fence"),
    .function(.xeSvmCopyReturn, "npages dir ret=$retval"),
    .function(
      .devmemRelease,
      """
      devmem=devmem_allocation dpagemap=devmem_allocation->dpagemap \
      size=devmem_allocation->size done=devmem_allocation->detached.done \
      fence=devmem_allocation->pre_migrate_fence
      """,
      function: "xe_svm_devmem_release"),
    .function(.devmemReleaseReturn, "devmem=devmem_allocation", function: "xe_svm_devmem_release"),
    .function(
      .populateDevmemPfn,
      "devmem=devmem_allocation npages",
      function: "xe_svm_populate_devmem_pfn"),
    .function(
      .populateDevmemPfnReturn,
      "devmem=devmem_allocation npages ret=$retval",
      function: "xe_svm_populate_devmem_pfn"),
    .function(.xeBoEvict, "bo size=bo->ttm.base.size dp=bo->devmem_allocation.dpagemap"),
    .function(.xeBoEvictReturn, "bo ret=$retval"),
  ]

  private static let copied =
    CatalogueProbe.entries("p", of: "pages") + " "
    + CatalogueProbe.entries("a", of: "pagemap_addr", stride: 16)

  /// xe_vm.c and xe_vm_madvise.c: who holds a pagemap by the attributes of a VMA.
  static let xeAttributes: [CatalogueProbe] = [
    .function(
      .xeVmaMemAttrCopy,
      """
      to from old=to->preferred_loc.dpagemap dpagemap=from->preferred_loc.dpagemap \
      ref=from->preferred_loc.dpagemap->ref.refcount.refs.counter
      """),
    .function(
      .xeVmaMemAttrCopyReturn,
      """
      to dpagemap=to->preferred_loc.dpagemap \
      ref=to->preferred_loc.dpagemap->ref.refcount.refs.counter
      """),
    .function(
      .xeMadvisePreferredLoc,
      """
      vm dpagemap=details->dpagemap ref=details->dpagemap->ref.refcount.refs.counter \
      fd=op->preferred_mem_loc.devmem_fd region_instance=op->preferred_mem_loc.region_instance \
      num_vmas
      """),
    .function(
      .xeMadvisePreferredLocReturn,
      "vm dpagemap=details->dpagemap ref=details->dpagemap->ref.refcount.refs.counter"),
    .function(
      .xeVmMadviseIoctl,
      """
      drm=dev start=(drm_xe_madvise)data->start:x64 range=(drm_xe_madvise)data->range:x64 \
      fd=(drm_xe_madvise)data->preferred_mem_loc.devmem_fd \
      region_instance=(drm_xe_madvise)data->preferred_mem_loc.region_instance
      """,
      offsets: """
        drm=dev start=+8(data):x64 range=+16(data):x64 fd=+32(data):s32 \
        region_instance=+38(data):u16
        """),
    .function(.xeVmMadviseIoctlReturn, "drm=dev ret=$retval"),
    .function(
      .xeVmaDestroy,
      """
      vma vm=vma->gpuva.vm dpagemap=vma->attr.preferred_loc.dpagemap \
      ref=vma->attr.preferred_loc.dpagemap->ref.refcount.refs.counter fence
      """),
    .function(.xeVmaDestroyReturn, "vma"),
    .function(
      .xeVmaDestroyLate,
      """
      vma vm=vma->gpuva.vm dpagemap=vma->attr.preferred_loc.dpagemap \
      ref=vma->attr.preferred_loc.dpagemap->ref.refcount.refs.counter
      """),
    .function(.xeVmaDestroyLateReturn, "vma"),
  ]

  /// xe_svm.c and xe_tile.c: pagemaps of devices.
  static let xeDevices: [CatalogueProbe] = [
    .function(
      .driverPopulateMM,
      """
      dpagemap ref=dpagemap->ref.refcount.refs.counter start:x64 end:x64 mm timeslice_ms
      """,
      function: "xe_drm_pagemap_populate_mm"),
    .function(
      .driverPopulateMMReturn,
      "dpagemap ref=dpagemap->ref.refcount.refs.counter start:x64 end:x64 ret=$retval",
      function: "xe_drm_pagemap_populate_mm"),
    .function(
      .deviceMap,
      "dpagemap drm=dpagemap->drm dev page order dir",
      function: "xe_drm_pagemap_device_map"),
    .function(
      .deviceMapReturn,
      "dpagemap dev page addr=$retval:x64",
      function: "xe_drm_pagemap_device_map"),
    .function(
      .deviceUnmap,
      "dpagemap drm=dpagemap->drm dev addr=addr->addr order=addr->order dir=addr->dir",
      function: "xe_drm_pagemap_device_unmap"),
    .function(
      .deviceUnmapReturn,
      "dpagemap dev addr=addr->addr",
      function: "xe_drm_pagemap_device_unmap"),
    .function(.driverPagemapCreate, "xe vr base=vr->dpa_base", function: "xe_pagemap_create"),
    .function(
      .driverPagemapCreateReturn,
      """
      ret=$retval:x64 hpa=$retval->hpa_base ref=$retval->dpagemap.ref.refcount.refs.counter
      """,
      function: "xe_pagemap_create"),
    .function(
      .driverDestroy,
      """
      dpagemap from=from_atomic_or_reclaim ref=dpagemap->ref.refcount.refs.counter \
      drm=dpagemap->drm
      """,
      function: "xe_pagemap_destroy"),
    .function(.driverDestroyReturn, "dpagemap", function: "xe_pagemap_destroy"),
    .function(.destroyWork, "work", function: "xe_pagemap_destroy_work"),
    .function(.destroyWorkReturn, "work", function: "xe_pagemap_destroy_work"),
    .function(.xeFromFd, "fd region_instance"),
    .function(
      .xeFromFdReturn,
      "fd region_instance ret=$retval:x64 ref=$retval->ref.refcount.refs.counter"),
    .function(.xeHasInterconnect, "peer1 peer2"),
    .function(.xeHasInterconnectReturn, "peer1 peer2 ret=$retval"),
    .function(.xeTileLocalPagemap, "tile"),
    .function(.xeTileLocalPagemapReturn, "ret=$retval:x64 ref=$retval->ref.refcount.refs.counter"),
    .function(.xeShrinkerCreate, "xe"),
    .function(.xeShrinkerCreateReturn, "xe ret=$retval"),
    .function(.xeCacheCreate, "tile"),
    .function(.xeCacheCreateReturn, "ret=$retval"),
  ]
}
