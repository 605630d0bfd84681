import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM031: owner freed while mapped memory names it.
@Suite struct PM031OwnerReusedTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(31)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["unbind", "p2p_nolink"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a new group gets the owner that mapped memory names") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let owner = kernel.state.owner(ofIsland: 0)
      gap(&kernel)
      kernel.unplug(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      // The driver leaves the mapping to devres, and its peer leaves the group.
      kernel.on(cpu: 1, pid: 9) { $0.releaseOwner($0.state.peer(of: vm.pagemap)) }
      let far = kernel.bind("far", island: 5)
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: far.island, owner: owner)
      kernel.wait(milliseconds: 1)
      kernel.unmapMemory(vm.pagemap)
      kernel.goOn()
      return (
        Expected(rule: 31, category: .useAfterDestroy, kind: .pagemap, address: vm.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("an owner's address is used again when its memory is unmapped") { kernel in
      var owner: UInt64?
      for turn in 0..<3 {
        let gpu = kernel.bind("gpu", island: turn)
        let peer: UInt64 = 0xff10_0000_7100_0028
        kernel.acquireOwner(peer, isVM: true, island: turn, owner: owner)
        owner = kernel.state.owner(ofIsland: turn)
        let looked = kernel.lookUp(gpu)
        kernel.put(looked)
        kernel.releaseOwner(peer)
        _ = kernel.shrink(gpu)
        kernel.missing(turn == 1 ? ["memunmap_pages_ret"] : []) { kernel in
          kernel.on(cpu: 1, pid: 9) { $0.destroyWork(looked) }
        }
      }
    },
    LookAlike("a group that only seemed to end: one of its peers joined unrecorded") {
      kernel in
      let gpu = kernel.bind("gpu")
      let far = kernel.bind("far")
      let vm = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_acquire_owner_ret"]) {
        $0.acquireOwner(0xff10_0000_7200_0028, isVM: true, island: 0)
      }
      kernel.unplug(gpu)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.releaseOwner($0.state.peer(of: vm.pagemap)) }
      let next = kernel.vmCreate(far)
      kernel.unmapMemory(vm.pagemap)
      kernel.vmClose(next)
    },
  ]
}
