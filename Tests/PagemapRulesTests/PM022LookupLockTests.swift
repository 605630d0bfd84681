import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM022: cache looked up without its lock.
@Suite struct PM022LookupLockTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(22)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["d_cache_lock.stock.pages", "vm_churn"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a lookup does not lock the cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      if let looked = kernel.getFromCache(gpu) { kernel.put(looked) }
      kernel.vmClose(vm)
      kernel.goOn()
      return (Expected(rule: 22, category: .protocol, kind: .cache, address: gpu.cache), first)
    },
    BreakingTrace("a task migrates with the lock and unlocks late") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.lockLookup(gpu)
      gap(&kernel)
      let first = kernel.now
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.unlockLookup(gpu)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
      kernel.goOn()
      return (Expected(rule: 22, category: .protocol, kind: .cache, address: gpu.cache), first)
    },
    BreakingTrace("a lock is never given back, and another task waits for it", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.lockLookup(gpu)
      gap(&kernel)
      let first = kernel.now
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.on(cpu: 1, pid: 101) { $0.askLookup(gpu) }
      kernel.freeFolios(allocation)
      kernel.goOn()
      return (Expected(rule: 22, category: .protocol, kind: .cache, address: gpu.cache), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("drm_pagemap_get_from_cache_if_active needs no lock") { kernel in
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
    LookAlike("the wait for the lock is interrupted, the next one gets it") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.lockLookup(gpu, result: -4)
        kernel.put(kernel.lookUp(gpu))
      }
      kernel.vmClose(vm)
    },
    LookAlike("two tasks take turns, with equal stamps") { kernel in
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
    LookAlike("a lock whose return went unrecorded") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.vmClose(kernel.vmCreate(gpu))
      kernel.missing(["drm_pagemap_cache_lock_lookup_ret"]) { kernel in
        kernel.put(kernel.lookUp(gpu))
      }
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("a task migrates, its unlock went unrecorded, the next one gets the lock") {
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
    LookAlike("a task migrates while another one has the lock") { kernel in
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
  ]
}
