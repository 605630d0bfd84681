import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM045: pages mapped and copied although none was populated.
@Suite struct PM045CopiedNothingTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(45)
  static let firesOn: [String] = ["d_recount.pages"]
  static let silentOn: [String] = ["evict_race.pages", "d_copy_ignored.stock.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a second attempt begins with the count of the first") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.failToMove(allocation, .byEviction)
        kernel.collect(allocation, .byEviction)
        first = kernel.now
        kernel.populateRam(allocation, count: 4)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(45, .doubleMigration, allocation), first)
    },
    BreakingTrace("a retry that locked nothing maps and copies") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.failToMove(allocation, .byEviction)
        kernel.collectPfns(allocation, locked: [])
        first = kernel.now
        kernel.mapPages(allocation, .byEviction)
        kernel.copy(allocation)
        kernel.unmapMigration(allocation, .byEviction)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(45, .doubleMigration, allocation), first)
    },
    BreakingTrace("the array of mapped pages is empty") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      let first = kernel.now
      kernel.mapArrays(allocation, mapped: [0, 0, 0, 0])
      kernel.unmapMigration(allocation, .byFault)
      kernel.move(allocation, .byFault, moved: [])
      kernel.finalize(allocation, .byFault)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(45, .doubleMigration, allocation), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("an attempt that populated nothing unmaps nothing and clears nothing") {
      kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collectPfns(allocation, locked: [])
        kernel.populateRam(allocation)
        kernel.unmapMigration(allocation, .byEviction, arrays: true)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an attempt with pages of its own maps and copies a part of the array") {
      kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.populateRam(allocation)
      kernel.mapPages(allocation, .byFault)
      kernel.mapArrays(allocation, mapped: [0, 0x1234, 0, 0])
      kernel.copy(allocation, pfns: [allocation.firstPFN + 1])
      kernel.unmapMigration(allocation, .byFault, arrays: true)
      kernel.move(allocation, .byFault, moved: [allocation.firstPFN + 1])
      kernel.finalize(allocation, .byFault)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
    },
  ]
}
