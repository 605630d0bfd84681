// SPDX-License-Identifier: Apache-2.0
// drivers/gpu/drm/drm_pagemap_util.c: the cache of a region's pagemap, its shrinker, owner groups.
#include "kernel.h"

enum { SHRINK_EMPTY = -2, SHRINK_STOP = -1 };

RETURN_MARKER(drm_pagemap_shrinker_create_devm, struct drm_device *drm,
              struct drm_pagemap_shrinker *ret)
RETURN_MARKER(drm_pagemap_shrinker_cancel, struct drm_pagemap *dpagemap, bool ret)
RETURN_MARKER(drm_pagemap_shrinker_count, struct shrinker *shrink, struct shrink_control *sc,
              int64_t ret)
RETURN_MARKER(drm_pagemap_shrinker_scan, struct shrinker *shrink, struct shrink_control *sc,
              int64_t ret)
RETURN_MARKER(drm_pagemap_cache_create_devm, struct drm_pagemap_shrinker *shrinker,
              struct drm_pagemap_cache *ret)
RETURN_MARKER(drm_pagemap_cache_lock_lookup, struct drm_pagemap_cache *cache, int ret)
RETURN_MARKER(drm_pagemap_get_from_cache, struct drm_pagemap_cache *cache, struct drm_pagemap *ret)
RETURN_MARKER(drm_pagemap_acquire_owner, struct drm_pagemap_peer *peer, int ret)

// --- The shrinker -------------------------------------------------------------------------------

TRACED struct drm_pagemap_shrinker *drm_pagemap_shrinker_create_devm(struct drm_device *drm) {
  struct drm_pagemap_shrinker *shrinker = kzalloc(sizeof *shrinker);
  shrinker->drm = drm;
  shrinker->shrink = kzalloc(sizeof *shrinker->shrink);
  shrinker->shrink->private_data = shrinker;
  list_init(&shrinker->dpagemaps);
  lock_init(&shrinker->lock);
  drm_pagemap_shrinker_create_devm_ret(drm, shrinker);
  return shrinker;
}

TRACED void drm_pagemap_shrinker_fini(void *arg) {
  struct drm_pagemap_shrinker *shrinker = arg;
  kfree(shrinker->shrink);
  kfree(shrinker);
}

TRACED void drm_pagemap_shrinker_add(struct drm_pagemap *dpagemap) {
  struct drm_pagemap_cache *cache = dpagemap->cache;
  if (!cache || __atomic_load_n(&dpagemap->drm->unplugged, __ATOMIC_SEQ_CST)) {
    drm_pagemap_destroy(dpagemap, true);
    return;
  }
  struct drm_pagemap_shrinker *shrinker = cache->shrinker;
  lock(&shrinker->lock);
  list_add_tail(&dpagemap->shrink_link, &shrinker->dpagemaps);
  atomic_add(&shrinker->num_dpagemaps, 1);
  unlock(&shrinker->lock);
  complete_all(&cache->queued);
}

TRACED bool drm_pagemap_shrinker_cancel(struct drm_pagemap *dpagemap) {
  struct drm_pagemap_shrinker *shrinker = dpagemap->cache->shrinker;
  lock(&shrinker->lock);
  bool cancel = !list_empty(&dpagemap->shrink_link);
  if (cancel) {
    list_del_init(&dpagemap->shrink_link);
    atomic_add(&shrinker->num_dpagemaps, -1);
  }
  unlock(&shrinker->lock);
  drm_pagemap_shrinker_cancel_ret(dpagemap, cancel);
  return cancel;
}

TRACED int64_t drm_pagemap_shrinker_count(struct shrinker *shrink, struct shrink_control *sc) {
  struct drm_pagemap_shrinker *shrinker = shrink->private_data;
  int count = __atomic_load_n(&shrinker->num_dpagemaps, __ATOMIC_SEQ_CST);
  int64_t ret = count ? count : SHRINK_EMPTY;
  drm_pagemap_shrinker_count_ret(shrink, sc, ret);
  return ret;
}

static struct drm_pagemap *take_oldest(struct drm_pagemap_shrinker *shrinker) {
  struct drm_pagemap *dpagemap = NULL;
  lock(&shrinker->lock);
  if (!list_empty(&shrinker->dpagemaps)) {
    dpagemap = container_of(shrinker->dpagemaps.next, struct drm_pagemap, shrink_link);
    list_del_init(&dpagemap->shrink_link);
    atomic_add(&shrinker->num_dpagemaps, -1);
  }
  unlock(&shrinker->lock);
  return dpagemap;
}

TRACED int64_t drm_pagemap_shrinker_scan(struct shrinker *shrink, struct shrink_control *sc) {
  struct drm_pagemap *dpagemap;
  while (sc->nr_scanned < sc->nr_to_scan && (dpagemap = take_oldest(shrink->private_data))) {
    sc->nr_scanned++;
    struct drm_pagemap_cache *cache = dpagemap->cache;
    lock(&cache->lock);
    if (cache->dpagemap == dpagemap) cache->dpagemap = NULL;
    unlock(&cache->lock);
    drm_pagemap_destroy(dpagemap, true);
  }
  int64_t ret = sc->nr_scanned ? (int64_t)sc->nr_scanned : SHRINK_STOP;
  drm_pagemap_shrinker_scan_ret(shrink, sc, ret);
  return ret;
}

// --- The cache ----------------------------------------------------------------------------------

TRACED struct drm_pagemap_cache *drm_pagemap_cache_create_devm(
    struct drm_pagemap_shrinker *shrinker) {
  struct drm_pagemap_cache *cache = kzalloc(sizeof *cache);
  cache->shrinker = shrinker;
  lock_init(&cache->lookup_mutex);
  lock_init(&cache->lock);
  drm_pagemap_cache_create_devm_ret(shrinker, cache);
  return cache;
}

TRACED void drm_pagemap_cache_fini(void *arg) {
  struct drm_pagemap_cache *cache = arg;
  lock(&cache->lock);
  struct drm_pagemap *dpagemap = cache->dpagemap;
  cache->dpagemap = NULL;
  if (dpagemap && !drm_pagemap_shrinker_cancel(dpagemap)) dpagemap = NULL;
  unlock(&cache->lock);
  if (dpagemap) drm_pagemap_destroy(dpagemap, false);
  kfree(cache);
}

TRACED int drm_pagemap_cache_lock_lookup(struct drm_pagemap_cache *cache) {
  lock(&cache->lookup_mutex);
  drm_pagemap_cache_lock_lookup_ret(cache, 0);
  return 0;
}

TRACED void drm_pagemap_cache_unlock_lookup(struct drm_pagemap_cache *cache) {
  unlock(&cache->lookup_mutex);
}

TRACED void drm_pagemap_cache_set_pagemap(struct drm_pagemap_cache *cache,
                                          struct drm_pagemap *dpagemap) {
  lock(&cache->lock);
  dpagemap->cache = cache;
  cache->dpagemap = dpagemap;
  __atomic_store_n(&cache->queued.done, 0, __ATOMIC_SEQ_CST);
  unlock(&cache->lock);
}

static struct drm_pagemap *revive(struct drm_pagemap_cache *cache, struct drm_pagemap *dpagemap) {
  bool cancelled = drm_pagemap_shrinker_cancel(dpagemap);
  cache->dpagemap = NULL;
  unlock(&cache->lock);
  if (!cancelled) return NULL;
  drm_pagemap_reinit(dpagemap);
  drm_pagemap_cache_set_pagemap(cache, dpagemap);
  return dpagemap;
}

TRACED struct drm_pagemap *drm_pagemap_get_from_cache(struct drm_pagemap_cache *cache) {
  struct drm_pagemap *found;
  for (;;) {
    lock(&cache->lock);
    struct drm_pagemap *dpagemap = cache->dpagemap;
    if (!dpagemap || atomic_inc_not_zero(&dpagemap->ref.count)) {
      unlock(&cache->lock);
      found = dpagemap;
      break;
    }
    if (completion_done(&cache->queued)) {
      found = revive(cache, dpagemap);
      break;
    }
    unlock(&cache->lock);
    sched_yield();
  }
  drm_pagemap_get_from_cache_ret(cache, found);
  return found;
}

// --- Owner groups -------------------------------------------------------------------------------

TRACED int drm_pagemap_acquire_owner(struct drm_pagemap_peer *peer,
                                     struct drm_pagemap_owner_list *list, void *has_interconnect) {
  (void)has_interconnect;
  lock(&list->lock);
  if (list->owner) {
    atomic_add(&list->owner->kref.count, 1);
  } else {
    list->owner = kzalloc(sizeof *list->owner);
    list->owner->kref.count = 1;
  }
  peer->list = list;
  peer->owner = list->owner;
  unlock(&list->lock);
  drm_pagemap_acquire_owner_ret(peer, 0);
  return 0;
}

TRACED void drm_pagemap_release_owner(struct drm_pagemap_peer *peer) {
  struct drm_pagemap_owner *owner = peer->owner;
  if (!owner) return;
  lock(&peer->list->lock);
  peer->owner = NULL;
  if (!atomic_add(&owner->kref.count, -1)) {
    peer->list->owner = NULL;
    kfree(owner);
  }
  unlock(&peer->list->lock);
}
