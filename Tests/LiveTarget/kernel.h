// SPDX-License-Identifier: Apache-2.0
// A process that behaves like drm_pagemap, so that uprobes see what probes see in the kernel. The
// functions have the kernel's names and arguments; fields that probes read by offset in the kernel
// are at the same offsets here. Locks are mutexes, work runs in a thread, page tables are bit maps.
#ifndef KERNEL_H
#define KERNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A function that probes find: never inlined, cloned or given other arguments.
#define TRACED __attribute__((noipa))

// The place where a probe sees what a function returned, together with what it was given; probes of
// returns proper see the result alone.
#define RETURN_MARKER(function, ...) \
  TRACED void function##_ret(__VA_ARGS__) { __asm__ volatile(""); }

#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

enum { CHUNK_PAGES = 16, CHUNK_ORDER = 4, REGION_CHUNKS = 256, PAGE_BYTES = 4096 };
enum { TO_DEVICE = 1, FROM_DEVICE = 2 };  // enum dma_data_direction

typedef struct { pthread_mutex_t mutex; } lock_t;
struct kref { int count; };
struct list_head { struct list_head *next, *previous; };
struct completion { unsigned done; uint32_t pad; struct list_head waiters; };
struct device { const char *name; };

struct work {
  struct work *next;
  void (*run)(struct work *);
  bool queued;
};

// --- mm -----------------------------------------------------------------------------------------

struct bo;

struct mm_struct {
  int users, count;
  lock_t lock;       // of the list of what is mapped
  struct bo *mapped;
  struct work exit_work;
};

struct vm_area_struct { uint64_t vm_start, vm_end; struct mm_struct *vm_mm; };

struct page {
  uint64_t flags;           // bit 6: head of a large folio; of its second page bits 0-7: the order
  struct dev_pagemap *pgmap;
  uintptr_t zone_device_data;  // a zdd; bit 0: the content has moved
  uint64_t pad[3];
  uint32_t mapcount;
  int refcount;
  uint64_t memcg;
};

struct vm_fault {
  struct vm_area_struct *vma;
  uint64_t gfp, pgoff, address, real_address;
  uint32_t flags, pad;
  void *tables[4];
  struct page *page;
};

struct dev_pagemap {
  uint64_t altmap[7];
  uint32_t type, flags;
  void *owner;
  uint64_t start, end;
  struct page *pages;
  uint64_t pad[7];
};

struct shrink_control { uint32_t gfp, nid; uint64_t nr_to_scan, nr_scanned; };
struct shrinker { void *functions[6]; void *private_data; };
struct mmu_notifier_range { struct mm_struct *mm; uint64_t start, end; uint32_t flags, event; };

// --- drm_pagemap --------------------------------------------------------------------------------

struct drm_device { void *driver; struct device *dev; const char *unique; bool unplugged; };

struct drm_pagemap_dev_hold { struct drm_pagemap_dev_hold *next; struct drm_device *drm; };

struct drm_pagemap {
  const void *ops;
  struct kref ref;
  struct drm_device *drm;
  struct dev_pagemap *pagemap;
  struct drm_pagemap_dev_hold *dev_hold;
  struct drm_pagemap_cache *cache;
  struct list_head shrink_link;
};

struct drm_pagemap_zdd {
  struct kref refcount;
  struct drm_pagemap_devmem *devmem_allocation;
  struct drm_pagemap *dpagemap;
};

struct drm_pagemap_devmem {
  struct device *dev;
  struct mm_struct *mm;
  struct completion detached;
  const void *ops;
  struct drm_pagemap *dpagemap;
  uint64_t size, timeslice_expiration;
  void *pre_migrate_fence;
};

struct drm_pagemap_migrate_details { uint64_t timeslice_ms; };

struct drm_pagemap_owner { struct kref kref; };

struct drm_pagemap_owner_list { lock_t lock; struct drm_pagemap_owner *owner; };

struct drm_pagemap_peer {
  struct drm_pagemap_owner_list *list;
  struct drm_pagemap_owner *owner;
  struct list_head link;
  void *private;
};

struct drm_pagemap_shrinker {
  struct drm_device *drm;
  struct shrinker *shrink;
  struct list_head dpagemaps;
  int num_dpagemaps;
  lock_t lock;
};

struct drm_pagemap_cache {
  struct drm_pagemap_shrinker *shrinker;
  struct drm_pagemap *dpagemap;
  struct completion queued;
  lock_t lookup_mutex, lock;
};

struct drm_gpusvm { struct mm_struct *mm; };
struct drm_gpusvm_pages { struct drm_pagemap *dpagemap; uint64_t flags; };

_Static_assert(sizeof(struct page) == 64 && offsetof(struct page, refcount) == 52, "page");
_Static_assert(offsetof(struct vm_fault, address) == 24, "vm_fault");
_Static_assert(offsetof(struct vm_fault, page) == 80, "vm_fault");
_Static_assert(sizeof(struct dev_pagemap) == 0x98, "dev_pagemap");
_Static_assert(sizeof(struct drm_pagemap) == 64, "drm_pagemap");
_Static_assert(offsetof(struct drm_pagemap, dev_hold) == 32, "drm_pagemap");
_Static_assert(offsetof(struct drm_pagemap_devmem, dpagemap) == 48, "drm_pagemap_devmem");

// --- The driver ---------------------------------------------------------------------------------

// Device memory of one migration.
struct bo {
  struct kref ref;
  int chunk;
  unsigned npages, order;
  struct machine *machine;
  struct page *pages;     // its first
  struct drm_pagemap_devmem devmem;
  struct vm_area_struct vma;
  lock_t mmap_lock;       // serialises who moves or unmaps it, so that no eviction comes too late
  lock_t page_lock;       // the locks of its folios
  uint32_t present;       // folios that its process has mapped, a bit each
  struct drm_gpusvm *gpusvm;
  struct drm_gpusvm_pages svm_pages;
  struct bo *next_mapped;  // in its process, which holds a reference
  struct bo *next, *previous;  // of the machine, oldest first
};

// What a migration is to be like, and what came of it.
struct request {
  unsigned order;
  struct bo *bo;
};

// A driver's pagemap: where the lab's has the peer, behind a drm_pagemap of 64 bytes.
struct pmf_pagemap {
  struct dev_pagemap pagemap;
  struct drm_pagemap dpagemap;
  struct drm_pagemap_peer peer;
  struct work destroy_work;
  struct machine *machine;
  bool mapped;
};

struct pmf_vm {
  struct machine *machine;
  struct drm_pagemap_peer peer;
  struct drm_gpusvm gpusvm;
  struct drm_pagemap *pagemap;
};

// One device with its region of memory, and the owner group of its peers.
struct machine {
  struct drm_device drm;
  struct device device;
  char name[16];
  struct drm_pagemap_owner_list owner_list;
  struct drm_pagemap_shrinker *shrinker;
  struct drm_pagemap_cache *cache;
  lock_t lock;  // of what follows
  struct pmf_pagemap *pagemap;  // the newest
  int chunks[REGION_CHUNKS], free_chunks;
  struct bo *oldest, *newest;
};

// --- memory.c: what everything stands on --------------------------------------------------------

void memory_init(void);
void *kzalloc(size_t size);
void kfree(void *pointer);
void lock_init(lock_t *lock);
void lock(lock_t *lock);
void unlock(lock_t *lock);
int atomic_add(int *value, int amount);
bool atomic_inc_not_zero(int *value);
void complete_all(struct completion *completion);
bool completion_done(const struct completion *completion);
void list_init(struct list_head *list);
bool list_empty(const struct list_head *list);
void list_add_tail(struct list_head *link, struct list_head *list);
void list_del_init(struct list_head *link);
void queue_work(struct work *work);
void flush_work(void);
void pause_ms(unsigned milliseconds);

// --- mm.c ---------------------------------------------------------------------------------------

struct mm_struct *mm_alloc(void);
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
bool mmget_not_zero(struct mm_struct *mm);
void mmput(struct mm_struct *mm);
void mmput_async(struct mm_struct *mm);
uint64_t mm_area(uint64_t size);
void get_folio(struct page *folio);
void put_folio(struct page *folio);
struct page *bo_folio(const struct bo *bo, unsigned index);
uint32_t bo_folios(const struct bo *bo);
uint32_t bo_collect(struct bo *bo, uint32_t wanted, const struct page *fault_page);
void bo_put_folios(struct bo *bo, uint32_t folios);
void map_bo(struct bo *bo);
void munmap_bo(struct bo *bo);
void zone_device_page_init(struct page *page, struct dev_pagemap *pgmap, unsigned order);
void memremap_pages(struct dev_pagemap *pgmap, int nid);
void memunmap_pages(struct dev_pagemap *pgmap);

// --- pagemap.c, util.c, gpusvm.c: the kernel's functions ----------------------------------------

int drm_pagemap_init(struct drm_pagemap *dpagemap, struct dev_pagemap *pagemap,
                     struct drm_device *drm, const void *ops);
int drm_pagemap_reinit(struct drm_pagemap *dpagemap);
void drm_pagemap_get(struct drm_pagemap *dpagemap);
void drm_pagemap_put(struct drm_pagemap *dpagemap);
void drm_pagemap_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim);
void drm_pagemap_devmem_init(struct drm_pagemap_devmem *devmem, struct device *dev,
                             struct mm_struct *mm, const void *ops, struct drm_pagemap *dpagemap,
                             uint64_t size, void *fence);
int drm_pagemap_populate_mm(struct drm_pagemap *dpagemap, uint64_t start, uint64_t end,
                            struct mm_struct *mm, uint64_t timeslice_ms,
                            struct request *request);
int drm_pagemap_migrate_to_devmem(struct drm_pagemap_devmem *devmem, struct mm_struct *mm,
                                  uint64_t start, uint64_t end,
                                  const struct drm_pagemap_migrate_details *details);
int drm_pagemap_evict_to_ram(struct drm_pagemap_devmem *devmem);
uint32_t drm_pagemap_migrate_to_ram(struct vm_fault *vmf);
void drm_pagemap_folio_free(struct page *folio);
struct drm_pagemap *drm_pagemap_page_to_dpagemap(struct page *page);
void drm_pagemap_pagemap_ops_get(void);
void drm_dev_unplug(struct drm_device *drm);

struct drm_pagemap_shrinker *drm_pagemap_shrinker_create_devm(struct drm_device *drm);
void drm_pagemap_shrinker_fini(void *arg);
void drm_pagemap_shrinker_add(struct drm_pagemap *dpagemap);
bool drm_pagemap_shrinker_cancel(struct drm_pagemap *dpagemap);
int64_t drm_pagemap_shrinker_count(struct shrinker *shrink, struct shrink_control *sc);
int64_t drm_pagemap_shrinker_scan(struct shrinker *shrink, struct shrink_control *sc);
struct drm_pagemap_cache *drm_pagemap_cache_create_devm(struct drm_pagemap_shrinker *shrinker);
void drm_pagemap_cache_fini(void *arg);
int drm_pagemap_cache_lock_lookup(struct drm_pagemap_cache *cache);
void drm_pagemap_cache_unlock_lookup(struct drm_pagemap_cache *cache);
struct drm_pagemap *drm_pagemap_get_from_cache(struct drm_pagemap_cache *cache);
void drm_pagemap_cache_set_pagemap(struct drm_pagemap_cache *cache, struct drm_pagemap *dpagemap);
int drm_pagemap_acquire_owner(struct drm_pagemap_peer *peer, struct drm_pagemap_owner_list *list,
                              void *has_interconnect);
void drm_pagemap_release_owner(struct drm_pagemap_peer *peer);

void drm_gpusvm_init(struct drm_gpusvm *gpusvm, struct mm_struct *mm);
void drm_gpusvm_fini(struct drm_gpusvm *gpusvm);
int drm_gpusvm_get_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages,
                         struct mm_struct *mm, uint64_t start, uint64_t end, struct page *page);
void drm_gpusvm_notifier_invalidate(void *mni, const struct mmu_notifier_range *range,
                                    uint64_t cur_seq);
void drm_gpusvm_unmap_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *svm_pages,
                            uint64_t npages);

// --- driver.c -----------------------------------------------------------------------------------

struct machine *machine_create(int number);
void machine_unbind(struct machine *machine);
void machine_shrink(struct machine *machine);
struct pmf_vm *vm_open(struct machine *machine, struct mm_struct *mm);
void vm_close(struct pmf_vm *vm, bool leaks);
int pmf_populate_mm(struct drm_pagemap *dpagemap, uint64_t start, uint64_t end,
                    struct mm_struct *mm, struct request *request);
void pmf_devmem_release(struct drm_pagemap_devmem *devmem);
void pmf_pagemap_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim);
struct bo *bo_migrate(struct pmf_vm *vm, unsigned npages, unsigned order);
void bo_get_pages(struct bo *bo, struct pmf_vm *vm);
void bo_unmap_pages(struct bo *bo);
void bo_fault(struct bo *bo, unsigned index);
int bo_evict_oldest(struct machine *machine);
void bo_put(struct bo *bo);

#endif
