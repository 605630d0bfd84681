import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM028: shrinker ends with pagemaps on its list.
@Suite struct PM028ShrinkerNotEmptyTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(28)
  static let firesOn: [String] = ["d_late_put", "d_late_put.pages"]
  static let silentOn: [String] = ["unbind", "shrink"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a shrinker ends with a pagemap on its list") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.finishShrinker(gpu, length: 1)
      kernel.goOn()
      return (
        Expected(rule: 28, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a shrinker ends while a foreign VM holds a pagemap") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      kernel.finishShrinker(gpu)
      kernel.wait(milliseconds: 20)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    }
  ]
}
