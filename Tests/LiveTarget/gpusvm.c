// SPDX-License-Identifier: Apache-2.0
// drivers/gpu/drm/drm_gpusvm.c, as far as it holds pagemaps.
#include "kernel.h"

enum { HAS_DEVMEM_PAGES = 2, HAS_DMA_MAPPING = 4 };

RETURN_MARKER(drm_gpusvm_get_pages, struct drm_gpusvm_pages *svm_pages, uint64_t start, int ret)

TRACED void drm_gpusvm_init(struct drm_gpusvm *gpusvm, struct mm_struct *mm) {
  gpusvm->mm = mm;
  mmgrab(mm);
}

TRACED void drm_gpusvm_fini(struct drm_gpusvm *gpusvm) { mmdrop(gpusvm->mm); }

TRACED int drm_gpusvm_get_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages,
                                struct mm_struct *mm, uint64_t start, uint64_t end,
                                struct page *page) {
  (void)gpusvm, (void)mm, (void)end;
  struct drm_pagemap *dpagemap = drm_pagemap_page_to_dpagemap(page);
  drm_pagemap_get(dpagemap);
  drm_pagemap_put(svm_pages->dpagemap);
  svm_pages->dpagemap = dpagemap;
  svm_pages->flags = HAS_DEVMEM_PAGES | HAS_DMA_MAPPING;
  drm_gpusvm_get_pages_ret(svm_pages, start, 0);
  return 0;
}

TRACED void drm_gpusvm_unmap_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages,
                                   uint64_t npages) {
  (void)gpusvm, (void)npages;
  struct drm_pagemap *dpagemap = svm_pages->dpagemap;
  svm_pages->dpagemap = NULL;
  svm_pages->flags = 0;
  drm_pagemap_put(dpagemap);
}

TRACED void drm_gpusvm_notifier_invalidate(void *mni, const struct mmu_notifier_range *range,
                                           uint64_t cur_seq) {
  (void)range, (void)cur_seq;
  struct bo *bo = mni;
  drm_gpusvm_unmap_pages(bo->gpusvm, &bo->svm_pages, bo->npages);
}
