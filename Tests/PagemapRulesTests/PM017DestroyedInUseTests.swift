import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM017: pagemap destroyed while it is held or listed.
@Suite struct PM017DestroyedInUseTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(17)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["shrink", "unbind"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a pagemap that a VM has is destroyed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { $0.destroy(vm.pagemap, isAtomic: true) }
      kernel.goOn()
      return (
        Expected(rule: 17, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace("a pagemap on the list is destroyed by who did not take it off") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { kernel in
        kernel.destroy(vm.pagemap, isAtomic: true)
        kernel.destroyWork(vm.pagemap)
      }
      kernel.goOn()
      return (
        Expected(rule: 17, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a release without a cache, and one without a device, destroy at once") {
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
    LookAlike("the shrinker destroys what was released unrecorded") { kernel in
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
  ]
}
