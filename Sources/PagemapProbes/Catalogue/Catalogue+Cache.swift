import PagemapEvents

extension ProbeCatalogue {
  /// drm_pagemap_util.c: caches, shrinkers and owners.
  static let caches: [CatalogueProbe] = [
    .function(.cacheCreate, "shrinker drm=shrinker->drm dev=shrinker->drm->unique:string"),
    .function(.cacheCreateReturn, "shrinker ret=$retval:x64"),
    .function(
      .cacheFini,
      """
      cache=arg dpagemap=(drm_pagemap_cache)arg->dpagemap \
      shrinker=(drm_pagemap_cache)arg->shrinker
      """,
      offsets: "cache=$arg1:x64"),
    .function(.cacheLockLookup, "cache"),
    .function(.cacheLockLookupReturn, "cache ret=$retval"),
    .function(.cacheUnlockLookup, "cache"),
    .function(
      .getFromCache,
      """
      cache dpagemap=cache->dpagemap ref=cache->dpagemap->ref.refcount.refs.counter \
      queued=cache->queued.done
      """),
    .function(.getFromCacheReturn, "cache ret=$retval:x64 ref=$retval->ref.refcount.refs.counter"),
    .function(.getFromCacheIfActive, "cache dpagemap=cache->dpagemap"),
    .function(.getFromCacheIfActiveReturn, "cache ret=$retval:x64"),
    .function(
      .cacheSetPagemap,
      "cache dpagemap old=cache->dpagemap ref=dpagemap->ref.refcount.refs.counter"),
    .function(.shrinkerCreate, "drm dev=drm->unique:string"),
    .function(.shrinkerCreateReturn, "drm ret=$retval:x64"),
    .function(
      .shrinkerFini,
      """
      shrinker=arg num=(drm_pagemap_shrinker)arg->num_dpagemaps.counter \
      drm=(drm_pagemap_shrinker)arg->drm
      """,
      offsets: "shrinker=$arg1:x64"),
    .function(
      .shrinkerAdd,
      """
      dpagemap cache=dpagemap->cache shrinker=dpagemap->cache->shrinker \
      num=dpagemap->cache->shrinker->num_dpagemaps.counter
      """),
    .function(.shrinkerCancel, "dpagemap cache=dpagemap->cache"),
    .function(.shrinkerCancelReturn, "dpagemap ret=$retval"),
    .function(.shrinkerCountReturn, "shrink shrinker=shrink->private_data:x64 ret=$retval:s64"),
    .function(
      .shrinkerScan,
      """
      shrink shrinker=shrink->private_data:x64 \
      num=(drm_pagemap_shrinker)(shrink->private_data)->num_dpagemaps.counter \
      nr=sc->nr_to_scan
      """,
      offsets: "shrink shrinker=shrink->private_data:x64 nr=sc->nr_to_scan"),
    .function(
      .shrinkerScanReturn,
      "shrink shrinker=shrink->private_data:x64 scanned=sc->nr_scanned ret=$retval:s64"),
    .function(.acquireOwner, "peer list=owner_list private=peer->private:x64"),
    .function(
      .acquireOwnerReturn,
      "peer owner=peer->owner oref=peer->owner->kref.refcount.refs.counter ret=$retval"),
    .function(
      .releaseOwner,
      "peer owner=peer->owner oref=peer->owner->kref.refcount.refs.counter list=peer->list"),
  ].placed(in: "drm_pagemap", of: "drm_gpusvm_helper")
}
