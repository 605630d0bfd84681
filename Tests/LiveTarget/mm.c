// SPDX-License-Identifier: Apache-2.0
// Address spaces, device pages and what maps them.
#include "kernel.h"

static const uint64_t PAGE_FLAGS = 0x27ffffc002201c, HEAD = 1 << 6;

RETURN_MARKER(exit_mmap, struct mm_struct *mm)
RETURN_MARKER(memunmap_pages, struct dev_pagemap *pgmap)

// --- Address spaces -----------------------------------------------------------------------------

struct mm_struct *mm_alloc(void) {
  struct mm_struct *mm = kzalloc(sizeof *mm);
  mm->users = mm->count = 1;
  lock_init(&mm->lock);
  return mm;
}

void mmgrab(struct mm_struct *mm) { atomic_add(&mm->count, 1); }

void mmdrop(struct mm_struct *mm) {
  if (!atomic_add(&mm->count, -1)) kfree(mm);
}

bool mmget_not_zero(struct mm_struct *mm) { return atomic_inc_not_zero(&mm->users); }

static struct bo *take_mapped(struct mm_struct *mm, struct bo *wanted) {
  lock(&mm->lock);
  struct bo **at = &mm->mapped;
  while (*at && wanted && *at != wanted) at = &(*at)->next_mapped;
  struct bo *found = *at;
  if (found) *at = found->next_mapped;
  unlock(&mm->lock);
  return found;
}

static void zap(struct bo *bo) {
  lock(&bo->mmap_lock);
  lock(&bo->page_lock);
  uint32_t folios = bo_collect(bo, UINT32_MAX, NULL);
  unlock(&bo->page_lock);
  bo_put_folios(bo, folios);
  unlock(&bo->mmap_lock);
}

TRACED void exit_mmap(struct mm_struct *mm) {
  struct bo *bo;
  while ((bo = take_mapped(mm, NULL))) {
    zap(bo);
    bo_put(bo);
  }
  exit_mmap_ret(mm);
}

void mmput(struct mm_struct *mm) {
  if (atomic_add(&mm->users, -1)) return;
  exit_mmap(mm);
  mmdrop(mm);
}

static void exit_work(struct work *work) {
  struct mm_struct *mm = container_of(work, struct mm_struct, exit_work);
  exit_mmap(mm);
  mmdrop(mm);
}

void mmput_async(struct mm_struct *mm) {
  if (atomic_add(&mm->users, -1)) return;
  mm->exit_work.run = exit_work;
  queue_work(&mm->exit_work);
}

// A range of addresses that no process had before: memory that comes and goes is no ping-pong.
uint64_t mm_area(uint64_t size) {
  static uint64_t next = 0x7f0000000000;
  return __atomic_fetch_add(&next, size, __ATOMIC_SEQ_CST);
}

void map_bo(struct bo *bo) {
  struct mm_struct *mm = bo->vma.vm_mm;
  atomic_add(&bo->ref.count, 1);
  lock(&mm->lock);
  bo->next_mapped = mm->mapped;
  mm->mapped = bo;
  unlock(&mm->lock);
}

void munmap_bo(struct bo *bo) {
  if (!take_mapped(bo->vma.vm_mm, bo)) return;
  zap(bo);
  bo_put(bo);
}

// --- Folios -------------------------------------------------------------------------------------

struct page *bo_folio(const struct bo *bo, unsigned index) {
  return bo->pages + (index << bo->order);
}

uint32_t bo_folios(const struct bo *bo) { return (1u << (bo->npages >> bo->order)) - 1; }

void get_folio(struct page *folio) { atomic_add(&folio->refcount, 1); }

void put_folio(struct page *folio) {
  if (!atomic_add(&folio->refcount, -1)) drm_pagemap_folio_free(folio);
}

// Locks and unmaps folios, as far as nobody else holds them: the handler of a fault holds its page.
// The caller has the page lock. Answers which, and their references are the caller's.
uint32_t bo_collect(struct bo *bo, uint32_t wanted, const struct page *fault_page) {
  uint32_t folios = 0;
  for (unsigned i = 0; i < CHUNK_PAGES; i++) {
    if (!(bo->present & wanted & 1u << i)) continue;
    struct page *folio = bo_folio(bo, i);
    int expected = folio == fault_page ? 2 : 1;
    if (wanted == UINT32_MAX || __atomic_load_n(&folio->refcount, __ATOMIC_SEQ_CST) == expected)
      folios |= 1u << i;
  }
  if (folios && bo->svm_pages.flags) {
    struct mmu_notifier_range range = {
        .mm = bo->vma.vm_mm, .start = bo->vma.vm_start, .end = bo->vma.vm_end, .event = 6};
    drm_gpusvm_notifier_invalidate(bo, &range, 1);
  }
  bo->present &= ~folios;
  return folios;
}

void bo_put_folios(struct bo *bo, uint32_t folios) {
  for (unsigned i = 0; i < CHUNK_PAGES; i++)
    if (folios & 1u << i) put_folio(bo_folio(bo, i));
}

TRACED void zone_device_page_init(struct page *page, struct dev_pagemap *pgmap, unsigned order) {
  for (unsigned i = 0; i < 1u << order; i++) {
    page[i].flags = PAGE_FLAGS;
    page[i].pgmap = pgmap;
  }
  if (order) {
    page[0].flags |= HEAD;
    page[1].flags = (PAGE_FLAGS & ~0xffull) | order;
  }
  __atomic_store_n(&page->refcount, 1, __ATOMIC_SEQ_CST);
}

TRACED void memremap_pages(struct dev_pagemap *pgmap, int nid) {
  (void)nid;
  for (int i = 0; i < REGION_CHUNKS * CHUNK_PAGES; i++) {
    pgmap->pages[i].pgmap = pgmap;
    pgmap->pages[i].flags = PAGE_FLAGS;
  }
}

TRACED void memunmap_pages(struct dev_pagemap *pgmap) { memunmap_pages_ret(pgmap); }
