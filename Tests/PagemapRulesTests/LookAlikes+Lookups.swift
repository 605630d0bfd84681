import TestSupport

extension LookAlike {
  /// What happens around the cache, the shrinker and owner groups.
  static let lookups: [LookAlike] = [
    LookAlike("a pagemap is revived from its cache again and again") { kernel in
      let gpu = kernel.bind("gpu")
      for turn in 0..<5 {
        kernel.pid = 100 + Int32(turn)
        let vm = kernel.vmCreate(gpu, mm: 0xff10_0000_6000_0000 + UInt64(turn) * 0x1000)
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
        kernel.vmClose(vm)
        kernel.wait(milliseconds: turn % 2 == 0 ? 150 : 1)
      }
    },
    LookAlike("PM009 the shrinker has a pagemap in hand while a lookup makes the next one") {
      kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      var new: PagemapScenario.VM?
      kernel.on(cpu: 1, pid: 50) { kernel in
        _ = kernel.shrink(gpu) { kernel in
          kernel.on(cpu: 0, pid: 101) { new = $0.vmCreate(gpu) }
        }
      }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      if let new { kernel.on(pid: 101) { $0.vmClose(new) } }
    },
    LookAlike("the destroyed pagemap's worker runs long after the next one is in use") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      _ = kernel.shrink(gpu)
      let new = kernel.vmCreate(gpu)
      kernel.wait(milliseconds: 1500)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      kernel.vmClose(new)
    },
    LookAlike("the worker is still waiting when the recording ends", quiet: 3000) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
    },
    LookAlike("the worker is still waiting, and memory mappings are not recorded", quiet: 3000) {
      kernel in
      kernel.absentProbes = ["memremap_pages", "memunmap_pages", "memunmap_pages_ret"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
    },
    LookAlike("PM004 a new pagemap gets the address of the old one within microseconds") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      let address = old.pagemap
      kernel.vmClose(old)
      _ = kernel.shrink(gpu)
      kernel.destroyWork(address)
      let new = kernel.vmCreate(gpu, peer: old.peer, pagemap: address)
      kernel.freeFolios(kernel.migrateToDevmem(new, at: 0x7f00_0000_0000))
      kernel.vmClose(new)
    },
    LookAlike("a pagemap cannot be made: its group cannot be joined") { kernel in
      let gpu = kernel.bind("gpu")
      let peer: UInt64 = 0xff10_0000_7000_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      let pagemap = kernel.initPagemap(gpu)
      kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0, result: -12)
      kernel.put(pagemap)
      kernel.unlockLookup(gpu)
      kernel.releaseOwner(peer)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(pagemap) }
    },
    LookAlike("a pagemap cannot be made: its memory cannot be mapped, its peer leaves at once") {
      kernel in
      let gpu = kernel.bind("gpu")
      let peer: UInt64 = 0xff10_0000_7000_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      let pagemap = kernel.initPagemap(gpu)
      kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0)
      kernel.releaseOwner(pagemap + 0x40)
      kernel.put(pagemap)
      kernel.unlockLookup(gpu)
      kernel.releaseOwner(peer)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(pagemap) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
    },
    LookAlike("drm_pagemap_init fails") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      kernel.emit(
        "drm_pagemap_init",
        ["dpagemap": 0x7700_0098, "pagemap": 0x7700_0000, "drm": .number(gpu.drm), "dev": "gpu"])
      kernel.emit("drm_pagemap_init_ret", ["dpagemap": 0x7700_0098, "ref": 1, "ret": -12])
      kernel.unlockLookup(gpu)
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
    },
    LookAlike("a VM cannot be made: the lookup is interrupted") { kernel in
      let gpu = kernel.bind("gpu")
      let peer: UInt64 = 0xff10_0000_7000_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      kernel.emit("drm_pagemap_cache_lock_lookup", ["cache": .number(gpu.cache)])
      kernel.emit("drm_pagemap_cache_lock_lookup_ret", ["cache": .number(gpu.cache), "ret": -4])
      kernel.releaseOwner(peer)
    },
    LookAlike("a pagemap is looked up for an attribute that nobody takes") { kernel in
      let gpu = kernel.bind("gpu")
      let other = kernel.bind("other")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<2 {
        let looked = kernel.lookUp(other)
        kernel.wait(milliseconds: 130)
        kernel.put(looked)
      }
      let own = kernel.lookUp(gpu)
      kernel.wait(milliseconds: 130)
      kernel.put(own)
      kernel.vmClose(vm)
    },
    LookAlike("two devices have a pagemap each, in one group") { kernel in
      let one = kernel.bind("one", island: 1)
      let two = kernel.bind("two", island: 1)
      let first = kernel.vmCreate(one)
      let second = kernel.vmCreate(two)
      kernel.vmClose(first)
      kernel.wait(milliseconds: 200)
      kernel.vmClose(second)
    },
    LookAlike("a device is bound anew") { kernel in
      for turn in 0..<3 {
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        kernel.unplug(gpu)
        kernel.evict(allocation)
        kernel.vmClose(vm)
        kernel.finishCache(gpu)
        kernel.on(cpu: UInt32(turn % 2), pid: 9) { $0.destroyWork(vm.pagemap) }
        kernel.wait(milliseconds: 20)
      }
    },
  ]
}
