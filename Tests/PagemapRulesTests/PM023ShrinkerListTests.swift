import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM023: shrinker's list and its count disagree.
@Suite struct PM023ShrinkerListTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(23)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["shrink", "pressure", "cache_revive"]
  static let untold: Set = ["drm_pagemap_shrinker_scan"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the list's length is negative") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      gap(&kernel)
      let first = kernel.now
      kernel.beginScan(gpu, length: -1)
      kernel.endScan(gpu, count: 0)
      kernel.goOn()
      return (
        Expected(rule: 23, category: .lifecycle, kind: .shrinker, address: gpu.shrinker), first
      )
    },
    BreakingTrace("a count misses a pagemap that is on the list for long") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.wait(milliseconds: 150)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      kernel.goOn()
      return (
        Expected(rule: 23, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace("a pagemap is put on the list twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.addToShrinker(vm.pagemap, length: 1)
      kernel.goOn()
      return (
        Expected(rule: 23, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("the list is empty, and what is on it is counted") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 1) }
    },
    LookAlike("a pagemap is counted while a lookup takes it off the list") { kernel in
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
    LookAlike("a pagemap is counted while another task's scan has it in hand") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      _ = kernel.shrink(gpu) { kernel in
        kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
    LookAlike("a scan destroyed a pagemap unrecorded, and says so") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.missing(["drm_pagemap_destroy"]) { _ = $0.shrink(gpu) }
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
    },
    LookAlike("the list's length is read from freed memory") { kernel in
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
  ]
}
