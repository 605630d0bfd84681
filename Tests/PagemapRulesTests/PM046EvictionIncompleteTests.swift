import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM046: eviction said success and left pages.
@Suite struct PM046EvictionIncompleteTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(46)
  static let firesOn: [String] = ["d_evict_early", "d_evict_early.pages"]
  static let silentOn: [String] = ["evict_race", "evict_race.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("an eviction says success, and the zdd lives") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        gap(&kernel)
        kernel.wait(microseconds: 20)
        first = kernel.now
      }
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(46, .evictionStuck, allocation), first)
    },
    BreakingTrace("a fourth attempt of an eviction") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        for _ in 0..<3 { kernel.failToMove(allocation, .byEviction) }
        first = kernel.now
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(46, .evictionStuck, allocation), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("three attempts of an eviction, the last one moves what is left") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.evict(allocation, result: 0) { kernel in
        for _ in 0..<2 { kernel.failToMove(allocation, .byEviction) }
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike(
      "a CPU fault finishes the allocation: the eviction returns 0, having copied nothing"
    ) {
      kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.evict(allocation, result: 0) { kernel in
          kernel.collectPfns(allocation, locked: [])
          kernel.on(cpu: 0, pid: 100) { $0.faultInSteps(allocation) }
          kernel.unmapMigration(allocation, .byEviction)
          kernel.move(allocation, .byEviction, moved: [])
          kernel.finalize(allocation, .byEviction)
        }
      }
      kernel.vmClose(vm)
    },
  ]
}
