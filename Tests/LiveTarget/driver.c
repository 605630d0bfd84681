// SPDX-License-Identifier: Apache-2.0
// What a GPU driver does around drm_pagemap: devices, VMs, buffer objects.
#include <stdio.h>

#include "kernel.h"

enum { ENODEV = 19, ENOSPC = 28 };

static const uint64_t REGION_BYTES = (uint64_t)REGION_CHUNKS * CHUNK_PAGES * PAGE_BYTES;
static void *const PEER_PAGEMAP = (void *)0, *const PEER_VM = (void *)1;

// --- Pagemaps -----------------------------------------------------------------------------------

static void destroy_work(struct work *work) {
  struct pmf_pagemap *xp = container_of(work, struct pmf_pagemap, destroy_work);
  struct machine *machine = xp->machine;
  if (xp->mapped) memunmap_pages(&xp->pagemap);
  lock(&machine->lock);
  if (machine->pagemap == xp) machine->pagemap = NULL;
  unlock(&machine->lock);
  drm_pagemap_release_owner(&xp->peer);
  kfree(xp->pagemap.pages);
  kfree(xp);
}

void pmf_pagemap_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim) {
  struct pmf_pagemap *xp = container_of(dpagemap, struct pmf_pagemap, dpagemap);
  if (is_atomic_or_reclaim)
    queue_work(&xp->destroy_work);
  else
    destroy_work(&xp->destroy_work);
}

static struct pmf_pagemap *pagemap_create(struct machine *machine) {
  static uint64_t next_start = 0xfcf8000000;
  struct pmf_pagemap *xp = kzalloc(sizeof *xp);
  xp->machine = machine;
  xp->destroy_work.run = destroy_work;
  xp->peer.private = PEER_PAGEMAP;
  drm_pagemap_init(&xp->dpagemap, &xp->pagemap, &machine->drm, machine);
  drm_pagemap_acquire_owner(&xp->peer, &machine->owner_list, NULL);
  drm_pagemap_pagemap_ops_get();
  xp->pagemap.type = 1;
  xp->pagemap.owner = xp->peer.owner;
  xp->pagemap.start = __atomic_fetch_add(&next_start, REGION_BYTES, __ATOMIC_SEQ_CST);
  xp->pagemap.end = xp->pagemap.start + REGION_BYTES - 1;
  xp->pagemap.pages = kzalloc(REGION_CHUNKS * CHUNK_PAGES * sizeof(struct page));
  memremap_pages(&xp->pagemap, -1);
  xp->mapped = true;
  lock(&machine->lock);
  machine->pagemap = xp;
  unlock(&machine->lock);
  return xp;
}

static struct drm_pagemap *find_or_create(struct machine *machine) {
  drm_pagemap_cache_lock_lookup(machine->cache);
  struct drm_pagemap *dpagemap = drm_pagemap_get_from_cache(machine->cache);
  if (!dpagemap) {
    dpagemap = &pagemap_create(machine)->dpagemap;
    drm_pagemap_cache_set_pagemap(machine->cache, dpagemap);
  }
  drm_pagemap_cache_unlock_lookup(machine->cache);
  return dpagemap;
}

// --- Devices ------------------------------------------------------------------------------------

struct machine *machine_create(int number) {
  struct machine *machine = kzalloc(sizeof *machine);
  snprintf(machine->name, sizeof machine->name, "pmfake.%d", number);
  machine->device.name = machine->name;
  machine->drm.dev = &machine->device;
  machine->drm.unique = machine->name;
  lock_init(&machine->lock);
  lock_init(&machine->owner_list.lock);
  while (machine->free_chunks < REGION_CHUNKS) {
    machine->chunks[machine->free_chunks] = REGION_CHUNKS - 1 - machine->free_chunks;
    machine->free_chunks++;
  }
  machine->shrinker = drm_pagemap_shrinker_create_devm(&machine->drm);
  machine->cache = drm_pagemap_cache_create_devm(machine->shrinker);
  return machine;
}

// The device goes: devres unmaps its memory, ends the cache and then the shrinker.
void machine_unbind(struct machine *machine) {
  flush_work();
  drm_dev_unplug(&machine->drm);
  if (machine->pagemap) {
    memunmap_pages(&machine->pagemap->pagemap);
    machine->pagemap->mapped = false;
  }
  drm_pagemap_cache_fini(machine->cache);
  drm_pagemap_shrinker_fini(machine->shrinker);
  flush_work();
}

void machine_shrink(struct machine *machine) {
  struct shrink_control sc = {.nr_to_scan = 1};
  if (drm_pagemap_shrinker_count(machine->shrinker->shrink, &sc) > 0)
    drm_pagemap_shrinker_scan(machine->shrinker->shrink, &sc);
}

// --- VMs ----------------------------------------------------------------------------------------

struct pmf_vm *vm_open(struct machine *machine, struct mm_struct *mm) {
  struct pmf_vm *vm = kzalloc(sizeof *vm);
  vm->machine = machine;
  vm->peer.private = PEER_VM;
  drm_pagemap_acquire_owner(&vm->peer, &machine->owner_list, NULL);
  vm->pagemap = find_or_create(machine);
  drm_gpusvm_init(&vm->gpusvm, mm);
  return vm;
}

void vm_close(struct pmf_vm *vm, bool leaks) {
  if (!leaks) drm_pagemap_put(vm->pagemap);
  drm_pagemap_release_owner(&vm->peer);
  drm_gpusvm_fini(&vm->gpusvm);
  kfree(vm);
}

// --- Buffer objects -----------------------------------------------------------------------------

static void bo_release(struct bo *bo) {
  struct machine *machine = bo->machine;
  lock(&machine->lock);
  if (bo->previous) bo->previous->next = bo->next;
  if (bo->next) bo->next->previous = bo->previous;
  if (machine->oldest == bo) machine->oldest = bo->next;
  if (machine->newest == bo) machine->newest = bo->previous;
  machine->chunks[machine->free_chunks++] = bo->chunk;
  unlock(&machine->lock);
  mmdrop(bo->vma.vm_mm);
  kfree(bo);
}

void bo_put(struct bo *bo) {
  if (!atomic_add(&bo->ref.count, -1)) bo_release(bo);
}

void pmf_devmem_release(struct drm_pagemap_devmem *devmem) {
  bo_put(container_of(devmem, struct bo, devmem));
}

// Whether there is memory to evict, of a process that does not end anyway.
static bool is_evictable(struct bo *bo) {
  return !completion_done(&bo->devmem.detached) && bo->vma.vm_mm->users > 0;
}

static struct bo *get_oldest(struct machine *machine) {
  lock(&machine->lock);
  struct bo *bo = machine->oldest;
  while (bo && !(is_evictable(bo) && atomic_inc_not_zero(&bo->ref.count))) bo = bo->next;
  unlock(&machine->lock);
  return bo;
}

int bo_evict_oldest(struct machine *machine) {
  struct bo *bo = get_oldest(machine);
  if (!bo) return 0;
  lock(&bo->mmap_lock);
  int error = drm_pagemap_evict_to_ram(&bo->devmem);
  unlock(&bo->mmap_lock);
  bo_put(bo);
  return error;
}

static int reserve(struct machine *machine) {
  for (int attempt = 0; attempt < 1000; attempt++) {
    lock(&machine->lock);
    int chunk = machine->free_chunks ? machine->chunks[--machine->free_chunks] : -1;
    unlock(&machine->lock);
    if (chunk >= 0) return chunk;
    bo_evict_oldest(machine);
  }
  return -ENOSPC;
}

static void list_bo(struct bo *bo) {
  struct machine *machine = bo->machine;
  lock(&machine->lock);
  bo->previous = machine->newest;
  *(bo->previous ? &bo->previous->next : &machine->oldest) = bo;
  machine->newest = bo;
  unlock(&machine->lock);
}

int pmf_populate_mm(struct drm_pagemap *dpagemap, uint64_t start, uint64_t end,
                    struct mm_struct *mm, struct request *request) {
  struct machine *machine = container_of(dpagemap, struct pmf_pagemap, dpagemap)->machine;
  if (__atomic_load_n(&machine->drm.unplugged, __ATOMIC_SEQ_CST)) return -ENODEV;
  int chunk = reserve(machine);
  if (chunk < 0) return chunk;
  struct bo *bo = kzalloc(sizeof *bo);
  bo->ref.count = 2;  // one is consumed by drm_pagemap_migrate_to_devmem()
  bo->machine = machine;
  bo->chunk = chunk;
  bo->pages = dpagemap->pagemap->pages + chunk * CHUNK_PAGES;
  bo->npages = (end - start) / PAGE_BYTES;
  bo->order = request->order;
  bo->vma = (struct vm_area_struct){start, end, mm};
  lock_init(&bo->mmap_lock);
  lock_init(&bo->page_lock);
  mmgrab(mm);
  drm_pagemap_devmem_init(&bo->devmem, &machine->device, mm, machine, dpagemap, end - start, NULL);
  struct drm_pagemap_migrate_details details = {0};
  drm_pagemap_migrate_to_devmem(&bo->devmem, mm, start, end, &details);
  map_bo(bo);
  list_bo(bo);
  request->bo = bo;
  return 0;
}

// Migrates new memory of the process to the device. The caller gets a reference of the result.
struct bo *bo_migrate(struct pmf_vm *vm, unsigned npages, unsigned order) {
  struct request request = {.order = order};
  uint64_t start = mm_area((uint64_t)CHUNK_PAGES * PAGE_BYTES);
  drm_pagemap_get(vm->pagemap);
  drm_pagemap_populate_mm(vm->pagemap, start, start + (uint64_t)npages * PAGE_BYTES, vm->gpusvm.mm,
                          0, &request);
  drm_pagemap_put(vm->pagemap);
  return request.bo;
}

// The GPU maps the memory, if it is still on the device.
void bo_get_pages(struct bo *bo, struct pmf_vm *vm) {
  lock(&bo->page_lock);
  if (bo->present == bo_folios(bo)) {
    bo->gpusvm = &vm->gpusvm;
    drm_gpusvm_get_pages(&vm->gpusvm, &bo->svm_pages, bo->vma.vm_mm, bo->vma.vm_start,
                         bo->vma.vm_end, bo->pages);
  }
  unlock(&bo->page_lock);
}

void bo_unmap_pages(struct bo *bo) {
  lock(&bo->page_lock);
  if (bo->svm_pages.flags) drm_gpusvm_unmap_pages(bo->gpusvm, &bo->svm_pages, bo->npages);
  unlock(&bo->page_lock);
}

// The process touches its memory: a fault, where the memory is on the device.
void bo_fault(struct bo *bo, unsigned index) {
  struct page *page = bo_folio(bo, index);
  struct vm_fault vmf = {
      .vma = &bo->vma,
      .address = bo->vma.vm_start + ((uint64_t)index << bo->order) * PAGE_BYTES,
      .flags = 0xa54,
      .page = page};
  lock(&bo->mmap_lock);
  if (bo->present & 1u << index) {
    get_folio(page);
    drm_pagemap_migrate_to_ram(&vmf);
    put_folio(page);
  }
  unlock(&bo->mmap_lock);
}
