import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM021: device memory unmapped twice.
@Suite struct PM021UnmappedTwiceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(21)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["unbind", "shrink"]
  static let untold: Set = ["memremap_pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the driver and devres unmap one memory") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      gap(&kernel)
      kernel.unplug(gpu)
      let first = kernel.now
      kernel.unmapMemory(vm.pagemap)
      kernel.goOn()
      return (
        Expected(rule: 21, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("devres unmaps what the driver left to it, then other memory is mapped") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.releaseOwner($0.state.peer(of: vm.pagemap)) }
      kernel.unmapMemory(vm.pagemap)
      // Memory of another type has its dev_pagemap where that one was.
      kernel.mapMemory(vm.pagemap, gpu, owner: 0, type: 3)
      kernel.wait(milliseconds: 5)
      kernel.unmapMemory(vm.pagemap)
    },
    LookAlike("memremap_pages fails and unmaps, twice in turn") { kernel in
      let gpu = kernel.bind("gpu")
      var address: UInt64?
      for _ in 0..<2 {
        kernel.lockLookup(gpu)
        _ = kernel.getFromCache(gpu)
        let pagemap = kernel.initPagemap(gpu, at: address)
        kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0)
        kernel.mapMemory(pagemap, gpu)
        kernel.unmapMemory(pagemap)
        kernel.put(pagemap)
        kernel.unlockLookup(gpu)
        kernel.on(cpu: 1, pid: 9) { $0.releaseOwner(pagemap + 0x40) }
        address = pagemap
      }
    },
  ]
}
