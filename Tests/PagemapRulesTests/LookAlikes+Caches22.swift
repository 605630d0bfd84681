import TestSupport

extension LookAlike {
  /// PM022 and PM024 to PM027: the cache and its lookups.
  static let legalCaches: [LookAlike] = [
    LookAlike("PM022 drm_pagemap_get_from_cache_if_active needs no lock") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.emit(
        "drm_pagemap_get_from_cache_if_active",
        ["cache": .number(gpu.cache), "dpagemap": .number(vm.pagemap)])
      kernel.get(vm.pagemap)
      kernel.emit(
        "drm_pagemap_get_from_cache_if_active_ret",
        ["cache": .number(gpu.cache), "ret": .number(vm.pagemap)])
      kernel.put(vm.pagemap)
      kernel.vmClose(vm)
    },
    LookAlike("PM022 the wait for the lock is interrupted, the next one gets it") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.lockLookup(gpu, result: -4)
        kernel.put(kernel.lookUp(gpu))
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM022 two tasks take turns, with equal stamps") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.lockLookup(gpu)
        let one = kernel.getFromCache(gpu) ?? 0
        let stamp = kernel.now
        kernel.unlockLookup(gpu)
        kernel.on(cpu: 0, pid: 100) { kernel in
          kernel.at(stamp - 50) { $0.askLookup(gpu) }
          kernel.now = stamp
          kernel.emit(
            "drm_pagemap_cache_lock_lookup_ret", ["cache": .number(gpu.cache), "ret": 0])
          let two = kernel.getFromCache(gpu) ?? 0
          kernel.unlockLookup(gpu)
          kernel.put(two)
        }
        kernel.put(one)
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM022 a lock whose return went unrecorded") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.vmClose(kernel.vmCreate(gpu))
      kernel.missing(["drm_pagemap_cache_lock_lookup_ret"]) { kernel in
        kernel.put(kernel.lookUp(gpu))
      }
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("PM022 a task migrates, its unlock went unrecorded, the next one gets the lock") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_cache_unlock_lookup"]) { kernel in
        kernel.put(kernel.lookUp(gpu))
      }
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.on(cpu: 1, pid: 101) { kernel in kernel.put(kernel.lookUp(gpu)) }
      kernel.vmClose(vm)
    },
    LookAlike("PM022 a task migrates while another one has the lock") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 101) { $0.lockLookup(gpu) }
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.on(cpu: 1, pid: 101) { kernel in
        let looked = kernel.getFromCache(gpu)
        kernel.unlockLookup(gpu)
        kernel.put(looked ?? 0)
      }
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("PM024 a lookup finds none, another one is interrupted") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.lockLookup(gpu)
      kernel.endGetFromCache(gpu, kernel.getFromCache(gpu), sampled: -77)
      kernel.unlockLookup(gpu)
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.lockLookup(gpu)
      kernel.beginGetFromCache(gpu)
      kernel.endGetFromCache(gpu, UInt64(bitPattern: -4), sampled: 0)
      kernel.unlockLookup(gpu)
    },
    LookAlike("PM025 a lookup empties the slot of what the shrinker has in hand") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      var new = old
      kernel.on(cpu: 1, pid: 50) { kernel in
        _ = kernel.shrink(gpu) { kernel in
          kernel.on(cpu: 0, pid: 101) { new = $0.vmCreate(gpu) }
        }
      }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      kernel.pid = 102
      let third = kernel.vmCreate(gpu)
      kernel.vmClose(third)
      kernel.on(pid: 101) { $0.vmClose(new) }
    },
    LookAlike("PM025 a device is bound again, a foreign VM still has the old pagemap") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.lookUp(gpu)
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      kernel.finishShrinker(gpu)
      let again = kernel.bind("gpu", cache: gpu.cache)
      kernel.vmClose(kernel.vmCreate(again))
      kernel.on(cpu: 1, pid: 101) { $0.put(old) }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old) }
    },
    LookAlike("PM026 queued is complete for a cached pagemap, and reset by its revival") { kernel in
      let gpu = kernel.bind("gpu")
      for _ in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        kernel.on(cpu: 1, pid: 101) { kernel in kernel.put(kernel.lookUp(gpu)) }
        kernel.vmClose(vm)
      }
    },
    LookAlike("PM026 the pagemap is released and revived within the lookup") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.lockLookup(gpu)
        // The slot and its count are sampled, then the last put queues it, then queued is.
        kernel.beginGetFromCache(gpu, isQueued: true)
        kernel.on(cpu: 0, pid: 100) { $0.vmClose(vm) }
        _ = kernel.cancelShrinker(vm.pagemap, gpu)
        kernel.reinit(vm.pagemap)
        kernel.setPagemap(vm.pagemap, gpu)
        kernel.endGetFromCache(gpu, vm.pagemap)
        kernel.unlockLookup(gpu)
        kernel.put(vm.pagemap)
      }
    },
    LookAlike("PM027 a device that is bound again has its cache where the old one was") { kernel in
      var cache: UInt64?
      for turn in 0..<3 {
        let missed: Set<String> =
          turn == 1
          ? ["drm_pagemap_cache_create_devm_ret"]
          : turn == 2
            ? ["drm_pagemap_cache_create_devm"] : []
        var bound: PagemapScenario.Device?
        kernel.missing(missed) { bound = $0.bind("gpu", cache: cache) }
        guard let gpu = bound else { return }
        cache = gpu.cache
        kernel.vmClose(kernel.vmCreate(gpu))
        kernel.unplug(gpu)
        kernel.finishCache(gpu)
        kernel.finishShrinker(gpu)
      }
    },
    LookAlike("PM027 a cache cannot be made, and ends where an old one ended") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      kernel.emit(
        "drm_pagemap_cache_create_devm",
        ["shrinker": .number(gpu.shrinker), "drm": .number(gpu.drm), "dev": "gpu"])
      kernel.finishCache(gpu)
      kernel.emit(
        "drm_pagemap_cache_create_devm_ret", ["shrinker": .number(gpu.shrinker), "ret": -12])
    },
  ]

  /// PM023 and PM028: the shrinker's list.
  static let legalShrinkers: [LookAlike] = [
    LookAlike("PM023 the list is empty, and what is on it is counted") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 1) }
    },
    LookAlike("PM023 a pagemap is counted while a lookup takes it off the list") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.lockLookup(gpu)
      kernel.beginGetFromCache(gpu)
      kernel.at(kernel.now + kernel.tick / 2) { kernel in
        kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      }
      _ = kernel.cancelShrinker(vm.pagemap, gpu)
      kernel.state.slots[gpu.cache] = nil
      kernel.reinit(vm.pagemap)
      kernel.setPagemap(vm.pagemap, gpu)
      kernel.endGetFromCache(gpu, vm.pagemap)
      kernel.unlockLookup(gpu)
      kernel.put(vm.pagemap)
    },
    LookAlike("PM023 a pagemap is counted while another task's scan has it in hand") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      _ = kernel.shrink(gpu) { kernel in
        kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
    LookAlike("PM023 a scan destroyed a pagemap unrecorded, and says so") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.missing(["drm_pagemap_destroy"]) { _ = $0.shrink(gpu) }
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
    },
    LookAlike("PM023 the list's length is read from freed memory") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      kernel.finishShrinker(gpu)
      kernel.missing(["drm_pagemap_shrinker_add"]) { kernel in
        kernel.beginPut(vm.pagemap)
        kernel.beginRelease(vm.pagemap)
      }
      kernel.addToShrinker(vm.pagemap, length: -1_936_550_771)
      kernel.destroy(vm.pagemap, isAtomic: true)
      kernel.unhold()
      kernel.state.pagemaps[vm.pagemap]?.references = 0
      kernel.endPut(vm.pagemap)
      kernel.releaseOwner(vm.peer)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
    LookAlike("PM028 a shrinker ends while a foreign VM holds a pagemap") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      kernel.finishShrinker(gpu)
      kernel.wait(milliseconds: 20)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
  ]
}
