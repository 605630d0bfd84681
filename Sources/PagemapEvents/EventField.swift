extension PagemapEvent {
  /// What a field means, whatever the probe called it. The comments name the kernel's structure or
  /// member; a raw value is a bit of `PagemapEvent.present`, so there are at most 64.
  package enum Field: UInt8, CaseIterable, BitwiseCopyable, Sendable {
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
    /// `struct shrinker`.
    case shrink
    /// `struct drm_pagemap_peer`.
    case peer
    /// `struct drm_pagemap_owner`.
    case owner
    /// `struct drm_pagemap_owner_list`.
    case ownerList
    /// `struct drm_pagemap_zdd`, bit 0 of zone_device_data taken off.
    case zdd
    /// `struct drm_pagemap_devmem`, the device allocation.
    case devmem
    /// `struct folio of device memory`.
    case folio
    /// The folio split off.
    case newFolio
    /// `struct page`.
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
    /// Its end (exclusive; inclusive for `memremapPages` as the kernel has it).
    case end
    /// A virtual address.
    case address
    /// Bytes.
    case size
    /// Pages.
    case npages
    /// Log2 of pages.
    case order
    /// `enum dma_data_direction`.
    case direction
    /// Timeslice in milliseconds.
    case timesliceMs
    /// `completion.done of drm_pagemap_devmem.detached`.
    case done
    /// `completion.done of drm_pagemap_cache.queued`.
    case queued
    /// 1 where zone_device_data had DRM_PAGEMAP_ZDD_FLAG_MIGRATED.
    case isMigrated
    /// `is_atomic_or_reclaim`.
    case isAtomic
    /// `drm_pagemap_peer.private`: 0 a pagemap's peer, else a VM's.
    case peerPrivate
    /// The pagemap that the cache's slot held.
    case old
    /// `drm_pagemap_shrinker.num_dpagemaps`.
    case num
    /// `shrink_control.nr_to_scan or nr_scanned`.
    case count
    /// Flag word of the object.
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
    /// Address space id of an xe VM.
    case asid
    /// The function's return value, sign-extended.
    case result
  }
}
