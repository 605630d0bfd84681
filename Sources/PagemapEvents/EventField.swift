extension PagemapEvent {
  /// What a field means, whatever the probe called it. The comments name the kernel's structure or
  /// member; a raw value is a bit of `PagemapEvent.present`, so there are at most 64.
  public enum Field: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    // MARK: Objects

    /// `struct drm_pagemap`.
    case dpagemap
    /// `struct drm_device`.
    case drm
    /// The device's unique name, as an index of `Names`.
    case device
    /// `struct dev_pagemap` (field `pagemap` of a drm_pagemap).
    case pgmap
    /// `struct drm_pagemap_dev_hold`.
    case devHold
    /// `struct drm_pagemap_cache`.
    case cache
    /// `struct drm_pagemap_shrinker`.
    case shrinker
    /// `struct shrinker`, the shrinker as the memory management knows it.
    case shrink
    /// `struct drm_pagemap_peer`.
    case peer
    /// `struct drm_pagemap_owner`.
    case owner
    /// `struct drm_pagemap_owner_list`.
    case ownerList
    /// `struct drm_pagemap_zdd`: zone_device_data without its flag in bit 0.
    case zdd
    /// `struct drm_pagemap_devmem`, the device allocation.
    case devmem
    /// `struct folio` of device memory.
    case folio
    /// `struct folio` that was split off `folio`.
    case newFolio
    /// `struct page`, by its address in the array of them.
    case page
    /// `struct mm_struct`.
    case mm
    /// `struct vm_area_struct`.
    case vma
    /// `struct drm_gpusvm`.
    case gpusvm
    /// `struct drm_gpusvm_range`.
    case range
    /// `struct drm_gpusvm_pages`.
    case svmPages
    /// `struct mmu_interval_notifier`.
    case notifier
    /// `struct migrate_vma`.
    case migrate
    /// `struct xe_vm`.
    case vm
    /// `struct xe_bo`.
    case bo
    /// `struct xe_vma`.
    case xeVma
    /// `struct dma_fence`.
    case fence
    /// `struct work_struct`.
    case work

    // MARK: Reference counts

    /// `drm_pagemap.ref`.
    case ref
    /// `drm_pagemap_zdd.refcount`.
    case zddRef
    /// `drm_pagemap_owner.kref`.
    case ownerRef
    /// `drm_gpusvm_range.refcount`.
    case rangeRef

    // MARK: Values

    /// First address or physical address of a range.
    case start
    /// Its end (exclusive; inclusive for `memremapPages`, as the kernel has it).
    case end
    /// A virtual address; of `deviceMap` and `deviceUnmap` a DMA address.
    case address
    /// The size of what the event is about, in bytes.
    case size
    /// A number of pages; of an array, its length.
    case npages
    /// Log2 of the number of pages.
    case order
    /// `enum dma_data_direction`; of `xeSvmCopy` 0 to device memory, 1 to system memory.
    case direction
    /// How long the pages shall stay on the device, in milliseconds (`timeslice_ms`).
    case timesliceMs
    /// The completion `drm_pagemap_devmem.detached`, its `done` as an unsigned 32-bit number: 0 while
    /// pages are left, 4294967295 (`complete_all`) once the last one went.
    case done
    /// The completion `drm_pagemap_cache.queued`, its `done` as an unsigned 32-bit number: 0 before
    /// the pagemap was queued, 4294967295 (`complete_all`) after.
    case queued
    /// 1 where zone_device_data had `DRM_PAGEMAP_ZDD_FLAG_MIGRATED` (bit 0), else 0.
    case isMigrated
    /// `is_atomic_or_reclaim` of `drm_pagemap_destroy`; of a GPU fault whether it is an atomic access.
    case isAtomic
    /// `drm_pagemap_peer.private`: 0 a pagemap's peer, else a VM's.
    case peerPrivate
    /// The pagemap that the cache's slot, or the VMA's attributes, held before.
    case old
    /// `drm_pagemap_shrinker.num_dpagemaps`.
    case num
    /// `shrink_control.nr_to_scan` on entry, `nr_scanned` on return; of a madvise its VMAs.
    case count
    /// The flag word of the event's object.
    case flags
    /// `enum mmu_notifier_event`.
    case event
    /// `migrate_vma.cpages`.
    case cpages
    /// `enum memory_type`.
    case pagemapType
    /// `vm_area_struct.vm_start`.
    case vmStart
    /// `vm_area_struct.vm_end`.
    case vmEnd
    /// An xe VM's address space id (`usm.asid`), as GPU faults name it.
    case asid
    /// The function's return value, sign-extended from the size of its C type. A returned pointer
    /// stands in the field of its object, too, where it is neither NULL nor an error.
    case result

    // MARK: Rarer values

    /// The pagemap that pages are migrated from (`last->dpagemap`); 0 for system memory.
    case sourcePagemap
    /// Pages populated or moved so far (`*mpages`).
    case mpages
    /// Start of a userptr, in the process's addresses.
    case userptr
    /// `struct device` of the device that maps or unmaps the pages of a pagemap.
    case mappingDevice
    /// `struct xe_vma_mem_attr` of a VMA: what holds a reference of its preferred pagemap.
    case attr
    /// The second `struct drm_pagemap_peer` of a comparison.
    case otherPeer
    /// The file descriptor that names a device to madvise.
    case fd
    /// The number of a device's region of memory, as madvise names it.
    case regionInstance
  }
}
