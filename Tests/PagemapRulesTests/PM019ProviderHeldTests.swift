import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM019: provider held although its pagemap was released.
@Suite struct PM019ProviderHeldTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(19)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["vm_churn_idle", "unbind"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("nothing drops a hold of the provider", needsTheEnd: true) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let first = kernel.now + kernel.tick
      kernel.missing(["drm_pagemap_dev_unhold_work"]) { $0.vmClose(vm) }
      gap(&kernel)
      kernel.wait(milliseconds: 1100)
      kernel.heartbeat()
      return (
        Expected(
          rule: 19, category: .lifecycle, severity: .warning, kind: .pagemap, address: vm.pagemap),
        first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("one work drops several holds, late and elsewhere", quiet: 1500) { kernel in
      let gpu = kernel.bind("gpu")
      let two = kernel.bind("two")
      let one = kernel.vmCreate(gpu)
      let other = kernel.vmCreate(two)
      kernel.missing(["drm_pagemap_dev_unhold_work"]) { kernel in
        kernel.vmClose(one)
        kernel.vmClose(other)
      }
      kernel.wait(milliseconds: 400)
      kernel.on(cpu: 1, pid: 8) { $0.unhold() }
    }
  ]
}
