import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM018: destroy that may sleep in a place that must not.
@Suite struct PM018SleepingDestroyTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(18)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["shrink", "pressure", "unbind"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the shrinker lets the driver sleep") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.destroyMaySleep = true
      let first = kernel.now + kernel.tick
      kernel.on(pid: 50) { _ = $0.shrink(gpu) }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      kernel.goOn()
      return (Expected(rule: 18, category: .protocol, kind: .pagemap, address: vm.pagemap), first)
    },
    BreakingTrace("the last put behind an unplug lets the driver sleep") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      gap(&kernel)
      kernel.destroyMaySleep = true
      let first = kernel.now + 3 * kernel.tick
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      kernel.goOn()
      return (Expected(rule: 18, category: .protocol, kind: .pagemap, address: vm.pagemap), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("the task of the last put ends the cache, and may sleep") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.finishCache(gpu)
    },
    LookAlike("the same, and drm_pagemap_shrinker_cancel was not seen to return") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.missing(["drm_pagemap_shrinker_cancel_ret"]) { $0.finishCache(gpu) }
    },
    LookAlike("the same, and a scan of the task was not seen to return") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.missing(["drm_pagemap_shrinker_scan_ret"]) { _ = $0.shrink(gpu) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.finishCache(gpu)
    },
    LookAlike("a revival fails, and destroys with leave to sleep") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.failRevival(gpu, vm.pagemap)
      kernel.vmClose(kernel.vmCreate(gpu))
    },
  ]
}
