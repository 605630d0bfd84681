import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM010: migration after unplug.
@Suite struct PM010MigrationAfterUnplugTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(10)
  static let firesOn: [String] = ["d_migrate_unplugged"]
  static let silentOn: [String] = ["unbind"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a migration that begins after the unplug") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      gap(&kernel)
      kernel.wait(milliseconds: 5)
      let first = kernel.now + 2 * kernel.tick
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 10, category: .migrateAfterUnplug, kind: .pagemap, address: vm.pagemap),
        first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("the device goes while populate_mm is under way") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation) { kernel in
        kernel.on(cpu: 1, pid: 300) { $0.unplug(gpu) }
        kernel.wait(milliseconds: 5)
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.initFolios(allocation)
        kernel.endMigration(allocation)
      }
      kernel.on(cpu: 1, pid: 300) { $0.evict(allocation) }
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 300) { $0.finishCache(gpu) }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
    LookAlike("populate_mm begins right behind the entry of drm_dev_unplug") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 300) { $0.unplug(gpu) }
      kernel.wait(microseconds: 100)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.on(cpu: 1, pid: 300) { $0.evict(allocation) }
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 300) { $0.finishCache(gpu) }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
    LookAlike("after the unplug every migration is refused") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      kernel.wait(milliseconds: 10)
      for _ in 0..<3 {
        let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
        kernel.populate(allocation, result: -19) { _ in }
      }
      kernel.finishCache(gpu)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
  ]
}
