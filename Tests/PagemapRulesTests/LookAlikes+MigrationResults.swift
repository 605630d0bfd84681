import TestSupport

extension LookAlike {
  /// What looks like PM046 to PM048, and like a double migration page by page.
  static let migrationResults: [LookAlike] = [
    LookAlike("three attempts of an eviction, the last one moves what is left") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.evict(allocation, result: 0) { kernel in
        for _ in 0..<2 { kernel.failToMove(allocation, .byEviction) }
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a CPU fault finishes the allocation: the eviction returns 0, having copied nothing")
    {
      kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.evict(allocation, result: 0) { kernel in
          kernel.collectPfns(allocation, locked: [])
          kernel.on(cpu: 0, pid: 100) { $0.faultInSteps(allocation) }
          kernel.unmapMigration(allocation, .byEviction)
          kernel.move(allocation, .byEviction, moved: [])
          kernel.finalize(allocation, .byEviction)
        }
      }
      kernel.vmClose(vm)
    },
    LookAlike("faults within a timeslice return 0, and the one behind it moves") { kernel in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      for _ in 0..<5 {
        kernel.idleFault(allocation)
        kernel.wait(milliseconds: 10)
      }
      kernel.wait(milliseconds: 50)
      kernel.faultInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction moves pages within their timeslice") { kernel in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      kernel.evictInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("jiffies were late when a timeslice began") { kernel in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      kernel.wait(milliseconds: 70)
      kernel.faultInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an allocation's address is used again, without the old one's timeslice") { kernel in
      kernel.absentProbes = ["drm_pagemap_devmem_init", "drm_pagemap_zdd_destroy"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for timeslice in [UInt64(100), 0] {
        let allocation = kernel.migrateToDevmem(
          vm, at: 0x7f00_0000_0000, timesliceMs: timeslice, devmem: 0xff10_0000_8000_0008)
        if timeslice == 0 {
          kernel.beginFault(allocation)
          kernel.moveToRam(allocation, .byFault)
          kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
          kernel.endFault(allocation)
          kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
        } else {
          kernel.freeFolios(allocation)
        }
      }
      kernel.vmClose(vm)
    },
    LookAlike("a migration calls notifiers, and another task migrates while one runs") { kernel in
      let (vm, allocation) = kernel.resident()
      let mirror = kernel.mirror()
      kernel.evict(allocation, result: 0) { kernel in
        kernel.invalidate(mirror)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.invalidate(mirror) { kernel in
        kernel.on(cpu: 1, pid: 200) { $0.evict($0.migrateToDevmem(vm, at: 0x7f00_0000_0000)) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("a notifier's return was not recorded, and its task migrates later") { kernel in
      let (vm, allocation) = kernel.resident()
      let mirror = kernel.mirror()
      kernel.missing(["drm_gpusvm_notifier_invalidate_ret"]) { $0.invalidate(mirror) }
      kernel.wait(milliseconds: 5)
      kernel.evict(allocation)
      kernel.invalidate(mirror)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction names a retired page without a destination, and copies the others") {
      kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      let retired = allocation.firstPFN + 1
      kernel.beginFault(allocation)
      kernel.moveToRam(allocation, .byFault, moved: [retired])
      kernel.endFault(allocation)
      kernel.wait(milliseconds: 1)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collectPfns(allocation)
        kernel.mapPages(allocation, .byEviction)
        kernel.copy(allocation, skipped: [retired])
        kernel.unmapMigration(allocation, .byEviction)
        let others = (0..<4).map { allocation.firstPFN + $0 }.filter { $0 != retired }
        kernel.move(allocation, .byEviction, moved: others)
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
  ]
}
