extension PagemapEvent {
  /// What happened, in the kernel's words: a modelled function was entered or returned.
  ///
  /// A case named after a function is its entry; with `Return` it is the return of that call.
  package enum Kind: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    // MARK: drm_pagemap.c

    case pagemapInit, pagemapInitReturn
    case pagemapReinit, pagemapReinitReturn
    case pagemapPut, pagemapPutReturn
    case pagemapRelease, pagemapReleaseReturn
    case pagemapDestroy, pagemapDestroyReturn
    case devHold, devHoldReturn
    case devUnholdWork, devUnholdWorkReturn
    case devmemInit
    case populateMM, populateMMReturn
    case migrateToDevmem, migrateToDevmemReturn
    case migrateRange, migrateRangeReturn
    case migrateMapSystemPages, migrateMapSystemPagesReturn
    case migrateUnmapPages, migrateUnmapPagesReturn
    case migratePopulateSrcPages
    case migratePopulateRamPfn, migratePopulateRamPfnReturn
    case migrationUnlockPutPages, migrationUnlockPutPagesReturn
    case retireMigratedPages
    case skipRetiredPages
    case evictToRam, evictToRamReturn
    case migrateToRam, migrateToRamReturn
    case migrateToRamWindow, migrateToRamWindowReturn
    case folioFree, folioFreeReturn
    case folioSplit
    case zddAlloc
    case zddDestroy, zddDestroyReturn
    case pageToDpagemapReturn
    case pagemapOpsGet
    case pagemapExit, pagemapExitReturn

    // MARK: drm_pagemap_util.c

    case cacheCreate, cacheCreateReturn
    case cacheFini, cacheFiniReturn
    case cacheLockLookup, cacheLockLookupReturn
    case cacheUnlockLookup, cacheUnlockLookupReturn
    case getFromCache, getFromCacheReturn
    case getFromCacheIfActive, getFromCacheIfActiveReturn
    case cacheSetPagemap, cacheSetPagemapReturn
    case shrinkerCreate, shrinkerCreateReturn
    case shrinkerFini, shrinkerFiniReturn
    case shrinkerAdd, shrinkerAddReturn
    case shrinkerCancel, shrinkerCancelReturn
    case shrinkerCountReturn
    case shrinkerScan, shrinkerScanReturn
    case acquireOwner, acquireOwnerReturn
    case releaseOwner, releaseOwnerReturn

    // MARK: drm_gpusvm.c

    case gpusvmInit, gpusvmInitReturn
    case gpusvmFini, gpusvmFiniReturn
    case rangeFindOrInsert, rangeFindOrInsertReturn
    case rangeRemove, rangeRemoveReturn
    case rangePut, rangePutReturn
    case rangeEvict, rangeEvictReturn
    case getPages, getPagesReturn
    case unmapPages, unmapPagesReturn
    case freePages, freePagesReturn
    case notifierInvalidate, notifierInvalidateReturn
    case scanMM, scanMMReturn
    case rangeSetUnmapped

    // MARK: The driver's operations: drm_pagemap_devmem_ops, drm_pagemap_ops, drm_gpusvm_ops

    case copyToDevmem, copyToDevmemReturn
    case copyToRam, copyToRamReturn
    case devmemRelease, devmemReleaseReturn
    case populateDevmemPfn, populateDevmemPfnReturn
    case driverPopulateMM, driverPopulateMMReturn
    case deviceMap, deviceMapReturn
    case deviceUnmap, deviceUnmapReturn
    case driverDestroy, driverDestroyReturn
    case driverInvalidate, driverInvalidateReturn
    case rangeAlloc, rangeAllocReturn
    case rangeFree, rangeFreeReturn

    // MARK: What every driver does around them

    case driverPagemapCreate, driverPagemapCreateReturn
    case destroyWork, destroyWorkReturn
    case svmInit, svmInitReturn
    case svmClose, svmCloseReturn
    case svmFini, svmFiniReturn

    // MARK: xe's functions (xe_svm.c, xe_vm_madvise.c, xe_vm.c)

    case xeSvmCopy, xeSvmCopyReturn
    case xeAllocVram, xeAllocVramReturn
    case xeHandlePagefault, xeHandlePagefaultReturn
    case xeHandlePagefaultOnce, xeHandlePagefaultOnceReturn
    case xeFromFd, xeFromFdReturn
    case xeBoEvict, xeBoEvictReturn
    case xeGarbageCollect, xeGarbageCollectReturn
    case xeGarbageCollectRange, xeGarbageCollectRangeReturn
    case xeGarbageCollectWork, xeGarbageCollectWorkReturn
    case xeUnmapAddressRange, xeUnmapAddressRangeReturn
    case xeNeedsMigrate, xeNeedsMigrateReturn
    case xeRangeDebug
    case xeVmaMemAttrCopy, xeVmaMemAttrCopyReturn
    case xeMadvisePreferredLoc, xeMadvisePreferredLocReturn
    case xeVmMadviseIoctl, xeVmMadviseIoctlReturn
    case xeVmaDestroy, xeVmaDestroyReturn
    case xeVmaDestroyLate, xeVmaDestroyLateReturn
    case xeVmCloseAndPut, xeVmCloseAndPutReturn
    case xeHasInterconnect, xeHasInterconnectReturn
    case xeTileLocalPagemap, xeTileLocalPagemapReturn
    case xeShrinkerCreate, xeShrinkerCreateReturn
    case xeCacheCreate, xeCacheCreateReturn
    case xeRangeFindOrInsert
    case xeRangeGetPages
    case xeRangeMigrateToSmem
    case xeRangeValidate
    case xeRangesZapPTEs
    case xeResolvePagemapReturn
    case xeFindVMAStart
    case xeHasMapping
    case xePrivatePageOwner
    case xeFlush

    // MARK: mm, and the device

    case exitMmap, exitMmapReturn
    case zoneDevicePageInit
    case freeZoneDeviceFolio
    case memremapPages
    case memunmapPages, memunmapPagesReturn
    case drmDevUnplug, drmDevUnplugReturn
    case migrateVmaSetup, migrateVmaSetupReturn
    case migrateVmaPages, migrateVmaPagesReturn
    case migrateVmaFinalize, migrateVmaFinalizeReturn
    case migrateDevicePfnsReturn
    case migrateDevicePages, migrateDevicePagesReturn
    case migrateDeviceFinalize, migrateDeviceFinalizeReturn
    case mapArraysReturn
    case unmapArrays
    case populateRamPfnMpages
    case notifierInsert, notifierInsertReturn
    case notifierRemove, notifierRemoveReturn

    // MARK: ftrace

    /// The stack of the event before it on its CPU: `PagemapEvent.stack`.
    case kernelStack

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
