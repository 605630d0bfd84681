extension ModelPage {
  /// What the objects are, by the names of their machines.
  package static let introductions: [String: String] = [
    "drm_device":
      "A GPU, as far as pagemaps see it: `drm_pagemap_shrinker_create_devm` of its driver shows that it "
      + "is bound, and `drm_dev_unplug` ends that. Behind an unplug `drm_dev_enter` fails, so that no "
      + "pagemap of it goes on a list any more; it may be bound once more.",
    "drm_pagemap":
      "Device memory that processes can migrate to, embedded in the driver's own object. "
      + "`drm_pagemap_init` begins its life with one reference. When the last one goes it is not "
      + "freed: it waits on the shrinker's list until a lookup takes it off and revives it "
      + "(`drm_pagemap_reinit`, a new epoch), or until the shrinker, the end of its cache or the "
      + "unplug of its device hands it to the driver's destroy. Who holds its references is told "
      + "in the ledger: slots of VMs, zdds, `drm_gpusvm_pages` objects, attributes of VMAs, "
      + "lookups. There is no event for a get, so the count is sampled where events show it.",
    "drm_device":
      "The GPU that provides pagemaps. Behind `drm_dev_unplug` its functions must not touch the "
      + "hardware (`drm_dev_enter` fails), and devres ends its caches and its shrinker, while VMs of "
      + "other devices may still hold its pagemaps. A driver that binds it again shows in a new "
      + "shrinker.",
    "drm_pagemap_dev_hold":
      "A pagemap's hold of its provider's device and module, one for each life of the pagemap. It "
      + "is dropped by a work item that serves all holds that are queued then, on any CPU, perhaps "
      + "when the pagemap was destroyed or revived long ago. `drm_pagemap_dev_hold` begins it.",
    "drm_pagemap_cache":
      "The slot that keeps the pagemap of one region of device memory, so that the next VM finds "
      + "it. `drm_pagemap_cache_create_devm` makes it. Lookups and the store of a new pagemap are "
      + "guarded by its `lookup_mutex`; the completion `queued` tells a lookup that the slot's "
      + "pagemap has reached the shrinker's list.",
    "drm_pagemap_shrinker":
      "The list of a device's pagemaps that have no references, for reclaim under memory pressure. "
      + "`drm_pagemap_shrinker_create_devm` makes it, before any cache, so that devres ends it "
      + "after the last of them.",
    "drm_pagemap_peer":
      "A VM, or a pagemap, in an owner group: the peers that reach each other's memory over a fast "
      + "interconnect. The owner is freed with its last peer. Behind a leave the peer's list "
      + "pointer stays while its owner is NULL, which tells a peer that left from one that never "
      + "joined. A cached pagemap stays in its group; only the driver's destroy work lets it leave.",
    "drm_pagemap_zdd":
      "What the `zone_device_data` of device folios points to. A migration to the device allocates "
      + "it with one reference of its own, and it holds one reference of the pagemap; every folio "
      + "adds one. When the last goes, the device allocation goes back to the driver and the "
      + "pagemap is put. Its allocation and its gets are inlined: the model learns its address "
      + "from a folio that is freed, a CPU fault, or its end.",
    "drm_pagemap_devmem":
      "The device memory of one migration, in xe a buffer object. `drm_pagemap_devmem_init` begins "
      + "its life. `drm_pagemap_migrate_to_devmem` consumes it, whether it succeeds or fails: it "
      + "ends at once, or with the zdd that it was handed to. A migration that fails behind the "
      + "point where pages moved may leave it alive; until an event decides it is doubtful.",
    "device folio":
      "One epoch of a page of device memory, from `zone_device_page_init` to "
      + "`drm_pagemap_folio_free`; a large folio has an order, and splits into smaller ones. Its "
      + "content may move once in an epoch: a folio whose content has moved is retired and may only "
      + "be skipped, unlocked and freed, by whoever drops the last reference, in any task or a "
      + "softirq.",
    "migration":
      "One pass of a task through the page migration of mm, within "
      + "`drm_pagemap_migrate_to_devmem`, `drm_pagemap_migrate_to_ram` or "
      + "`drm_pagemap_evict_to_ram`. A call makes one pass, an eviction up to three. The source "
      + "pages are locked and unmapped from collecting to finalizing, and copies belong between "
      + "collecting and moving. A setup that collects nothing is followed by nothing.",
    "drm_gpusvm":
      "The mirror of one process's address space on a GPU. `drm_gpusvm_init` begins it, and it "
      + "holds the `mm_struct` itself, not its users. `drm_gpusvm_fini` removes what notifiers and "
      + "ranges are left.",
    "drm_gpusvm_notifier":
      "The callback for a stretch of a process's memory. `mmu_interval_notifier_insert` registers "
      + "it before it is in the gpusvm's tree, so that it may be called back at once. Its functions "
      + "are inlined: no event shows that it is put into the tree, and the first callback finds it "
      + "there.",
    "drm_gpusvm_range":
      "A stretch of memory that the GPU maps as one. `drm_gpusvm_range_find_or_insert` makes it "
      + "with one reference, which is the tree's. Whoever else holds one may look at it behind its "
      + "removal; the last put frees it.",
    "drm_gpusvm_pages":
      "What a range or a userptr has mapped for DMA. With device pages it holds one reference of "
      + "their pagemap. Since 7.3 it belongs to the driver, so that no event ties it to its range. "
      + "Once the process has unmapped the memory it is flagged, and `drm_gpusvm_get_pages` fails "
      + "on it.",
    "xe_vm":
      "A VM of the xe driver with shared virtual memory. `xe_svm_init` fills its slots with "
      + "pagemaps and lets its peer join a group. `xe_svm_close` puts the slots and lets the peer "
      + "leave; the attributes of its VMAs and its ranges are dropped behind that, up to "
      + "`xe_svm_fini`.",
    "xe_vma_mem_attr":
      "The preferred pagemap of an xe VMA: one reference while it is set. The functions that take "
      + "and drop it are inlined, or do not tell the pagemap, so that it shows in a pagemap's "
      + "ledger only as a reference that no other holder explains.",
  ]
}
