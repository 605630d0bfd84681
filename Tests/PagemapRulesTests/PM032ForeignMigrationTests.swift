import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM032: pages moved between devices without an interconnect.
@Suite struct PM032ForeignMigrationTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(32)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["clean.all"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a migration takes pages of a device out of reach") { kernel, gap in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 2)
      let there = kernel.vmCreate(far)
      let here = kernel.vmCreate(near)
      let old = kernel.migrateToDevmem(there, at: 0x7f00_0000_0000)
      let new = kernel.offer(mm: here.mm, pagemap: here.pagemap, at: 0x7f00_0000_0000)
      gap(&kernel)
      var first = kernel.now
      kernel.populate(new) { kernel in
        kernel.initDevmem(new)
        kernel.beginMigration(new)
        kernel.initFolios(new)
        first = kernel.now
        kernel.migrateRange(new, from: there.pagemap)
        kernel.freeFolios(old)
        kernel.endMigration(new)
      }
      kernel.goOn()
      return (
        Expected(rule: 32, category: .protocol, kind: .deviceAllocation, address: new.devmem), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("pages move between devices of one group") { kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let there = kernel.vmCreate(far)
      let here = kernel.vmCreate(near)
      let old = kernel.migrateToDevmem(there, at: 0x7f00_0000_0000)
      let new = moveOver(&kernel, old, to: here, from: there.pagemap)
      kernel.freeFolios(new)
      kernel.vmClose(here)
      kernel.vmClose(there)
    },
    LookAlike("pages of a device out of reach go to system memory first") { kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 2)
      let there = kernel.vmCreate(far)
      let here = kernel.vmCreate(near)
      let old = kernel.migrateToDevmem(there, at: 0x7f00_0000_0000)
      kernel.evict(old)
      let new = moveOver(&kernel, nil, to: here, from: 0)
      kernel.freeFolios(new)
      kernel.vmClose(here)
      kernel.vmClose(there)
    },
  ]

  /// A migration of pages at one address, those of an allocation or of system memory.
  private static func moveOver(
    _ kernel: inout PagemapScenario, _ old: PagemapScenario.Allocation?,
    to vm: PagemapScenario.VM, from source: UInt64
  ) -> PagemapScenario.Allocation {
    let new = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    kernel.populate(new) { kernel in
      kernel.initDevmem(new)
      kernel.beginMigration(new)
      kernel.initFolios(new)
      kernel.migrateRange(new, from: source)
      if let old { kernel.freeFolios(old) }
      kernel.endMigration(new)
    }
    return new
  }
}
