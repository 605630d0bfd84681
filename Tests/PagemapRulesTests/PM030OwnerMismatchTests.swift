import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM030: memory and its users are in different groups.
@Suite struct PM030OwnerMismatchTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(30)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["p2p", "prefer_foreign", "p2p_nolink"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("memory is mapped for another group than its pagemap's") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      let pagemap = kernel.initPagemap(gpu)
      kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0)
      gap(&kernel)
      let first = kernel.now
      kernel.mapMemory(pagemap, gpu, owner: 0xff10_0000_4700_0000)
      kernel.setPagemap(pagemap, gpu)
      kernel.unlockLookup(gpu)
      kernel.goOn()
      return (Expected(rule: 30, category: .lifecycle, kind: .pagemap, address: pagemap), first)
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a group outlives its founder, and memory is mapped for it") { kernel in
      let one = kernel.bind("one", island: 1)
      let two = kernel.bind("two", island: 1)
      let founder = kernel.vmCreate(one)
      let second = kernel.vmCreate(two)
      kernel.vmClose(founder)
      _ = kernel.shrink(one)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(founder.pagemap) }
      let third = kernel.vmCreate(one)
      kernel.vmClose(third)
      kernel.vmClose(second)
    },
    LookAlike("a VM joins the first group it reaches, which is not its own device's") {
      kernel in
      // The device reaches both groups, whose devices do not reach each other.
      let gpu = kernel.bind("gpu", island: 1)
      kernel.vmClose(kernel.vmCreate(gpu))
      let peer: UInt64 = 0xff10_0000_7100_0028
      kernel.acquireOwner(peer, isVM: true, island: 2)
      let looked = kernel.lookUp(gpu)
      kernel.put(looked)
      kernel.releaseOwner(peer)
    },
  ]
}
