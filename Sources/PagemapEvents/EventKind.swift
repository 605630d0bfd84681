extension PagemapEvent {
  /// What happened, in the kernel's words: a modelled function was entered or returned.
  ///
  /// A case named after a function is its entry; with `Return` it is the return of that call.
  package enum Kind: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    // MARK: drm_pagemap.c

    case pagemapInit, pagemapInitReturn
    case pagemapReinit, pagemapReinitReturn
    case pagemapPut, pagemapPutReturn
    case pagemapRelease
    case pagemapDestroy
    case devHold, devHoldReturn
    case devUnholdWork
    case devmemInit
    case populateMM, populateMMReturn
    case migrateToDevmem, migrateToDevmemReturn
    case migrateRange, migrateRangeReturn
    case migrateMapSystemPages, migrateMapSystemPagesReturn
    case migrateUnmapPages
    case migratePopulateSrcPages
    case migratePopulateRamPfn, migratePopulateRamPfnReturn
    case migrationUnlockPutPages
    case retireMigratedPages
    case skipRetiredPages
    case evictToRam, evictToRamReturn
    case migrateToRam, migrateToRamReturn
    case migrateToRamWindow, migrateToRamWindowReturn
    case folioFree
    case folioSplit
    case zddAlloc
    case zddDestroy
    case pageToDpagemapReturn
    case pagemapOpsGet

    // MARK: drm_pagemap_util.c

    case cacheCreate, cacheCreateReturn
    case cacheFini
    case cacheLockLookup, cacheLockLookupReturn
    case cacheUnlockLookup
    case getFromCache, getFromCacheReturn
    case getFromCacheIfActive, getFromCacheIfActiveReturn
    case cacheSetPagemap
    case shrinkerCreate, shrinkerCreateReturn
    case shrinkerFini
    case shrinkerAdd
    case shrinkerCancel, shrinkerCancelReturn
    case shrinkerCountReturn
    case shrinkerScan, shrinkerScanReturn
    case acquireOwner, acquireOwnerReturn
    case releaseOwner

    // MARK: drm_gpusvm.c

    case gpusvmInit
    case gpusvmFini
    case rangeFindOrInsert, rangeFindOrInsertReturn
    case rangeRemove
    case rangePut
    case rangeEvict, rangeEvictReturn
    case getPages, getPagesReturn
    case unmapPages
    case freePages
    case notifierInvalidate
    case scanMMReturn
    case rangeSetUnmapped

    // MARK: The driver's operations (struct drm_pagemap_devmem_ops)

    case copyToDevmem, copyToDevmemReturn
    case copyToRam, copyToRamReturn

    // MARK: mm, and the device

    case exitMmap, exitMmapReturn
    case zoneDevicePageInit
    case freeZoneDeviceFolio
    case memremapPages
    case memunmapPages, memunmapPagesReturn
    case drmDevUnplug
    case migrateVmaSetup, migrateVmaSetupReturn
    case migrateVmaPagesReturn
    case migrateVmaFinalize
    case migrateDevicePfnsReturn
    case migrateDevicePages, migrateDevicePagesReturn
    case migrateDeviceFinalize
    case mapArraysReturn
    case unmapArrays
    case populateRamPfnMpages

    // MARK: xe's static tracepoints

    case xeVmCreate
    case xeVmFree
    case xeVmKill
    case xeVmCpuBind
    case xeVmOpsFail
    case xeVmRestart
    case xeVmRebindWorkerEnter
    case xeVmRebindWorkerExit
    case xeVmRebindWorkerRetry
    case xeVmaAcc
    case xeVmaBind
    case xeVmaEvict
    case xeVmaFlush
    case xeVmaInvalidate
    case xeVmaPagefault
    case xeVmaPfBind
    case xeVmaRebindExec
    case xeVmaRebindWorker
    case xeVmaUnbind
    case xeVmaUserptrInvalidate
    case xeVmaUserptrInvalidateComplete
    case xeVmaUserptrRebindExec
    case xeVmaUserptrRebindWorker
    case xeBoCreate
    case xeBoMove
    case xeBoValidate
    case xeBoCpuFault
    case xePmResume
    case xePmSuspend
    case xePmRuntimeGet
    case xePmRuntimeGetIoctl
    case xePmRuntimePut
    case xePmRuntimeResume
    case xePmRuntimeSuspend
  }
}

extension PagemapEvent.Kind {
  /// Where in a function an event was taken.
  package enum Phase: Sendable {
    /// Before the function's first instruction.
    case entry
    /// When it returned; fields are sampled anew, through the arguments it was entered with.
    case `return`
    /// A static tracepoint.
    case tracepoint
  }

  /// The kernel function or tracepoint, and where in it.
  package var origin: (function: StaticString, phase: Phase) {
    switch self {
    case .pagemapInit: ("drm_pagemap_init", .entry)
    case .pagemapInitReturn: ("drm_pagemap_init", .return)
    case .pagemapReinit: ("drm_pagemap_reinit", .entry)
    case .pagemapReinitReturn: ("drm_pagemap_reinit", .return)
    case .pagemapPut: ("drm_pagemap_put", .entry)
    case .pagemapPutReturn: ("drm_pagemap_put", .return)
    case .pagemapRelease: ("drm_pagemap_release", .entry)
    case .pagemapDestroy: ("drm_pagemap_destroy", .entry)
    case .devHold: ("drm_pagemap_dev_hold", .entry)
    case .devHoldReturn: ("drm_pagemap_dev_hold", .return)
    case .devUnholdWork: ("drm_pagemap_dev_unhold_work", .entry)
    case .devmemInit: ("drm_pagemap_devmem_init", .entry)
    case .populateMM: ("drm_pagemap_populate_mm", .entry)
    case .populateMMReturn: ("drm_pagemap_populate_mm", .return)
    case .migrateToDevmem: ("drm_pagemap_migrate_to_devmem", .entry)
    case .migrateToDevmemReturn: ("drm_pagemap_migrate_to_devmem", .return)
    case .migrateRange: ("drm_pagemap_migrate_range", .entry)
    case .migrateRangeReturn: ("drm_pagemap_migrate_range", .return)
    case .migrateMapSystemPages: ("drm_pagemap_migrate_map_system_pages", .entry)
    case .migrateMapSystemPagesReturn: ("drm_pagemap_migrate_map_system_pages", .return)
    case .migrateUnmapPages: ("drm_pagemap_migrate_unmap_pages", .entry)
    case .migratePopulateSrcPages: ("drm_pagemap_migrate_populate_src_pages", .entry)
    case .migratePopulateRamPfn: ("drm_pagemap_migrate_populate_ram_pfn", .entry)
    case .migratePopulateRamPfnReturn: ("drm_pagemap_migrate_populate_ram_pfn", .return)
    case .migrationUnlockPutPages: ("drm_pagemap_migration_unlock_put_pages", .entry)
    case .retireMigratedPages: ("drm_pagemap_retire_migrated_pages", .entry)
    case .skipRetiredPages: ("drm_pagemap_skip_retired_pages", .entry)
    case .evictToRam: ("drm_pagemap_evict_to_ram", .entry)
    case .evictToRamReturn: ("drm_pagemap_evict_to_ram", .return)
    case .migrateToRam: ("drm_pagemap_migrate_to_ram", .entry)
    case .migrateToRamReturn: ("drm_pagemap_migrate_to_ram", .return)
    case .migrateToRamWindow: ("__drm_pagemap_migrate_to_ram", .entry)
    case .migrateToRamWindowReturn: ("__drm_pagemap_migrate_to_ram", .return)
    case .folioFree: ("drm_pagemap_folio_free", .entry)
    case .folioSplit: ("drm_pagemap_folio_split", .entry)
    case .zddAlloc: ("drm_pagemap_zdd_alloc", .entry)
    case .zddDestroy: ("drm_pagemap_zdd_destroy", .entry)
    case .pageToDpagemapReturn: ("drm_pagemap_page_to_dpagemap", .return)
    case .pagemapOpsGet: ("drm_pagemap_pagemap_ops_get", .entry)
    case .cacheCreate: ("drm_pagemap_cache_create_devm", .entry)
    case .cacheCreateReturn: ("drm_pagemap_cache_create_devm", .return)
    case .cacheFini: ("drm_pagemap_cache_fini", .entry)
    case .cacheLockLookup: ("drm_pagemap_cache_lock_lookup", .entry)
    case .cacheLockLookupReturn: ("drm_pagemap_cache_lock_lookup", .return)
    case .cacheUnlockLookup: ("drm_pagemap_cache_unlock_lookup", .entry)
    case .getFromCache: ("drm_pagemap_get_from_cache", .entry)
    case .getFromCacheReturn: ("drm_pagemap_get_from_cache", .return)
    case .getFromCacheIfActive: ("drm_pagemap_get_from_cache_if_active", .entry)
    case .getFromCacheIfActiveReturn: ("drm_pagemap_get_from_cache_if_active", .return)
    case .cacheSetPagemap: ("drm_pagemap_cache_set_pagemap", .entry)
    case .shrinkerCreate: ("drm_pagemap_shrinker_create_devm", .entry)
    case .shrinkerCreateReturn: ("drm_pagemap_shrinker_create_devm", .return)
    case .shrinkerFini: ("drm_pagemap_shrinker_fini", .entry)
    case .shrinkerAdd: ("drm_pagemap_shrinker_add", .entry)
    case .shrinkerCancel: ("drm_pagemap_shrinker_cancel", .entry)
    case .shrinkerCancelReturn: ("drm_pagemap_shrinker_cancel", .return)
    case .shrinkerCountReturn: ("drm_pagemap_shrinker_count", .return)
    case .shrinkerScan: ("drm_pagemap_shrinker_scan", .entry)
    case .shrinkerScanReturn: ("drm_pagemap_shrinker_scan", .return)
    case .acquireOwner: ("drm_pagemap_acquire_owner", .entry)
    case .acquireOwnerReturn: ("drm_pagemap_acquire_owner", .return)
    case .releaseOwner: ("drm_pagemap_release_owner", .entry)
    case .gpusvmInit: ("drm_gpusvm_init", .entry)
    case .gpusvmFini: ("drm_gpusvm_fini", .entry)
    case .rangeFindOrInsert: ("drm_gpusvm_range_find_or_insert", .entry)
    case .rangeFindOrInsertReturn: ("drm_gpusvm_range_find_or_insert", .return)
    case .rangeRemove: ("drm_gpusvm_range_remove", .entry)
    case .rangePut: ("drm_gpusvm_range_put", .entry)
    case .rangeEvict: ("drm_gpusvm_range_evict", .entry)
    case .rangeEvictReturn: ("drm_gpusvm_range_evict", .return)
    case .getPages: ("drm_gpusvm_get_pages", .entry)
    case .getPagesReturn: ("drm_gpusvm_get_pages", .return)
    case .unmapPages: ("drm_gpusvm_unmap_pages", .entry)
    case .freePages: ("drm_gpusvm_free_pages", .entry)
    case .notifierInvalidate: ("drm_gpusvm_notifier_invalidate", .entry)
    case .scanMMReturn: ("drm_gpusvm_scan_mm", .return)
    case .rangeSetUnmapped: ("drm_gpusvm_range_set_unmapped", .entry)
    case .copyToDevmem: ("copy_to_devmem", .entry)
    case .copyToDevmemReturn: ("copy_to_devmem", .return)
    case .copyToRam: ("copy_to_ram", .entry)
    case .copyToRamReturn: ("copy_to_ram", .return)
    case .exitMmap: ("exit_mmap", .entry)
    case .exitMmapReturn: ("exit_mmap", .return)
    case .zoneDevicePageInit: ("zone_device_page_init", .entry)
    case .freeZoneDeviceFolio: ("free_zone_device_folio", .entry)
    case .memremapPages: ("memremap_pages", .entry)
    case .memunmapPages: ("memunmap_pages", .entry)
    case .memunmapPagesReturn: ("memunmap_pages", .return)
    case .drmDevUnplug: ("drm_dev_unplug", .entry)
    case .migrateVmaSetup: ("migrate_vma_setup", .entry)
    case .migrateVmaSetupReturn: ("migrate_vma_setup", .return)
    case .migrateVmaPagesReturn: ("migrate_vma_pages", .return)
    case .migrateVmaFinalize: ("migrate_vma_finalize", .entry)
    case .migrateDevicePfnsReturn: ("migrate_device_pfns", .return)
    case .migrateDevicePages: ("migrate_device_pages", .entry)
    case .migrateDevicePagesReturn: ("migrate_device_pages", .return)
    case .migrateDeviceFinalize: ("migrate_device_finalize", .entry)
    case .mapArraysReturn: ("drm_pagemap_migrate_map_system_pages", .return)
    case .unmapArrays: ("drm_pagemap_migrate_unmap_pages", .entry)
    case .populateRamPfnMpages: ("drm_pagemap_migrate_populate_ram_pfn", .entry)
    case .xeVmCreate: ("xe_vm_create", .tracepoint)
    case .xeVmFree: ("xe_vm_free", .tracepoint)
    case .xeVmKill: ("xe_vm_kill", .tracepoint)
    case .xeVmCpuBind: ("xe_vm_cpu_bind", .tracepoint)
    case .xeVmOpsFail: ("xe_vm_ops_fail", .tracepoint)
    case .xeVmRestart: ("xe_vm_restart", .tracepoint)
    case .xeVmRebindWorkerEnter: ("xe_vm_rebind_worker_enter", .tracepoint)
    case .xeVmRebindWorkerExit: ("xe_vm_rebind_worker_exit", .tracepoint)
    case .xeVmRebindWorkerRetry: ("xe_vm_rebind_worker_retry", .tracepoint)
    case .xeVmaAcc: ("xe_vma_acc", .tracepoint)
    case .xeVmaBind: ("xe_vma_bind", .tracepoint)
    case .xeVmaEvict: ("xe_vma_evict", .tracepoint)
    case .xeVmaFlush: ("xe_vma_flush", .tracepoint)
    case .xeVmaInvalidate: ("xe_vma_invalidate", .tracepoint)
    case .xeVmaPagefault: ("xe_vma_pagefault", .tracepoint)
    case .xeVmaPfBind: ("xe_vma_pf_bind", .tracepoint)
    case .xeVmaRebindExec: ("xe_vma_rebind_exec", .tracepoint)
    case .xeVmaRebindWorker: ("xe_vma_rebind_worker", .tracepoint)
    case .xeVmaUnbind: ("xe_vma_unbind", .tracepoint)
    case .xeVmaUserptrInvalidate: ("xe_vma_userptr_invalidate", .tracepoint)
    case .xeVmaUserptrInvalidateComplete: ("xe_vma_userptr_invalidate_complete", .tracepoint)
    case .xeVmaUserptrRebindExec: ("xe_vma_userptr_rebind_exec", .tracepoint)
    case .xeVmaUserptrRebindWorker: ("xe_vma_userptr_rebind_worker", .tracepoint)
    case .xeBoCreate: ("xe_bo_create", .tracepoint)
    case .xeBoMove: ("xe_bo_move", .tracepoint)
    case .xeBoValidate: ("xe_bo_validate", .tracepoint)
    case .xeBoCpuFault: ("xe_bo_cpu_fault", .tracepoint)
    case .xePmResume: ("xe_pm_resume", .tracepoint)
    case .xePmSuspend: ("xe_pm_suspend", .tracepoint)
    case .xePmRuntimeGet: ("xe_pm_runtime_get", .tracepoint)
    case .xePmRuntimeGetIoctl: ("xe_pm_runtime_get_ioctl", .tracepoint)
    case .xePmRuntimePut: ("xe_pm_runtime_put", .tracepoint)
    case .xePmRuntimeResume: ("xe_pm_runtime_resume", .tracepoint)
    case .xePmRuntimeSuspend: ("xe_pm_runtime_suspend", .tracepoint)
    }
  }

  /// Whether the event is drm_pagemap's or drm_gpusvm's own, not one of mm or of the driver.
  package var isPagemap: Bool { rawValue < Self.copyToDevmem.rawValue }

  /// The name for people: the kernel's, with ` returns` behind it for a return.
  package var label: String {
    let origin = origin
    return origin.phase == .return ? "\(origin.function) returns" : "\(origin.function)"
  }
}
