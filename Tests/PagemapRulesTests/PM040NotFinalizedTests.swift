import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM040: collected pages never finalized.
@Suite struct PM040NotFinalizedTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(40)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["clean.pages", "evict_race.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a fault returns without finalizing its pass") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.move(allocation, .byFault, moved: [])
      let first = kernel.now
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(40, .protocol, allocation), first)
    },
    BreakingTrace("an eviction collects again, and its first pass was not finalized") {
      kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collect(allocation, .byEviction)
        gap(&kernel)
        first = kernel.now
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.endOf(vm)
      return (.allocation(40, .protocol, allocation), first)
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("migration, fault and eviction with all their steps") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.faultInSteps(allocation)
      kernel.evictInSteps(kernel.migrateInSteps(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
    },
    LookAlike("a setup that collects nothing is followed by nothing") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.setUpVMA(allocation, collected: 0)
      kernel.endFault(allocation)
      kernel.faultInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("a setup that fails is followed by nothing") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.faultInSteps(kernel.migrateInSteps(vm, at: 0x7f00_0000_0000))
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation, result: -22) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.setUpVMA(allocation, result: -22)
        kernel.endMigration(allocation, result: -22)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an incomplete collection is moved and finalized with nothing in it") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation, result: -16) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.setUpVMA(allocation, collected: 3)
        kernel.move(allocation, .toDevice, moved: [])
        kernel.finalize(allocation, .toDevice)
        kernel.endMigration(allocation, result: -16)
      }
      kernel.vmClose(vm)
    },
    LookAlike("evictions without a probe of migrate_device_finalize") { kernel in
      kernel.absentProbes = ["migrate_device_finalize"]
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.evict(allocation, result: 0) { kernel in
        for _ in 0..<2 { kernel.failToMove(allocation, .byEviction) }
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction in the middle of another migration of the same task") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      let next = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0010_0000)
      kernel.populate(next) { kernel in
        kernel.initDevmem(next)
        kernel.beginMigration(next)
        kernel.setUpVMA(next)
        kernel.evictInSteps(allocation)
        kernel.initFolios(next)
        kernel.mapPages(next, .toDevice)
        kernel.copy(next, toDevice: true)
        kernel.unmapMigration(next, .toDevice)
        kernel.move(next, .toDevice)
        kernel.finalize(next, .toDevice)
        kernel.endMigration(next)
      }
      kernel.freeFolios(next)
      kernel.vmClose(vm)
    },
  ]
}
