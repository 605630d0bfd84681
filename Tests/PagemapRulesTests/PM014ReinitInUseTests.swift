import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM014: pagemap initialised again while it is in use.
@Suite struct PM014ReinitInUseTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(14)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["cache_revive", "vm_churn"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a pagemap in use is initialised again") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.reinit(vm.pagemap, sampled: 2)
      kernel.goOn()
      return (
        Expected(rule: 14, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace("a lookup revives what it could not take off the list") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0)
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      gap(&kernel)
      kernel.lockLookup(gpu)
      kernel.beginGetFromCache(gpu)
      kernel.emit(
        "drm_pagemap_shrinker_cancel",
        ["dpagemap": .number(old.pagemap), "cache": .number(gpu.cache)])
      kernel.emit(
        "drm_pagemap_shrinker_cancel_ret", ["dpagemap": .number(old.pagemap), "ret": 0])
      let first = kernel.now
      kernel.reinit(old.pagemap)
      kernel.setPagemap(old.pagemap, gpu)
      kernel.endGetFromCache(gpu, old.pagemap)
      kernel.unlockLookup(gpu)
      kernel.goOn()
      return (
        Expected(rule: 14, category: .lifecycle, kind: .pagemap, address: old.pagemap), first
      )
    },
    BreakingTrace("a destroyed pagemap is revived") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0)
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.reinit(vm.pagemap)
      kernel.goOn()
      return (
        Expected(rule: 14, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("drm_pagemap_init calls drm_pagemap_reinit where another one was") { kernel in
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
    LookAlike("a revival whose drm_pagemap_shrinker_cancel was not seen to return") {
      kernel in
      let gpu = kernel.bind("gpu")
      kernel.vmClose(kernel.vmCreate(gpu))
      var vm: PagemapScenario.VM?
      kernel.missing(["drm_pagemap_shrinker_cancel_ret"]) { vm = $0.vmCreate(gpu) }
      if let vm { kernel.vmClose(vm) }
    },
  ]
}
