import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM004: pagemap used after its last reference.
@Suite struct PM004UseAfterDestroyTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(4)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["cache_revive", "shrink", "vm_churn"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a migration to a pagemap that waits in its cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.put(vm.pagemap)
      kernel.releaseOwner(vm.peer)
      gap(&kernel)
      kernel.wait(milliseconds: 5)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      let first = kernel.now
      kernel.populate(allocation, result: -19) { _ in }
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 4, category: .useAfterDestroy, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace("pages of a pagemap that was destroyed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      _ = kernel.shrink(gpu)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      kernel.getPages(0xabc0, vm.pagemap, mm: vm.mm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 4, category: .useAfterDestroy, kind: .pagemap, address: vm.pagemap), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a pagemap is revived from its cache again and again") { kernel in
      let gpu = kernel.bind("gpu")
      for turn in 0..<5 {
        kernel.pid = 100 + Int32(turn)
        let vm = kernel.vmCreate(gpu, mm: 0xff10_0000_6000_0000 + UInt64(turn) * 0x1000)
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
        kernel.vmClose(vm)
        kernel.wait(milliseconds: turn % 2 == 0 ? 150 : 1)
      }
    },
    LookAlike("a new pagemap gets the address of the old one within microseconds") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      let address = old.pagemap
      kernel.vmClose(old)
      _ = kernel.shrink(gpu)
      kernel.destroyWork(address)
      let new = kernel.vmCreate(gpu, peer: old.peer, pagemap: address)
      kernel.freeFolios(kernel.migrateToDevmem(new, at: 0x7f00_0000_0000))
      kernel.vmClose(new)
    },
  ]
}
