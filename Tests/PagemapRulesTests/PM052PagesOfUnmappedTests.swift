import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM052: pages of unmapped memory were mapped again.
@Suite struct PM052PagesOfUnmappedTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(52)
  static let firesOn: [String] = ["d_use_removed", "d_use_removed.pages"]
  static let silentOn: [String] = ["gpusvm", "gpusvm_stress"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("pages of memory that the process unmapped are gotten") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.invalidate(mirror) { $0.flagUnmapped(mirror) }
      gap(&kernel)
      kernel.wait(microseconds: 20)
      kernel.beginGetPages(mirror)
      let first = kernel.now
      kernel.endGetPages(mirror)
      kernel.freePages(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 52, category: .protocol, kind: .svmPages, address: mirror.pages), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a call that began before the pages were flagged succeeds") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.invalidate(mirror) { $0.flagUnmapped(mirror) }
      }
      kernel.endGetPages(mirror)
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, result: -14)
      kernel.vmClose(vm)
    },
    LookAlike("pages are flagged and freed, and others at their address are gotten") {
      kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.invalidate(mirror) { $0.flagUnmapped(mirror) }
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      kernel.freePages(mirror)
      kernel.findRange(mirror)
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror)
      kernel.vmClose(vm)
    },
  ]
}
