import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM016: pagemap destroyed twice.
@Suite struct PM016DestroyedTwiceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(16)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["shrink", "unbind"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the shrinker and a worker destroy one pagemap") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { kernel in
        kernel.destroy(vm.pagemap, isAtomic: true)
        kernel.destroyWork(vm.pagemap)
      }
      kernel.goOn()
      return (
        Expected(rule: 16, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("two pagemaps in turn have one address, each is destroyed") { kernel in
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
    }
  ]
}
