package import PagemapEvents

/// A set of probes that recordings are made with: which events a trace of it has.
///
/// The sets are those of `fixtures/lab/probes`, and `xe` is `main` with probes on the functions of
/// the xe driver.
package enum ProbeSet: String, CaseIterable, Sendable {
  case base
  case main
  case full
  case all
  case pages
  case portable
  case pagesPortable = "pages-portable"
  case xe

  /// The events that it records.
  package var kinds: Set<PagemapEvent.Kind> {
    switch self {
    case .base: Set(Self.core + Self.mirror)
    case .main: ProbeSet.base.kinds.union(Self.memory)
    case .full: ProbeSet.base.kinds.union(Self.ranges)
    case .all: ProbeSet.main.kinds.union(Self.ranges + Self.passes)
    case .pages:
      ProbeSet.main.kinds.union(
        Self.arrays + [
          .cacheFiniReturn, .notifierInvalidateReturn, .deviceMap, .deviceMapReturn, .deviceUnmap,
        ])
    case .portable: Set(Self.core + Self.memory)
    case .pagesPortable: ProbeSet.portable.kinds.union(Self.arrays)
    case .xe:
      ProbeSet.main.kinds.union((EventTable.driver.rows + EventTable.xeSvm.rows).map(\.kind))
    }
  }

  /// Whether its events are enough for a rule.
  package func decides(_ rule: RuleMetadata) -> Bool {
    let kinds = kinds
    return rule.needs.allSatisfy { !kinds.isDisjoint(with: $0) }
  }

  /// The sets whose events are enough for a rule.
  package static func deciding(_ rule: RuleMetadata) -> [ProbeSet] {
    allCases.filter { $0.decides(rule) }
  }

  // MARK: What they are made of

  /// drm_pagemap.c and drm_pagemap_util.c.
  private static let core: [PagemapEvent.Kind] = [
    .pagemapInit, .pagemapInitReturn, .pagemapReinit, .pagemapReinitReturn, .pagemapPut,
    .pagemapPutReturn, .pagemapRelease, .pagemapDestroy, .devHold, .devHoldReturn, .devUnholdWork,
    .devmemInit, .populateMM, .populateMMReturn, .migrateToDevmem, .migrateToDevmemReturn,
    .migrateMapSystemPages, .migrateMapSystemPagesReturn, .migrateUnmapPages,
    .migratePopulateSrcPages, .migratePopulateRamPfn, .migratePopulateRamPfnReturn,
    .migrationUnlockPutPages, .retireMigratedPages, .skipRetiredPages, .evictToRam,
    .evictToRamReturn, .migrateToRam, .migrateToRamReturn, .migrateToRamWindow,
    .migrateToRamWindowReturn, .folioFree, .folioSplit, .zddDestroy, .pageToDpagemapReturn,
    .pagemapOpsGet, .cacheCreate, .cacheCreateReturn, .cacheFini, .cacheLockLookup,
    .cacheLockLookupReturn, .cacheUnlockLookup, .getFromCache, .getFromCacheReturn,
    .getFromCacheIfActive, .getFromCacheIfActiveReturn, .cacheSetPagemap, .shrinkerCreate,
    .shrinkerCreateReturn, .shrinkerFini, .shrinkerAdd, .shrinkerCancel, .shrinkerCancelReturn,
    .shrinkerCountReturn, .shrinkerScan, .shrinkerScanReturn, .acquireOwner, .acquireOwnerReturn,
    .releaseOwner,
  ]

  /// drm_gpusvm.c.
  private static let mirror: [PagemapEvent.Kind] = [
    .gpusvmInit, .gpusvmFini, .rangeFindOrInsert, .rangeFindOrInsertReturn, .rangeRemove,
    .rangePut, .rangeEvict, .rangeEvictReturn, .getPages, .getPagesReturn, .unmapPages, .freePages,
    .notifierInvalidate, .scanMMReturn, .rangeSetUnmapped,
  ]

  /// When mappings end, device pages start, device memory appears and goes.
  private static let memory: [PagemapEvent.Kind] = [
    .exitMmap, .exitMmapReturn, .zoneDevicePageInit, .memremapPages, .memunmapPages,
    .memunmapPagesReturn, .drmDevUnplug,
  ]

  /// What fires once a page.
  private static let ranges: [PagemapEvent.Kind] = [.migrateRange, .migrateRangeReturn]

  /// What the memory management does in a migration, without its arrays.
  private static let passes: [PagemapEvent.Kind] = [
    .zddAlloc, .freeZoneDeviceFolio, .migrateVmaSetup, .migrateVmaSetupReturn,
    .migrateDevicePfnsReturn,
  ]

  /// A migration's passes with the first 16 entries of their arrays, and the driver's copies.
  private static let arrays: [PagemapEvent.Kind] = [
    .freeZoneDeviceFolio, .migrateVmaPagesReturn, .migrateVmaFinalize, .migrateDevicePfnsReturn,
    .migrateDevicePages, .migrateDevicePagesReturn, .migrateDeviceFinalize, .mapArraysReturn,
    .unmapArrays, .populateRamPfnMpages, .copyToDevmem, .copyToDevmemReturn, .copyToRam,
    .copyToRamReturn,
  ]
}
