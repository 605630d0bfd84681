import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM015: released pagemap neither cached nor destroyed.
@Suite struct PM015ReleaseWithoutFateTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(15)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["unbind", "vm_churn_idle"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a released pagemap is neither queued nor destroyed", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let first = kernel.now + kernel.tick
      kernel.missing(["drm_pagemap_shrinker_add"]) { $0.vmClose(vm) }
      kernel.wait(milliseconds: 20)
      gap(&kernel)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      kernel.goOn()
      return (
        Expected(rule: 15, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("the recording stops within the release", quiet: 60) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_shrinker_add"]) { $0.vmClose(vm) }
    },
    LookAlike("the list has what went there unrecorded") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_shrinker_add"]) { $0.vmClose(vm) }
      kernel.wait(milliseconds: 1)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 1) }
    },
  ]
}
