import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM051: failed drm_gpusvm_get_pages kept its hold.
@Suite struct PM051FailedGetPagesHoldsTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(51)
  static let firesOn: [String] = ["d_get_pages_error.pages"]
  static let silentOn: [String] = ["gpusvm_stress", "d_get_pages_error.stock.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("pages could not be gotten, and the pagemap stays held") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.endGetPages(mirror, result: -95, held: vm.pagemap)
      kernel.freePages(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 51, category: .dmaMapping, kind: .svmPages, address: mirror.pages), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("pages that are gotten again: what failed holds nothing, what is valid stays") {
      kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, result: -95)
      kernel.evictRange(mirror)
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, held: vm.pagemap)
      kernel.freePages(mirror)
      kernel.vmClose(vm)
    }
  ]
}
