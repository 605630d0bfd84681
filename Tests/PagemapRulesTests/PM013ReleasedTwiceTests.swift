import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM013: pagemap released twice in one life.
@Suite struct PM013ReleasedTwiceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(13)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["cache_revive", "vm_churn"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the last reference goes twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      kernel.beginRelease(vm.pagemap)
      kernel.goOn()
      return (
        Expected(rule: 13, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a revived pagemap is released once in each of its lives") { kernel in
      let gpu = kernel.bind("gpu")
      for turn in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
        kernel.vmClose(vm)
        kernel.wait(milliseconds: turn == 1 ? 120 : 0)
      }
    },
    LookAlike("a revival goes unrecorded, the next puts tell of it") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.vmClose(kernel.vmCreate(gpu))
      var vm: PagemapScenario.VM?
      kernel.missing(["drm_pagemap_reinit", "drm_pagemap_reinit_ret"]) { vm = $0.vmCreate(gpu) }
      if let vm { kernel.vmClose(vm) }
    },
  ]
}
