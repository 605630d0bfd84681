import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM029: peer joined or left its group twice.
@Suite struct PM029PeerTwiceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(29)
  static let firesOn: [String] = [
    "d_acquire_twice.pages", "d_init_error", "d_init_error.pages", "d_release_twice",
    "d_release_twice.pages",
  ]
  static let silentOn: [String] = ["init_error", "prefer_foreign"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a peer joins twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now + kernel.tick
      kernel.acquireOwner(vm.peer, isVM: true, island: 0)
      kernel.goOn()
      return (Expected(rule: 29, category: .lifecycle, kind: .vmPeer, address: vm.peer), first)
    },
    BreakingTrace("a peer leaves twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.emit(
        "drm_pagemap_release_owner",
        ["peer": .number(vm.peer), "owner": 0, "oref": 77, "list": 0x7fff_c01b_1680])
      kernel.goOn()
      return (Expected(rule: 29, category: .lifecycle, kind: .vmPeer, address: vm.peer), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a peer that never joined is released") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0, result: -12)
      kernel.emit(
        "drm_pagemap_release_owner",
        ["peer": 0x7700_0028, "owner": 0, "oref": 77, "list": 0])
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("the next VM's peer is where the last one's was") { kernel in
      let gpu = kernel.bind("gpu")
      let stays = kernel.vmCreate(gpu)
      for _ in 0..<3 { kernel.vmClose(kernel.vmCreate(gpu, peer: 0xff10_0000_7100_0028)) }
      kernel.vmClose(stays)
    },
    LookAlike("the next VM is where one was that left unrecorded, in an older group") {
      kernel in
      let gpu = kernel.bind("gpu")
      kernel.unrecorded { $0.acquireOwner(0xff10_0000_7200_0028, isVM: true, island: 0) }
      let stays = kernel.vmCreate(gpu)
      let peer: UInt64 = 0xff10_0000_7100_0028
      let one = kernel.vmCreate(gpu, peer: peer)
      kernel.missing(["drm_pagemap_release_owner"]) { $0.vmClose(one) }
      kernel.vmClose(kernel.vmCreate(gpu, peer: peer))
      kernel.vmClose(stays)
    },
  ]
}
