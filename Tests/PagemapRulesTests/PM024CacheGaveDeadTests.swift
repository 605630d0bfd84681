import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM024: cache handed out a pagemap without a reference.
@Suite struct PM024CacheGaveDeadTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(24)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["cache_revive", "d_stale_signal.stock.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a lookup returns a pagemap that waits in its cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.lockLookup(gpu)
      kernel.beginGetFromCache(gpu)
      let first = kernel.now
      kernel.endGetFromCache(gpu, vm.pagemap)
      kernel.unlockLookup(gpu)
      kernel.goOn()
      return (
        Expected(rule: 24, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a lookup finds none, another one is interrupted") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.lockLookup(gpu)
      kernel.endGetFromCache(gpu, kernel.getFromCache(gpu), sampled: -77)
      kernel.unlockLookup(gpu)
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      kernel.lockLookup(gpu)
      kernel.beginGetFromCache(gpu)
      kernel.endGetFromCache(gpu, UInt64(bitPattern: -4), sampled: 0)
      kernel.unlockLookup(gpu)
    }
  ]
}
