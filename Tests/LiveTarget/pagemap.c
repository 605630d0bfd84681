// SPDX-License-Identifier: Apache-2.0
// drivers/gpu/drm/drm_pagemap.c: pagemaps, and the migration of pages to the device and back.
#include "kernel.h"

enum { MIGRATED = 1, EFAULT = 14, EBUSY = 16, ENODEV = 19, ATTEMPTS = 3 };

RETURN_MARKER(drm_pagemap_init, struct drm_pagemap *dpagemap, int ret)
RETURN_MARKER(drm_pagemap_reinit, struct drm_pagemap *dpagemap, int ret)
RETURN_MARKER(drm_pagemap_put, struct drm_pagemap *dpagemap)
RETURN_MARKER(drm_pagemap_dev_hold, void *ret)
RETURN_MARKER(drm_pagemap_populate_mm, struct drm_pagemap *dpagemap, uint64_t start, uint64_t end,
              int ret)
RETURN_MARKER(drm_pagemap_migrate_to_devmem, struct drm_pagemap_devmem *devmem, uint64_t start,
              uint64_t end, int ret)
RETURN_MARKER(drm_pagemap_migrate_map_system_pages, uint64_t npages, int ret)
RETURN_MARKER(drm_pagemap_migrate_populate_ram_pfn, int ret)
RETURN_MARKER(drm_pagemap_evict_to_ram, struct drm_pagemap_devmem *devmem, int ret)
RETURN_MARKER(drm_pagemap_migrate_to_ram, struct vm_fault *vmf, uint32_t ret)
RETURN_MARKER(__drm_pagemap_migrate_to_ram, struct page *page, uint64_t fault_addr, uint64_t size,
              int ret)
RETURN_MARKER(drm_pagemap_page_to_dpagemap, struct page *page, struct drm_pagemap *ret)

// --- Life of a pagemap --------------------------------------------------------------------------

static struct drm_pagemap_dev_hold *unhold_list;
static lock_t unhold_lock = {PTHREAD_MUTEX_INITIALIZER};

TRACED void drm_pagemap_dev_unhold_work(struct work *work) {
  (void)work;
  lock(&unhold_lock);
  struct drm_pagemap_dev_hold *hold = unhold_list;
  unhold_list = NULL;
  unlock(&unhold_lock);
  while (hold) {
    struct drm_pagemap_dev_hold *next = hold->next;
    kfree(hold);
    hold = next;
  }
}

static struct work unhold_work = {.run = drm_pagemap_dev_unhold_work};

// Since 7.3 the compiler hands it the device instead of the pagemap.
TRACED struct drm_pagemap_dev_hold *drm_pagemap_dev_hold(struct drm_device *drm) {
  struct drm_pagemap_dev_hold *hold = kzalloc(sizeof *hold);
  hold->drm = drm;
  drm_pagemap_dev_hold_ret(hold);
  return hold;
}

TRACED int drm_pagemap_init(struct drm_pagemap *dpagemap, struct dev_pagemap *pagemap,
                            struct drm_device *drm, const void *ops) {
  dpagemap->ref.count = 1;
  dpagemap->ops = ops;
  dpagemap->pagemap = pagemap;
  dpagemap->drm = drm;
  list_init(&dpagemap->shrink_link);
  dpagemap->dev_hold = drm_pagemap_dev_hold(drm);
  drm_pagemap_init_ret(dpagemap, 0);
  return 0;
}

TRACED int drm_pagemap_reinit(struct drm_pagemap *dpagemap) {
  dpagemap->dev_hold = drm_pagemap_dev_hold(dpagemap->drm);
  dpagemap->ref.count = 1;
  drm_pagemap_reinit_ret(dpagemap, 0);
  return 0;
}

TRACED void drm_pagemap_release(struct kref *ref) {
  struct drm_pagemap *dpagemap = container_of(ref, struct drm_pagemap, ref);
  struct drm_pagemap_dev_hold *hold = dpagemap->dev_hold;
  dpagemap->dev_hold = NULL;
  drm_pagemap_shrinker_add(dpagemap);
  lock(&unhold_lock);
  hold->next = unhold_list;
  unhold_list = hold;
  unlock(&unhold_lock);
  queue_work(&unhold_work);
}

void drm_pagemap_get(struct drm_pagemap *dpagemap) { atomic_add(&dpagemap->ref.count, 1); }

// Where the compiler inlined drm_pagemap_put().
static void put_inlined(struct drm_pagemap *dpagemap) {
  if (dpagemap && !atomic_add(&dpagemap->ref.count, -1)) drm_pagemap_release(&dpagemap->ref);
}

TRACED void drm_pagemap_put(struct drm_pagemap *dpagemap) {
  put_inlined(dpagemap);
  drm_pagemap_put_ret(dpagemap);
}

TRACED void drm_pagemap_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim) {
  pmf_pagemap_destroy(dpagemap, is_atomic_or_reclaim);
}

TRACED void drm_pagemap_pagemap_ops_get(void) { __asm__ volatile(""); }

TRACED struct drm_pagemap *drm_pagemap_page_to_dpagemap(struct page *page) {
  struct drm_pagemap_zdd *zdd = (void *)(page->zone_device_data & ~(uintptr_t)MIGRATED);
  drm_pagemap_page_to_dpagemap_ret(page, zdd->dpagemap);
  return zdd->dpagemap;
}

TRACED void drm_dev_unplug(struct drm_device *drm) {
  __atomic_store_n(&drm->unplugged, true, __ATOMIC_SEQ_CST);
}

// --- Zone device data ---------------------------------------------------------------------------

static struct drm_pagemap_zdd *zdd_of(struct page *folio) {
  return (void *)(folio->zone_device_data & ~(uintptr_t)MIGRATED);
}

TRACED void drm_pagemap_zdd_destroy(struct kref *ref) {
  struct drm_pagemap_zdd *zdd = container_of(ref, struct drm_pagemap_zdd, refcount);
  struct drm_pagemap_devmem *devmem = zdd->devmem_allocation;
  struct drm_pagemap *dpagemap = zdd->dpagemap;
  if (devmem) {
    complete_all(&devmem->detached);
    pmf_devmem_release(devmem);
  }
  kfree(zdd);
  put_inlined(dpagemap);
}

static void zdd_put(struct drm_pagemap_zdd *zdd) {
  if (!atomic_add(&zdd->refcount.count, -1)) drm_pagemap_zdd_destroy(&zdd->refcount);
}

static struct drm_pagemap_zdd *zdd_alloc(struct drm_pagemap *dpagemap) {
  struct drm_pagemap_zdd *zdd = kzalloc(sizeof *zdd);
  zdd->refcount.count = 1;
  zdd->dpagemap = dpagemap;
  drm_pagemap_get(dpagemap);
  return zdd;
}

TRACED void drm_pagemap_folio_free(struct page *folio) { zdd_put(zdd_of(folio)); }

// --- Steps of a migration -----------------------------------------------------------------------

TRACED int drm_pagemap_migrate_map_system_pages(struct device *dev, void *addresses, void *pfns,
                                                uint64_t npages, int dir) {
  (void)dev, (void)addresses, (void)pfns, (void)dir;
  drm_pagemap_migrate_map_system_pages_ret(npages, 0);
  return 0;
}

TRACED void drm_pagemap_migrate_unmap_pages(struct device *dev, void *addresses, void *pfns,
                                            uint64_t npages, int dir) {
  __asm__ volatile("");
}

TRACED void drm_pagemap_migrate_populate_src_pages(void *pages, void *pfns, uint64_t npages) {
  __asm__ volatile("");
}

TRACED void drm_pagemap_skip_retired_pages(void *pfns, uint64_t npages) { __asm__ volatile(""); }

TRACED int drm_pagemap_migrate_populate_ram_pfn(struct vm_area_struct *vas, struct page *fault_page,
                                                uint64_t npages, uint64_t *mpages, void *source,
                                                void *destination) {
  drm_pagemap_migrate_populate_ram_pfn_ret(0);
  return 0;
}

TRACED void drm_pagemap_retire_migrated_pages(struct bo *bo, uint32_t folios, uint64_t npages) {
  (void)npages;
  for (unsigned i = 0; i < CHUNK_PAGES; i++)
    if (folios & 1u << i) bo_folio(bo, i)->zone_device_data |= MIGRATED;
}

// Moves the collected folios to system memory.
static void move_to_ram(struct bo *bo, struct vm_area_struct *vas, struct page *fault_page,
                        uint32_t folios) {
  struct device *dev = bo->devmem.dev;
  uint64_t npages = bo->npages, mpages = 0;
  void *array = bo;
  drm_pagemap_skip_retired_pages(array, npages);
  drm_pagemap_migrate_populate_ram_pfn(vas, fault_page, npages, &mpages, array, array);
  if (!folios) return;
  drm_pagemap_migrate_map_system_pages(dev, array, array, npages, FROM_DEVICE);
  drm_pagemap_migrate_populate_src_pages(array, array, npages);
  drm_pagemap_migrate_unmap_pages(dev, array, array, npages, FROM_DEVICE);
  drm_pagemap_retire_migrated_pages(bo, folios, npages);
}

// --- To the device ------------------------------------------------------------------------------

TRACED void drm_pagemap_devmem_init(struct drm_pagemap_devmem *devmem, struct device *dev,
                                    struct mm_struct *mm, const void *ops,
                                    struct drm_pagemap *dpagemap, uint64_t size, void *fence) {
  devmem->dev = dev;
  devmem->mm = mm;
  devmem->ops = ops;
  devmem->dpagemap = dpagemap;
  devmem->size = size;
  devmem->pre_migrate_fence = fence;
}

TRACED int drm_pagemap_populate_mm(struct drm_pagemap *dpagemap, uint64_t start, uint64_t end,
                                   struct mm_struct *mm, uint64_t timeslice_ms,
                                   struct request *request) {
  (void)timeslice_ms;
  int error = -EFAULT;
  if (mmget_not_zero(mm)) {
    error = pmf_populate_mm(dpagemap, start, end, mm, request);
    mmput(mm);
  }
  drm_pagemap_populate_mm_ret(dpagemap, start, end, error);
  return error;
}

TRACED int drm_pagemap_migrate_to_devmem(struct drm_pagemap_devmem *devmem, struct mm_struct *mm,
                                         uint64_t start, uint64_t end,
                                         const struct drm_pagemap_migrate_details *details) {
  (void)mm, (void)details;
  struct bo *bo = container_of(devmem, struct bo, devmem);
  struct drm_pagemap_zdd *zdd = zdd_alloc(devmem->dpagemap);
  zdd->devmem_allocation = devmem;
  lock(&bo->page_lock);
  uint32_t folios = bo_folios(bo);
  for (unsigned i = 0; i < CHUNK_PAGES; i++) {
    if (!(folios & 1u << i)) continue;
    struct page *folio = bo_folio(bo, i);
    atomic_add(&zdd->refcount.count, 1);
    zone_device_page_init(folio, devmem->dpagemap->pagemap, bo->order);
    folio->zone_device_data = (uintptr_t)zdd;
  }
  drm_pagemap_migrate_map_system_pages(devmem->dev, bo, bo, bo->npages, TO_DEVICE);
  drm_pagemap_migrate_unmap_pages(devmem->dev, bo, bo, bo->npages, TO_DEVICE);
  bo->present = folios;
  unlock(&bo->page_lock);
  zdd_put(zdd);
  drm_pagemap_migrate_to_devmem_ret(devmem, start, end, 0);
  return 0;
}

// --- To system memory ---------------------------------------------------------------------------

TRACED int __drm_pagemap_migrate_to_ram(struct vm_area_struct *vas, struct page *page,
                                        uint64_t fault_addr, uint64_t size) {
  struct bo *bo = container_of(zdd_of(page)->devmem_allocation, struct bo, devmem);
  lock(&bo->page_lock);
  uint32_t folios = bo_collect(bo, bo_folios(bo), page);
  if (folios) move_to_ram(bo, vas, page, folios);
  unlock(&bo->page_lock);
  bo_put_folios(bo, folios);
  __drm_pagemap_migrate_to_ram_ret(page, fault_addr, size, 0);
  return 0;
}

TRACED uint32_t drm_pagemap_migrate_to_ram(struct vm_fault *vmf) {
  struct drm_pagemap_devmem *devmem = zdd_of(vmf->page)->devmem_allocation;
  __drm_pagemap_migrate_to_ram(vmf->vma, vmf->page, vmf->address, devmem->size);
  drm_pagemap_migrate_to_ram_ret(vmf, 0);
  return 0;
}

static int evict_once(struct drm_pagemap_devmem *devmem) {
  struct bo *bo = container_of(devmem, struct bo, devmem);
  if (!mmget_not_zero(devmem->mm)) return -EFAULT;
  lock(&bo->page_lock);
  uint32_t folios = bo_collect(bo, bo_folios(bo), NULL);
  move_to_ram(bo, NULL, NULL, folios);
  unlock(&bo->page_lock);
  bo_put_folios(bo, folios);
  mmput_async(devmem->mm);
  return 0;
}

TRACED int drm_pagemap_evict_to_ram(struct drm_pagemap_devmem *devmem) {
  int error = 0;
  for (int attempt = 0; attempt < ATTEMPTS && !error; attempt++) {
    error = evict_once(devmem);
    if (completion_done(&devmem->detached)) break;
    if (attempt + 1 < ATTEMPTS) sched_yield();
  }
  if (!error && !completion_done(&devmem->detached)) error = -EBUSY;
  drm_pagemap_evict_to_ram_ret(devmem, error);
  return error;
}
