/// An event's fields by name, as `Field` describes them. Each is nil where it was not recorded, or where
/// what was recorded is garbage: a member read through a NULL or error pointer.
extension PagemapEvent {
  // MARK: Objects

  /// `struct drm_pagemap`.
  package var dpagemap: UInt64? { self[.dpagemap] }
  /// `struct drm_device`.
  package var drm: UInt64? { self[.drm] }
  /// The device's unique name, as an index of `Names`.
  package var device: UInt64? { self[.device] }
  /// `struct dev_pagemap` (field `pagemap` of a drm_pagemap).
  package var pgmap: UInt64? { self[.pgmap] }
  /// `struct drm_pagemap_dev_hold`.
  package var devHold: UInt64? { self[.devHold] }
  /// `struct drm_pagemap_cache`.
  package var cache: UInt64? { self[.cache] }
  /// `struct drm_pagemap_shrinker`.
  package var shrinker: UInt64? { self[.shrinker] }
  /// `struct shrinker`, the shrinker as the memory management knows it.
  package var shrink: UInt64? { self[.shrink] }
  /// `struct drm_pagemap_peer`.
  package var peer: UInt64? { self[.peer] }
  /// `struct drm_pagemap_owner`.
  package var owner: UInt64? { self[.owner] }
  /// `struct drm_pagemap_owner_list`.
  package var ownerList: UInt64? { self[.ownerList] }
  /// `struct drm_pagemap_zdd`: zone_device_data without its flag in bit 0.
  package var zdd: UInt64? { self[.zdd] }
  /// `struct drm_pagemap_devmem`, the device allocation.
  package var devmem: UInt64? { self[.devmem] }
  /// `struct folio` of device memory.
  package var folio: UInt64? { self[.folio] }
  /// `struct folio` that was split off `folio`.
  package var newFolio: UInt64? { self[.newFolio] }
  /// `struct page`, by its address in the array of them.
  package var page: UInt64? { self[.page] }
  /// `struct mm_struct`.
  package var mm: UInt64? { self[.mm] }
  /// `struct vm_area_struct`.
  package var vma: UInt64? { self[.vma] }
  /// `struct drm_gpusvm`.
  package var gpusvm: UInt64? { self[.gpusvm] }
  /// `struct drm_gpusvm_range`.
  package var range: UInt64? { self[.range] }
  /// `struct drm_gpusvm_pages`.
  package var svmPages: UInt64? { self[.svmPages] }
  /// `struct mmu_interval_notifier`.
  package var notifier: UInt64? { self[.notifier] }
  /// `struct migrate_vma`.
  package var migrate: UInt64? { self[.migrate] }
  /// `struct xe_vm`.
  package var vm: UInt64? { self[.vm] }
  /// `struct xe_bo`.
  package var bo: UInt64? { self[.bo] }
  /// `struct xe_vma`.
  package var xeVma: UInt64? { self[.xeVma] }
  /// `struct dma_fence`.
  package var fence: UInt64? { self[.fence] }
  /// `struct work_struct`.
  package var work: UInt64? { self[.work] }

  // MARK: Reference counts

  /// `drm_pagemap.ref`.
  package var ref: Int64? { signed(.ref) }
  /// `drm_pagemap_zdd.refcount`.
  package var zddRef: Int64? { signed(.zddRef) }
  /// `drm_pagemap_owner.kref`.
  package var ownerRef: Int64? { signed(.ownerRef) }
  /// `drm_gpusvm_range.refcount`.
  package var rangeRef: Int64? { signed(.rangeRef) }

  // MARK: Values

  /// First address or physical address of a range.
  package var start: UInt64? { self[.start] }
  /// Its end (exclusive; inclusive for `memremapPages`, as the kernel has it).
  package var end: UInt64? { self[.end] }
  /// A virtual address; of `deviceMap` and `deviceUnmap` a DMA address.
  package var address: UInt64? { self[.address] }
  /// The size of what the event is about, in bytes.
  package var size: UInt64? { self[.size] }
  /// A number of pages; of an array, its length.
  package var npages: UInt64? { self[.npages] }
  /// Log2 of the number of pages.
  package var order: UInt64? { self[.order] }
  /// `enum dma_data_direction`; of `xeSvmCopy` 0 to device memory, 1 to system memory.
  package var direction: UInt64? { self[.direction] }
  /// How long the pages shall stay on the device, in milliseconds (`timeslice_ms`).
  package var timesliceMs: UInt64? { self[.timesliceMs] }
  /// The completion `drm_pagemap_devmem.detached`, its `done` as an unsigned 32-bit number: 0 while
  /// pages are left, 4294967295 (`complete_all`) once the last one went.
  package var done: Int64? { signed(.done) }
  /// The completion `drm_pagemap_cache.queued`, its `done` as an unsigned 32-bit number: 0 before
  /// the pagemap was queued, 4294967295 (`complete_all`) after.
  package var queued: Int64? { signed(.queued) }
  /// 1 where zone_device_data had `DRM_PAGEMAP_ZDD_FLAG_MIGRATED` (bit 0), else 0.
  package var isMigrated: UInt64? { self[.isMigrated] }
  /// `is_atomic_or_reclaim` of `drm_pagemap_destroy`; of a GPU fault whether it is an atomic access.
  package var isAtomic: UInt64? { self[.isAtomic] }
  /// `drm_pagemap_peer.private`: 0 a pagemap's peer, else a VM's.
  package var peerPrivate: UInt64? { self[.peerPrivate] }
  /// The pagemap that the cache's slot, or the VMA's attributes, held before.
  package var old: UInt64? { self[.old] }
  /// `drm_pagemap_shrinker.num_dpagemaps`.
  package var num: Int64? { signed(.num) }
  /// `shrink_control.nr_to_scan` on entry, `nr_scanned` on return; of a madvise its VMAs.
  package var count: UInt64? { self[.count] }
  /// The flag word of the event's object.
  package var flags: UInt64? { self[.flags] }
  /// `enum mmu_notifier_event`.
  package var event: UInt64? { self[.event] }
  /// `migrate_vma.cpages`.
  package var cpages: UInt64? { self[.cpages] }
  /// `enum memory_type`.
  package var pagemapType: UInt64? { self[.pagemapType] }
  /// `vm_area_struct.vm_start`.
  package var vmStart: UInt64? { self[.vmStart] }
  /// `vm_area_struct.vm_end`.
  package var vmEnd: UInt64? { self[.vmEnd] }
  /// An xe VM's address space id (`usm.asid`), as GPU faults name it.
  package var asid: UInt64? { self[.asid] }
  /// The function's return value, sign-extended from the size of its C type. A returned pointer
  /// stands in the field of its object, too, where it is neither NULL nor an error.
  package var result: Int64? { signed(.result) }

  // MARK: Rarer values

  /// The pagemap that pages are migrated from (`last->dpagemap`); 0 for system memory.
  package var sourcePagemap: UInt64? { self[.sourcePagemap] }
  /// Pages populated or moved so far (`*mpages`).
  package var mpages: UInt64? { self[.mpages] }
  /// Start of a userptr, in the process's addresses.
  package var userptr: UInt64? { self[.userptr] }
  /// `struct device` of the device that maps or unmaps the pages of a pagemap.
  package var mappingDevice: UInt64? { self[.mappingDevice] }
  /// `struct xe_vma_mem_attr` of a VMA: what holds a reference of its preferred pagemap.
  package var attr: UInt64? { self[.attr] }
  /// The second `struct drm_pagemap_peer` of a comparison.
  package var otherPeer: UInt64? { self[.otherPeer] }
  /// The file descriptor that names a device to madvise.
  package var fd: Int64? { signed(.fd) }
  /// The number of a device's region of memory, as madvise names it.
  package var regionInstance: UInt64? { self[.regionInstance] }
}
