import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM041: copy outside a migration, or in the wrong direction.
@Suite struct PM041CopyOutsideMigrationTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(41)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["p2p.pages", "d_copy_ignored.stock.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the driver copies behind the finalization") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        first = kernel.now
        kernel.copy(allocation)
        kernel.freeFolios(allocation)
      }
      kernel.endOf(vm)
      return (.allocation(41, .protocol, allocation), first)
    },
    BreakingTrace("an eviction copies to the device") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        first = kernel.now
        kernel.copy(allocation, toDevice: true)
        kernel.move(allocation, .byEviction)
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(41, .protocol, allocation), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike(
      "pages of another device are copied to system memory by name, and to the device"
    ) {
      kernel in
      let far = kernel.bind("far")
      let near = kernel.bind("near")
      let vm = kernel.vmCreate(far)
      let other = kernel.vmCreate(near)
      let source = kernel.migrateInSteps(vm, at: 0x7f00_0000_0000)
      let target = kernel.offer(mm: vm.mm, pagemap: other.pagemap, at: source.start)
      kernel.populate(target) { kernel in
        kernel.initDevmem(target)
        kernel.beginMigration(target)
        kernel.setUpVMA(target)
        kernel.initFolios(target)
        kernel.copy(source)
        kernel.mapPages(target, .toDevice)
        kernel.copy(target, toDevice: true)
        kernel.unmapMigration(target, .toDevice)
        kernel.move(source, .byFault)
        kernel.finalize(target, .toDevice)
        kernel.freeFolios(source)
        kernel.endMigration(target)
      }
      kernel.freeFolios(target)
      kernel.vmClose(other)
      kernel.vmClose(vm)
    }
  ]
}
