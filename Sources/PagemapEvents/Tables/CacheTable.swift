extension EventTable {
  /// drm_pagemap_util.c: the pagemap cache, its shrinker, and owner groups.
  static let cache: [EventRow] = caches + lookups + shrinkers + owners

  private static let caches: [EventRow] = [
    EventRow(
      .cacheCreate, [],
      [
        .value(.shrinker), .value(.drm, through: .shrinker), .name(through: .drm),
      ]),
    EventRow(.cacheCreateReturn, [], [.value(.shrinker), .returns(pointerTo: .cache)]),
    EventRow(
      .cacheFini, [],
      [
        .value(.cache, "cache", "arg"), .value(.dpagemap, through: .cache),
        .value(.shrinker, through: .cache),
      ]),
    EventRow(.cacheFiniReturn, [], [.value(.cache, "cache", "arg")]),
  ]

  private static let lookups: [EventRow] = [
    EventRow(.cacheLockLookup, [], [.value(.cache)]),
    EventRow(.cacheLockLookupReturn, [], [.value(.cache), .returns(.int)]),
    EventRow(.cacheUnlockLookup, [], [.value(.cache)]),
    EventRow(.cacheUnlockLookupReturn, [], [.value(.cache)]),
    EventRow(
      .getFromCache, [],
      [
        .value(.cache), .value(.dpagemap, through: .cache), .int(.ref, through: .dpagemap),
        .unsigned(.queued, through: .cache),
      ]),
    // On return the pagemap is what the function returns, and the count is that one's.
    EventRow(
      .getFromCacheReturn, [],
      [
        .value(.cache), .returns(pointerTo: .dpagemap), .int(.ref, through: .dpagemap),
      ]),
    EventRow(
      .getFromCacheIfActive, [],
      [
        .value(.cache), .value(.dpagemap, through: .cache), .int(.ref, through: .dpagemap),
      ]),
    EventRow(
      .getFromCacheIfActiveReturn, [],
      [
        .value(.cache), .returns(pointerTo: .dpagemap), .int(.ref, through: .dpagemap),
      ]),
    EventRow(
      .cacheSetPagemap, [],
      [
        .value(.cache), .value(.dpagemap), .value(.old, through: .cache),
        .int(.ref, through: .dpagemap),
      ]),
    EventRow(.cacheSetPagemapReturn, [], [.value(.cache), .value(.dpagemap)]),
  ]

  private static let shrinkers: [EventRow] = [
    EventRow(.shrinkerCreate, [], [.value(.drm), .name(through: .drm)]),
    EventRow(.shrinkerCreateReturn, [], [.value(.drm), .returns(pointerTo: .shrinker)]),
    EventRow(
      .shrinkerFini, [],
      [
        .value(.shrinker, "shrinker", "arg"), .int(.num, through: .shrinker),
        .value(.drm, through: .shrinker),
      ]),
    EventRow(.shrinkerFiniReturn, [], [.value(.shrinker, "shrinker", "arg")]),
    EventRow(
      .shrinkerAdd, [],
      [
        .value(.dpagemap), .value(.cache, through: .dpagemap), .value(.shrinker, through: .cache),
        .int(.num, through: .shrinker),
      ]),
    EventRow(
      .shrinkerAddReturn, [],
      [
        .value(.dpagemap), .value(.cache, through: .dpagemap), .value(.shrinker, through: .cache),
        .int(.num, through: .shrinker), .returns(.int),
      ]),
    EventRow(.shrinkerCancel, [], [.value(.dpagemap), .value(.cache, through: .dpagemap)]),
    EventRow(.shrinkerCancelReturn, [], [.value(.dpagemap), .returns(.bool)]),
    EventRow(
      .shrinkerCountReturn, [],
      [
        .value(.shrink), .value(.shrinker, through: .shrink), .returns(.long),
      ]),
    EventRow(
      .shrinkerScan, [],
      [
        .value(.shrink), .value(.shrinker, through: .shrink), .int(.num, through: .shrinker),
        .value(.count, "nr", "nr_to_scan"),
      ]),
    EventRow(
      .shrinkerScanReturn, [],
      [
        .value(.shrink), .value(.shrinker, through: .shrink),
        .value(.count, "scanned", "nr_scanned"), .returns(.long),
      ]),
  ]

  private static let owners: [EventRow] = [
    EventRow(
      .acquireOwner, [],
      [
        .value(.peer), .value(.ownerList, "list", "owner_list"),
        .value(.peerPrivate, through: .peer),
      ]),
    EventRow(
      .acquireOwnerReturn, [],
      [
        .value(.peer), .value(.owner, through: .peer), .int(.ownerRef, through: .owner),
        .returns(.int),
      ]),
    EventRow(
      .releaseOwner, [],
      [
        .value(.peer), .value(.owner, through: .peer), .int(.ownerRef, through: .owner),
        .value(.ownerList, "list", "owner_list", through: .peer),
      ]),
    EventRow(.releaseOwnerReturn, [], [.value(.peer), .value(.owner, through: .peer)]),
  ]
}
