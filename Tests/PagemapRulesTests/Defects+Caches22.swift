import PagemapModel
import PagemapRules
import TestSupport

extension Defect {
  /// PM022 and PM024 to PM027: the cache and its lookups.
  static let caches: [Defect] = [
    Defect("PM022 a lookup does not lock the cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      if let looked = kernel.getFromCache(gpu) { kernel.put(looked) }
      kernel.vmClose(vm)
      quiet(&kernel)
      return (Expected(rule: 22, category: .protocol, kind: .cache, address: gpu.cache), first)
    },
    Defect("PM022 a task migrates with the lock and unlocks late") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.lockLookup(gpu)
      gap(&kernel)
      let first = kernel.now
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.unlockLookup(gpu)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
      quiet(&kernel)
      return (Expected(rule: 22, category: .protocol, kind: .cache, address: gpu.cache), first)
    },
    Defect("PM022 a lock is never given back, and another task waits for it", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.lockLookup(gpu)
      gap(&kernel)
      let first = kernel.now
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.on(cpu: 1, pid: 101) { $0.askLookup(gpu) }
      kernel.freeFolios(allocation)
      quiet(&kernel)
      return (Expected(rule: 22, category: .protocol, kind: .cache, address: gpu.cache), first)
    },
    Defect("PM024 a lookup returns a pagemap that waits in its cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.lockLookup(gpu)
      kernel.beginGetFromCache(gpu)
      let first = kernel.now
      kernel.endGetFromCache(gpu, vm.pagemap)
      kernel.unlockLookup(gpu)
      quiet(&kernel)
      return (
        Expected(rule: 24, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM025 the shrinker clears a slot that has the next pagemap") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      var next = old
      kernel.on(cpu: 1, pid: 50) { kernel in
        _ = kernel.shrink(gpu) { kernel in
          kernel.on(cpu: 0, pid: 101) { next = $0.vmCreate(gpu) }
        }
      }
      kernel.state.slots[gpu.cache] = nil
      gap(&kernel)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      kernel.pid = 102
      kernel.lockLookup(gpu)
      let first = kernel.now
      _ = kernel.getFromCache(gpu)
      kernel.unlockLookup(gpu)
      quiet(&kernel)
      return (
        Expected(rule: 25, category: .lifecycle, kind: .pagemap, address: next.pagemap), first
      )
    },
    Defect("PM026 queued is complete while the slot's pagemap is in use") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.lockLookup(gpu)
      let first = kernel.now + kernel.tick
      let looked = kernel.getFromCache(gpu, isQueued: true)
      kernel.unlockLookup(gpu)
      kernel.put(looked ?? 0)
      kernel.vmClose(vm)
      quiet(&kernel)
      return (
        Expected(
          rule: 26, category: .lifecycle, severity: .warning, kind: .pagemap, address: vm.pagemap),
        first
      )
    },
    Defect("PM027 a lookup enters a cache that is freed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.lockLookup(gpu)
      kernel.unlockLookup(gpu)
      quiet(&kernel)
      return (
        Expected(rule: 27, category: .useAfterDestroy, kind: .cache, address: gpu.cache), first
      )
    },
  ]

  /// PM023 and PM028: the shrinker's list.
  static let shrinkers: [Defect] = [
    Defect("PM023 the list's length is negative") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      gap(&kernel)
      let first = kernel.now
      kernel.beginScan(gpu, length: -1)
      kernel.endScan(gpu, count: 0)
      quiet(&kernel)
      return (
        Expected(rule: 23, category: .lifecycle, kind: .shrinker, address: gpu.shrinker), first
      )
    },
    Defect("PM023 a count misses a pagemap that is on the list for long") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.wait(milliseconds: 150)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      quiet(&kernel)
      return (
        Expected(rule: 23, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM023 a pagemap is put on the list twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.addToShrinker(vm.pagemap, length: 1)
      quiet(&kernel)
      return (
        Expected(rule: 23, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM028 a shrinker ends with a pagemap on its list") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.finishShrinker(gpu, length: 1)
      quiet(&kernel)
      return (
        Expected(rule: 28, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
  ]
}
