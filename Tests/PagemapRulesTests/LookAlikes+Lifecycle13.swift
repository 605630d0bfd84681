import TestSupport

extension LookAlike {
  /// PM013 to PM021: lives of pagemaps and of their memory.
  static let legalLives: [LookAlike] = [
    LookAlike("PM013 a revived pagemap is released once in each of its lives") { kernel in
      let gpu = kernel.bind("gpu")
      for turn in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
        kernel.vmClose(vm)
        kernel.wait(milliseconds: turn == 1 ? 120 : 0)
      }
    },
    LookAlike("PM013 a revival goes unrecorded, the next puts tell of it") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.vmClose(kernel.vmCreate(gpu))
      var vm: PagemapScenario.VM?
      kernel.missing(["drm_pagemap_reinit", "drm_pagemap_reinit_ret"]) { vm = $0.vmCreate(gpu) }
      if let vm { kernel.vmClose(vm) }
    },
    LookAlike("PM014 drm_pagemap_init calls drm_pagemap_reinit where another one was") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      kernel.destroyWork(vm.pagemap)
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      // As in drm_pagemap_init, whose own entry is not recorded.
      kernel.missing(["drm_pagemap_init"]) { _ = $0.initPagemap(gpu, at: vm.pagemap) }
      kernel.emit(
        "drm_pagemap_reinit",
        ["dpagemap": .number(vm.pagemap), "ref": 1, "drm": .number(gpu.drm), "cache": 0])
      kernel.put(vm.pagemap)
      kernel.unlockLookup(gpu)
    },
    LookAlike("PM014 a revival whose drm_pagemap_shrinker_cancel was not seen to return") {
      kernel in
      let gpu = kernel.bind("gpu")
      kernel.vmClose(kernel.vmCreate(gpu))
      var vm: PagemapScenario.VM?
      kernel.missing(["drm_pagemap_shrinker_cancel_ret"]) { vm = $0.vmCreate(gpu) }
      if let vm { kernel.vmClose(vm) }
    },
    LookAlike("PM015 the recording stops within the release", quiet: 60) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_shrinker_add"]) { $0.vmClose(vm) }
    },
    LookAlike("PM015 the list has what went there unrecorded") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_shrinker_add"]) { $0.vmClose(vm) }
      kernel.wait(milliseconds: 1)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 1) }
    },
    LookAlike("PM016 two pagemaps in turn have one address, each is destroyed") { kernel in
      let gpu = kernel.bind("gpu")
      var address: UInt64?
      for turn in 0..<3 {
        kernel.missing(turn == 2 ? ["drm_pagemap_init"] : []) { kernel in
          let vm = kernel.vmCreate(gpu, pagemap: address)
          address = vm.pagemap
          kernel.vmClose(vm)
        }
        _ = kernel.shrink(gpu)
        kernel.on(cpu: 1, pid: 9) { kernel in address.map { kernel.destroyWork($0) } }
      }
    },
    LookAlike("PM017 a release without a cache, and one without a device, destroy at once") {
      kernel in
      let gpu = kernel.bind("gpu")
      let uncached = kernel.createPagemap(gpu, isStored: false)
      kernel.put(uncached)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(uncached) }
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
    LookAlike("PM017 the shrinker destroys what was released unrecorded") { kernel in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      let two = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_release"]) { kernel in
        // Both puts sample the count before either took effect.
        kernel.put(one.pagemap, sampled: 2, sampledBehind: 1)
        kernel.put(two.pagemap, sampled: 2, sampledBehind: 0)
      }
      kernel.releaseOwner(one.peer)
      kernel.releaseOwner(two.peer)
      kernel.on(cpu: 1, pid: 50) { _ = $0.shrink(gpu) }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(one.pagemap) }
    },
    LookAlike("PM018 the task of the last put ends the cache, and may sleep") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.finishCache(gpu)
    },
    LookAlike("PM018 the same, and drm_pagemap_shrinker_cancel was not seen to return") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.missing(["drm_pagemap_shrinker_cancel_ret"]) { $0.finishCache(gpu) }
    },
    LookAlike("PM018 the same, and a scan of the task was not seen to return") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.missing(["drm_pagemap_shrinker_scan_ret"]) { _ = $0.shrink(gpu) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.finishCache(gpu)
    },
    LookAlike("PM018 a revival fails, and destroys with leave to sleep") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      failRevival(&kernel, gpu, vm.pagemap)
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("PM019 one work drops several holds, late and elsewhere", quiet: 1500) { kernel in
      let gpu = kernel.bind("gpu")
      let two = kernel.bind("two")
      let one = kernel.vmCreate(gpu)
      let other = kernel.vmCreate(two)
      kernel.missing(["drm_pagemap_dev_unhold_work"]) { kernel in
        kernel.vmClose(one)
        kernel.vmClose(other)
      }
      kernel.wait(milliseconds: 400)
      kernel.on(cpu: 1, pid: 8) { $0.unhold() }
    },
    LookAlike("PM020 an unmap waits for a late reference, and returns") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.unplug(gpu)
      kernel.freeFolios(allocation, Array(allocation.folios.dropLast()))
      kernel.on(cpu: 1, pid: 300) { kernel in
        let pgmap = ScenarioFormats.Value.number(kernel.state.pgmap(of: vm.pagemap))
        kernel.emit("memunmap_pages", ["pgmap": pgmap])
        kernel.wait(milliseconds: 400)
        kernel.on(cpu: 0, pid: 100) { $0.freeFolios(allocation, [allocation.folios[3]]) }
        kernel.emit("memunmap_pages_ret", ["pgmap": pgmap])
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM020 an unmap that was not seen to return, all pages are freed") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      kernel.missing(["memunmap_pages_ret"]) { kernel in
        kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      }
    },
    LookAlike("PM021 devres unmaps what the driver left to it, then other memory is mapped") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.releaseOwner($0.state.peer(of: vm.pagemap)) }
      kernel.unmapMemory(vm.pagemap)
      // Memory of another type has its dev_pagemap where that one was.
      kernel.mapMemory(vm.pagemap, gpu, owner: 0, type: 3)
      kernel.wait(milliseconds: 5)
      kernel.unmapMemory(vm.pagemap)
    },
    LookAlike("PM021 memremap_pages fails and unmaps, twice in turn") { kernel in
      let gpu = kernel.bind("gpu")
      var address: UInt64?
      for _ in 0..<2 {
        kernel.lockLookup(gpu)
        _ = kernel.getFromCache(gpu)
        let pagemap = kernel.initPagemap(gpu, at: address)
        kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0)
        kernel.mapMemory(pagemap, gpu)
        kernel.unmapMemory(pagemap)
        kernel.put(pagemap)
        kernel.unlockLookup(gpu)
        kernel.on(cpu: 1, pid: 9) { $0.releaseOwner(pagemap + 0x40) }
        address = pagemap
      }
    },
  ]

  /// A lookup takes a cached pagemap off the list and cannot give it a new life.
  static func failRevival(
    _ kernel: inout PagemapScenario, _ gpu: PagemapScenario.Device, _ pagemap: UInt64
  ) {
    kernel.lockLookup(gpu)
    kernel.beginGetFromCache(gpu)
    _ = kernel.cancelShrinker(pagemap, gpu)
    kernel.state.slots[gpu.cache] = nil
    kernel.reinit(pagemap, result: -12)
    kernel.destroy(pagemap, isAtomic: false)
    kernel.destroyWork(pagemap)
    kernel.endGetFromCache(gpu, UInt64(bitPattern: -12), sampled: 265)
    kernel.unlockLookup(gpu)
  }
}
