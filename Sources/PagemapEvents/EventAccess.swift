/// An event's fields by name, as `Field` describes them. Each is nil where it was not recorded, or where
/// what was recorded is garbage: a member read through a NULL or error pointer.
extension PagemapEvent {
  // MARK: Objects

  /// `struct drm_pagemap`.
  @inlinable public var dpagemap: UInt64? { self[.dpagemap] }
  /// `struct drm_device`.
  @inlinable public var drm: UInt64? { self[.drm] }
  /// The device's unique name, as an index of `Names`.
  @inlinable public var device: UInt64? { self[.device] }
  /// `struct dev_pagemap` (field `pagemap` of a drm_pagemap).
  @inlinable public var pgmap: UInt64? { self[.pgmap] }
  /// `struct drm_pagemap_dev_hold`.
  @inlinable public var devHold: UInt64? { self[.devHold] }
  /// `struct drm_pagemap_cache`.
  @inlinable public var cache: UInt64? { self[.cache] }
  /// `struct drm_pagemap_shrinker`.
  @inlinable public var shrinker: UInt64? { self[.shrinker] }
  /// `struct shrinker`, the shrinker as the memory management knows it.
  @inlinable public var shrink: UInt64? { self[.shrink] }
  /// `struct drm_pagemap_peer`.
  @inlinable public var peer: UInt64? { self[.peer] }
  /// `struct drm_pagemap_owner`.
  @inlinable public var owner: UInt64? { self[.owner] }
  /// `struct drm_pagemap_owner_list`.
  @inlinable public var ownerList: UInt64? { self[.ownerList] }
  /// `struct drm_pagemap_zdd`: zone_device_data without its flag in bit 0.
  @inlinable public var zdd: UInt64? { self[.zdd] }
  /// `struct drm_pagemap_devmem`, the device allocation.
  @inlinable public var devmem: UInt64? { self[.devmem] }
  /// `struct folio` of device memory.
  @inlinable public var folio: UInt64? { self[.folio] }
  /// `struct folio` that was split off `folio`.
  @inlinable public var newFolio: UInt64? { self[.newFolio] }
  /// `struct page`, by its address in the array of them.
  @inlinable public var page: UInt64? { self[.page] }
  /// `struct mm_struct`.
  @inlinable public var mm: UInt64? { self[.mm] }
  /// `struct vm_area_struct`.
  @inlinable public var vma: UInt64? { self[.vma] }
  /// `struct drm_gpusvm`.
  @inlinable public var gpusvm: UInt64? { self[.gpusvm] }
  /// `struct drm_gpusvm_range`.
  @inlinable public var range: UInt64? { self[.range] }
  /// `struct drm_gpusvm_pages`.
  @inlinable public var svmPages: UInt64? { self[.svmPages] }
  /// `struct mmu_interval_notifier`.
  @inlinable public var notifier: UInt64? { self[.notifier] }
  /// `struct migrate_vma`.
  @inlinable public var migrate: UInt64? { self[.migrate] }
  /// `struct xe_vm`.
  @inlinable public var vm: UInt64? { self[.vm] }
  /// `struct xe_bo`.
  @inlinable public var bo: UInt64? { self[.bo] }
  /// `struct xe_vma`.
  @inlinable public var xeVma: UInt64? { self[.xeVma] }
  /// `struct dma_fence`.
  @inlinable public var fence: UInt64? { self[.fence] }
  /// `struct work_struct`.
  @inlinable public var work: UInt64? { self[.work] }

  // MARK: Reference counts

  /// `drm_pagemap.ref`.
  @inlinable public var ref: Int64? { signed(.ref) }
  /// `drm_pagemap_zdd.refcount`.
  @inlinable public var zddRef: Int64? { signed(.zddRef) }
  /// `drm_pagemap_owner.kref`.
  @inlinable public var ownerRef: Int64? { signed(.ownerRef) }
  /// `drm_gpusvm_range.refcount`.
  @inlinable public var rangeRef: Int64? { signed(.rangeRef) }

  // MARK: Values

  /// First address or physical address of a range.
  @inlinable public var start: UInt64? { self[.start] }
  /// Its end (exclusive; inclusive for `memremapPages`, as the kernel has it).
  @inlinable public var end: UInt64? { self[.end] }
  /// A virtual address; of `deviceMap` and `deviceUnmap` a DMA address.
  @inlinable public var address: UInt64? { self[.address] }
  /// The size of what the event is about, in bytes.
  @inlinable public var size: UInt64? { self[.size] }
  /// A number of pages; of an array, its length.
  @inlinable public var npages: UInt64? { self[.npages] }
  /// Log2 of the number of pages.
  @inlinable public var order: UInt64? { self[.order] }
  /// `enum dma_data_direction`; of `xeSvmCopy` 0 to device memory, 1 to system memory.
  @inlinable public var direction: UInt64? { self[.direction] }
  /// How long the pages shall stay on the device, in milliseconds (`timeslice_ms`).
  @inlinable public var timesliceMs: UInt64? { self[.timesliceMs] }
  /// The completion `drm_pagemap_devmem.detached`, its `done` as an unsigned 32-bit number: 0 while
  /// pages are left, 4294967295 (`complete_all`) once the last one went.
  @inlinable public var done: Int64? { signed(.done) }
  /// The completion `drm_pagemap_cache.queued`, its `done` as an unsigned 32-bit number: 0 before
  /// the pagemap was queued, 4294967295 (`complete_all`) after.
  @inlinable public var queued: Int64? { signed(.queued) }
  /// 1 where zone_device_data had `DRM_PAGEMAP_ZDD_FLAG_MIGRATED` (bit 0), else 0.
  @inlinable public var isMigrated: UInt64? { self[.isMigrated] }
  /// `is_atomic_or_reclaim` of `drm_pagemap_destroy`; of a GPU fault whether it is an atomic access.
  @inlinable public var isAtomic: UInt64? { self[.isAtomic] }
  /// `drm_pagemap_peer.private`: 0 a pagemap's peer, else a VM's.
  @inlinable public var peerPrivate: UInt64? { self[.peerPrivate] }
  /// The pagemap that the cache's slot, or the VMA's attributes, held before.
  @inlinable public var old: UInt64? { self[.old] }
  /// `drm_pagemap_shrinker.num_dpagemaps`.
  @inlinable public var num: Int64? { signed(.num) }
  /// `shrink_control.nr_to_scan` on entry, `nr_scanned` on return; of a madvise its VMAs.
  @inlinable public var count: UInt64? { self[.count] }
  /// The flag word of the event's object.
  @inlinable public var flags: UInt64? { self[.flags] }
  /// `enum mmu_notifier_event`.
  @inlinable public var event: UInt64? { self[.event] }
  /// `migrate_vma.cpages`.
  @inlinable public var cpages: UInt64? { self[.cpages] }
  /// `enum memory_type`.
  @inlinable public var pagemapType: UInt64? { self[.pagemapType] }
  /// `vm_area_struct.vm_start`.
  @inlinable public var vmStart: UInt64? { self[.vmStart] }
  /// `vm_area_struct.vm_end`.
  @inlinable public var vmEnd: UInt64? { self[.vmEnd] }
  /// An xe VM's address space id (`usm.asid`), as GPU faults name it.
  @inlinable public var asid: UInt64? { self[.asid] }
  /// The function's return value, sign-extended from the size of its C type. A returned pointer
  /// stands in the field of its object, too, where it is neither NULL nor an error.
  @inlinable public var result: Int64? { signed(.result) }

  // MARK: Rarer values

  /// The pagemap that pages are migrated from (`last->dpagemap`); 0 for system memory.
  @inlinable public var sourcePagemap: UInt64? { self[.sourcePagemap] }
  /// Pages populated or moved so far (`*mpages`).
  @inlinable public var mpages: UInt64? { self[.mpages] }
  /// Start of a userptr, in the process's addresses.
  @inlinable public var userptr: UInt64? { self[.userptr] }
  /// `struct device` of the device that maps or unmaps the pages of a pagemap.
  @inlinable public var mappingDevice: UInt64? { self[.mappingDevice] }
  /// `struct xe_vma_mem_attr` of a VMA: what holds a reference of its preferred pagemap.
  @inlinable public var attr: UInt64? { self[.attr] }
  /// The second `struct drm_pagemap_peer` of a comparison.
  @inlinable public var otherPeer: UInt64? { self[.otherPeer] }
  /// The file descriptor that names a device to madvise.
  @inlinable public var fd: Int64? { signed(.fd) }
  /// The number of a device's region of memory, as madvise names it.
  @inlinable public var regionInstance: UInt64? { self[.regionInstance] }
}
