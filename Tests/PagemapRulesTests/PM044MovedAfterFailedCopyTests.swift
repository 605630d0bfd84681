import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM044: pages moved although their copy failed.
@Suite struct PM044MovedAfterFailedCopyTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(44)
  static let firesOn: [String] = ["d_copy_ignored.pages"]
  static let silentOn: [String] = ["d_copy_ignored.stock.pages", "evict_race.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a copy fails, and the pages move all the same") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        kernel.mapPages(allocation, .byEviction)
        kernel.copy(allocation, result: -5)
        kernel.unmapMigration(allocation, .byEviction)
        first = kernel.now
        kernel.move(allocation, .byEviction)
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(44, .protocol, allocation), first)
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a copy fails once, and the next attempt copies and moves") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.failToMove(allocation, .byEviction)
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    }
  ]
}
