import TestSupport

extension LookAlike {
  /// What looks like PM035 to PM039.
  static let folioLives: [LookAlike] = [
    LookAlike("an allocation's address is used again, and given back again") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<3 {
        let allocation = kernel.migrateToDevmem(
          vm, at: 0x7f00_0000_0000, devmem: 0xff10_0000_8000_0008)
        kernel.freeFolios(allocation)
        kernel.releaseDevmem(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a migration that fails before it has a zdd gives back its allocation") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<2 {
        let allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, devmem: 0xff10_0000_8000_0008)
        kernel.populate(allocation, result: -2) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation, hasZdd: false)
          kernel.releaseDevmem(allocation)
          kernel.endMigration(allocation, result: -2, hasZdd: false)
        }
      }
      kernel.vmClose(vm)
    },
    LookAlike("two probes tell of one devmem_release") { kernel in
      let (vm, allocation) = kernel.resident()
      kernel.freeFolios(allocation)
      kernel.tick = 300
      kernel.releaseDevmem(allocation)
      kernel.releaseDevmem(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("pages are used again at once, on another CPU") { kernel in
      let (vm, old) = kernel.resident(pages: 2)
      kernel.freeFolios(old)
      kernel.on(cpu: 1, pid: 200) { kernel in
        let new = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0001_0000, pages: 2, firstPFN: old.firstPFN)
        kernel.populate(new) { kernel in
          kernel.initDevmem(new)
          kernel.beginMigration(new)
          kernel.initFolios(new)
          kernel.endMigration(new)
        }
        kernel.fault(new)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a large folio is split, each part is freed once, and its pages are used again") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<2 {
        var whole = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, pages: 8,
          firstPFN: gpu.firstPFN)
        whole.order = 3
        kernel.populate(whole) { kernel in
          kernel.initDevmem(whole)
          kernel.beginMigration(whole)
          kernel.initFolios(whole)
          kernel.endMigration(whole)
        }
        kernel.split(whole)
        var parts = whole
        parts.order = 0
        kernel.idleFault(whole, page: 5)
        kernel.freeFolios(parts)
      }
      kernel.vmClose(vm)
    },
    LookAlike("two faults on one page: the second waits and finds it moved") { kernel in
      let (vm, allocation) = kernel.resident()
      kernel.beginFault(allocation)
      kernel.on(cpu: 1, pid: 200) { $0.beginFault(allocation, page: 1) }
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst(2)), isMigrated: true)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.endFault(allocation, page: 1)
        kernel.freeFolios(allocation, [allocation.folios[1]], isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("the faulting page goes with the fault's own reference, its return unrecorded") {
      kernel in
      let (vm, allocation) = kernel.resident()
      kernel.beginFault(allocation)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.missing(["drm_pagemap_migrate_to_ram_ret"]) { $0.endFault(allocation) }
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.fault(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
    },
    LookAlike("no probe at the return of faults: the page is freed when the fault is over") {
      kernel in
      kernel.absentProbes = ["drm_pagemap_migrate_to_ram_ret"]
      let (vm, allocation) = kernel.resident()
      kernel.fault(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction frees the folios that it moved, without a probe of the finalization") {
      kernel in
      let (vm, allocation) = kernel.resident()
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collectPfns(allocation)
        kernel.move(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a softirq frees another folio in the middle of a fault") { kernel in
      let (vm, allocation) = kernel.resident()
      let other = kernel.migrateToDevmem(vm, at: 0x7f00_0010_0000)
      kernel.beginFault(allocation)
      kernel.freeFolios(other)
      kernel.moveToRam(allocation, .byFault)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.vmClose(vm)
    },
  ]
}
