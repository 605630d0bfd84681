import PagemapEvents

extension ProbeCatalogue {
  /// drm_pagemap.c: lives of pagemaps and of their hold on the provider.
  static let lives: [CatalogueProbe] = [
    .function(.pagemapInit, "dpagemap pagemap drm dev=drm->unique:string"),
    .function(.pagemapInitReturn, "dpagemap ref=dpagemap->ref.refcount.refs.counter ret=$retval"),
    .function(
      .pagemapReinit,
      "dpagemap ref=dpagemap->ref.refcount.refs.counter drm=dpagemap->drm cache=dpagemap->cache"),
    .function(.pagemapReinitReturn, "dpagemap ref=dpagemap->ref.refcount.refs.counter ret=$retval"),
    .function(
      .pagemapPut,
      "dpagemap ref=dpagemap->ref.refcount.refs.counter drm=dpagemap->drm cache=dpagemap->cache"),
    .function(.pagemapPutReturn, "dpagemap ref=dpagemap->ref.refcount.refs.counter"),
    .function(
      .pagemapRelease,
      """
      kref=ref ref=(drm_pagemap,ref)ref->ref.refcount.refs.counter \
      drm=(drm_pagemap,ref)ref->drm cache=(drm_pagemap,ref)ref->cache \
      pagemap=(drm_pagemap,ref)ref->pagemap dev_hold=(drm_pagemap,ref)ref->dev_hold
      """,
      offsets: """
        kref=$arg1:x64 ref=+0($arg1):s32 drm=+8($arg1):x64 pagemap=+16($arg1):x64 \
        dev_hold=+24($arg1):x64 cache=+32($arg1):x64
        """),
    .function(
      .pagemapDestroy,
      """
      dpagemap atomic=is_atomic_or_reclaim ref=dpagemap->ref.refcount.refs.counter \
      drm=dpagemap->drm cache=dpagemap->cache
      """),
    .address(.devHold, "drm_pagemap_dev_hold.isra.0", "arg=%di:x64").or(
      .address(
        .devHold, "drm_pagemap_dev_hold", "arg=%di:x64", event: "drm_pagemap_dev_hold2",
        form: .unsuffixed), listedIn: [.portable, .pagesPortable]),
    .address(.devHoldReturn, "drm_pagemap_dev_hold.isra.0", "ret=$retval:x64").or(
      .address(
        .devHoldReturn, "drm_pagemap_dev_hold", "ret=$retval:x64",
        event: "drm_pagemap_dev_hold2_ret", form: .unsuffixed)),
  ].placed(in: "drm_pagemap", of: "drm_gpusvm_helper")

  /// drm_pagemap.c: migrations, device pages and what backs them.
  static let migrations: [CatalogueProbe] = [
    .function(.devUnholdWork, "work"),
    .function(
      .devmemInit,
      """
      devmem=devmem_allocation dpagemap mm size:u64 dev=dev->kobj.name:string ops \
      fence=pre_migrate_fence
      """),
    .function(
      .populateMM,
      "dpagemap ref=dpagemap->ref.refcount.refs.counter start:x64 end:x64 mm timeslice_ms"),
    .function(
      .populateMMReturn,
      "dpagemap ref=dpagemap->ref.refcount.refs.counter start:x64 end:x64 ret=$retval"),
    .function(
      .migrateToDevmem,
      """
      devmem=devmem_allocation dpagemap=devmem_allocation->dpagemap \
      ref=devmem_allocation->dpagemap->ref.refcount.refs.counter mm start:x64 end:x64 \
      size=devmem_allocation->size timeslice_ms=mdetails->timeslice_ms
      """),
    .function(.migrateToDevmemReturn, "devmem=devmem_allocation start:x64 end:x64 ret=$retval"),
    .function(.migrateMapSystemPages, "dev=dev->kobj.name:string npages dir"),
    .function(.migrateMapSystemPagesReturn, "npages ret=$retval"),
    .function(.migrateUnmapPages, "dev=dev->kobj.name:string npages dir"),
    .function(.migratePopulateSrcPages, "npages"),
    .address(
      .migratePopulateRamPfn, "drm_pagemap_migrate_populate_ram_pfn.constprop.0",
      "di=%di:x64 si=%si:x64 dx=%dx:x64 cx=%cx:x64 r8=%r8:x64 r9=%r9:x64"
    ).or(
      .address(
        .migratePopulateRamPfn, "drm_pagemap_migrate_populate_ram_pfn",
        "di=%di:x64 si=%si:x64 dx=%dx:x64 cx=%cx:x64",
        event: "drm_pagemap_migrate_populate_ram_pfn2", form: .unsuffixed),
      listedIn: [.portable, .pagesPortable]),
    .address(
      .migratePopulateRamPfnReturn, "drm_pagemap_migrate_populate_ram_pfn.constprop.0",
      "ret=$retval:s32"
    ).or(
      .address(
        .migratePopulateRamPfnReturn, "drm_pagemap_migrate_populate_ram_pfn", "ret=$retval:s32",
        event: "drm_pagemap_migrate_populate_ram_pfn2_ret", form: .unsuffixed),
      listedIn: [.pages, .pagesPortable]),
    .function(.migrationUnlockPutPages, "npages"),
    .function(.retireMigratedPages, "npages"),
    .function(.skipRetiredPages, "npages"),
    .function(
      .evictToRam,
      """
      devmem=devmem_allocation dpagemap=devmem_allocation->dpagemap mm=devmem_allocation->mm \
      size=devmem_allocation->size done=devmem_allocation->detached.done
      """),
    .function(
      .evictToRamReturn,
      "devmem=devmem_allocation done=devmem_allocation->detached.done ret=$retval"),
    .function(
      .migrateToRam,
      """
      addr=vmf->address:x64 page=vmf->page zdd=vmf->page->zone_device_data:x64 \
      devmem=(drm_pagemap_zdd)(vmf->page->zone_device_data)->devmem_allocation \
      dpagemap=(drm_pagemap_zdd)(vmf->page->zone_device_data)->dpagemap \
      zref=(drm_pagemap_zdd)(vmf->page->zone_device_data)->refcount.refcount.refs.counter \
      vma=vmf->vma mm=vmf->vma->vm_mm flags=vmf->flags:x32
      """,
      offsets: """
        addr=vmf->address:x64 page=vmf->page zdd=vmf->page->zone_device_data:x64 \
        devmem=+8(vmf->page->zone_device_data):x64 dpagemap=+16(vmf->page->zone_device_data):x64 \
        zref=+0(vmf->page->zone_device_data):s32 vma=vmf->vma mm=vmf->vma->vm_mm \
        flags=vmf->flags:x32
        """),
    .function(.migrateToRamReturn, "addr=vmf->address:x64 page=vmf->page ret=$retval:x32"),
    .function(
      .migrateToRamWindow,
      "vma=vas page addr=fault_addr:x64 size vm_start=vas->vm_start:x64 vm_end=vas->vm_end:x64"),
    .function(.migrateToRamWindowReturn, "page addr=fault_addr:x64 size ret=$retval"),
    .function(
      .folioFree,
      """
      folio zdd=folio->page.zone_device_data:x64 pgmap=folio->pgmap \
      zref0=+0(folio->page.zone_device_data):s32 zref1=-1(folio->page.zone_device_data):s32 \
      flags=folio->page.flags.f:x64 flags1=+64(folio):x64
      """),
    .function(.folioSplit, "orig_folio new_folio zdd=orig_folio->page.zone_device_data:x64"),
    .function(
      .zddDestroy,
      """
      zdd=ref devmem=(drm_pagemap_zdd,refcount)ref->devmem_allocation \
      dpagemap=(drm_pagemap_zdd,refcount)ref->dpagemap \
      ref=(drm_pagemap_zdd,refcount)ref->dpagemap->ref.refcount.refs.counter \
      size=(drm_pagemap_zdd,refcount)ref->devmem_allocation->size
      """,
      offsets: "zdd=$arg1:x64 devmem=+8($arg1):x64 dpagemap=+16($arg1):x64 ref=+8(+16($arg1)):s32"),
    .function(.pageToDpagemapReturn, "page ret=$retval:x64"),
    .function(.pagemapOpsGet),
  ].placed(in: "drm_pagemap", of: "drm_gpusvm_helper")

  /// drm_pagemap.c: fires once a page.
  static let ranges: [CatalogueProbe] = [
    .function(
      .migrateRange,
      """
      devmem last_start=last->start last_dpagemap=last->dpagemap cur_start=cur->start \
      cur_dpagemap=cur->dpagemap cur_ops=cur->ops:x64
      """),
    .function(.migrateRangeReturn, "devmem ret=$retval"),
  ].placed(in: "drm_pagemap", of: "drm_gpusvm_helper")
}
