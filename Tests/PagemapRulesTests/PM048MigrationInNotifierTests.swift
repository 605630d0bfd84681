import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM048: migration within an mmu notifier.
@Suite struct PM048MigrationInNotifierTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(48)
  static let firesOn: [String] = ["d_notifier_evict.pages"]
  static let silentOn: [String] = ["d_stale_fault.stock.pages", "d_get_pages_error.stock.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a notifier evicts") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      var first = kernel.now
      kernel.invalidate(kernel.mirror()) { kernel in
        gap(&kernel)
        kernel.wait(microseconds: 20)
        first = kernel.now
        kernel.evict(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(48, .protocol, allocation), first)
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a migration calls notifiers, and another task migrates while one runs") {
      kernel in
      let (vm, allocation) = kernel.resident()
      let mirror = kernel.mirror()
      kernel.evict(allocation, result: 0) { kernel in
        kernel.invalidate(mirror)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.invalidate(mirror) { kernel in
        kernel.on(cpu: 1, pid: 200) { $0.evict($0.migrateToDevmem(vm, at: 0x7f00_0000_0000)) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("a notifier's return was not recorded, and its task migrates later") { kernel in
      let (vm, allocation) = kernel.resident()
      let mirror = kernel.mirror()
      kernel.missing(["drm_gpusvm_notifier_invalidate_ret"]) { $0.invalidate(mirror) }
      kernel.wait(milliseconds: 5)
      kernel.evict(allocation)
      kernel.invalidate(mirror)
      kernel.vmClose(vm)
    },
  ]
}
