import TestSupport

extension LookAlike {
  /// What looks like PM040 to PM045.
  static let migrationSteps: [LookAlike] = [
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
    LookAlike("an incomplete collection is moved and finalized with nothing in it") { kernel in
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
    LookAlike("pages of another device are copied to system memory by name, and to the device") {
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
    },
    LookAlike("in 7.2 a fault that succeeds unmaps behind its finalization") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation)
      kernel.move(allocation, .byFault)
      kernel.finalize(allocation, .byFault)
      kernel.unmapMigration(allocation, .byFault, arrays: true)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.vmClose(vm)
    },
    LookAlike("a migration to the device that fails clears the device pages, unmapped by then") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation, result: -5) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.setUpVMA(allocation)
        kernel.initFolios(allocation)
        kernel.mapPages(allocation, .toDevice)
        kernel.copy(allocation, toDevice: true, result: -5)
        kernel.unmapMigration(allocation, .toDevice, arrays: true)
        kernel.clearPages(allocation)
        kernel.freeFolios(allocation)
        kernel.move(allocation, .toDevice, moved: [])
        kernel.finalize(allocation, .toDevice)
        kernel.endMigration(allocation, result: -5)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a mapping that fails half way is unmapped, then its pages are put") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault, result: -14)
      kernel.unmapMigration(allocation, .byFault)
      kernel.clearPages(allocation)
      kernel.move(allocation, .byFault, moved: [])
      kernel.finalize(allocation, .byFault)
      kernel.endFault(allocation)
      kernel.faultInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an attempt that populated nothing unmaps nothing and clears nothing") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collectPfns(allocation, locked: [])
        kernel.populateRam(allocation)
        kernel.unmapMigration(allocation, .byEviction, arrays: true)
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a copy fails once, and the next attempt copies and moves") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.failToMove(allocation, .byEviction)
        kernel.moveToRam(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an attempt with pages of its own maps and copies a part of the array") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.populateRam(allocation)
      kernel.mapPages(allocation, .byFault)
      kernel.mapArrays(allocation, mapped: [0, 0x1234, 0, 0])
      kernel.copy(allocation, pfns: [allocation.firstPFN + 1])
      kernel.unmapMigration(allocation, .byFault, arrays: true)
      kernel.move(allocation, .byFault, moved: [allocation.firstPFN + 1])
      kernel.finalize(allocation, .byFault)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
    },
  ]
}
