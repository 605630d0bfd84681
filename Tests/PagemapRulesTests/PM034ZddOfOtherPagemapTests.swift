import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM034: folio's zdd belongs to another pagemap.
@Suite struct PM034ZddOfOtherPagemapTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(34)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["p2p", "two_tiles"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a folio of one device is freed with another device's zdd") { kernel, gap in
      let one = kernel.bind("one")
      let two = kernel.bind("two")
      let here = kernel.vmCreate(one)
      let there = kernel.vmCreate(two)
      let allocation = kernel.migrateToDevmem(here, at: 0x7f00_0000_0000)
      var other = kernel.migrateToDevmem(there, at: 0x7f00_0001_0000)
      kernel.freeFolios(allocation, [allocation.folios[0]])
      gap(&kernel)
      let first = kernel.now
      other.zdd = allocation.zdd
      kernel.emitFree(other, other.folios[0])
      kernel.goOn()
      return (Expected(rule: 34, category: .lifecycle, kind: .zdd, address: allocation.zdd), first)
    },
    BreakingTrace("a migration was given another device's pages") { kernel, gap in
      let one = kernel.bind("one")
      let two = kernel.bind("two")
      let vm = kernel.vmCreate(one)
      let there = kernel.vmCreate(two)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.beginFault(allocation)
      kernel.endFault(allocation)
      gap(&kernel)
      let first = kernel.now
      kernel.emitFree(
        allocation, allocation.folios[0], pgmap: kernel.state.pgmap(of: there.pagemap))
      kernel.goOn()
      return (Expected(rule: 34, category: .lifecycle, kind: .zdd, address: allocation.zdd), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("two tiles of one device have a pagemap each") { kernel in
      let near = kernel.bind("gpu")
      var tile = kernel.bind("gpu")
      tile.drm = near.drm
      let peer: UInt64 = 0xff10_0000_7100_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      let pagemaps = [kernel.lookUp(near), kernel.lookUp(tile)]
      for turn in 0..<4 {
        // Addresses of zdds come again on the other tile.
        let allocation = kernel.offer(
          mm: 0xff10_0000_6100_0000, pagemap: pagemaps[turn % 2], at: 0x7f00_0000_0000,
          zdd: 0xff10_0000_9900_0000)
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        kernel.freeFolios(allocation)
      }
      for pagemap in pagemaps { kernel.put(pagemap) }
      kernel.releaseOwner(peer)
    }
  ]
}
