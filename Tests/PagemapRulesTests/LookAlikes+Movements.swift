import TestSupport

extension LookAlike {
  /// Pages that move, with others at work on them.
  static let movements: [LookAlike] = [
    LookAlike("an eviction takes three attempts while a CPU fault empties the allocation") {
      kernel in
      let (vm, allocation) = resident(&kernel)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.on(cpu: 1, pid: 101) { $0.fault(allocation) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM011 an eviction fails while a CPU fault is under way") { kernel in
      let (vm, allocation) = resident(&kernel)
      kernel.on(cpu: 1, pid: 101) { $0.beginFault(allocation) }
      kernel.evict(allocation, result: -16)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.finishFault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction fails while a fault that began within it goes on") { kernel in
      let (vm, allocation) = resident(&kernel)
      kernel.evict(allocation, result: -16) { kernel in
        kernel.on(cpu: 1, pid: 101) { $0.beginFault(allocation) }
      }
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.finishFault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction fails while the range moves to another device") { kernel in
      let (vm, allocation) = resident(&kernel)
      let other = kernel.bind("other")
      let far = kernel.lookUp(other)
      let target = kernel.offer(mm: vm.mm, pagemap: far, at: allocation.start)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.initDevmem(target)
        kernel.beginMigration(target)
      }
      kernel.evict(allocation, result: -16)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.initFolios(target)
        kernel.freeFolios(allocation)
        kernel.endMigration(target)
        kernel.freeFolios(target)
      }
      kernel.put(far)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction of a process that is exiting") { kernel in
      let (vm, allocation) = resident(&kernel)
      kernel.exitMmap(vm.mm) { kernel in
        kernel.on(cpu: 1, pid: 300) { $0.evict(allocation, result: -14) }
        kernel.freeFolios(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction of a process whose last user is gone, before exit_mmap begins") {
      kernel in
      let (vm, allocation) = resident(&kernel)
      kernel.on(cpu: 1, pid: 300) { $0.evict(allocation, result: -14) }
      kernel.wait(milliseconds: 1)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
      kernel.vmClose(vm)
    },
    LookAlike("the same, with exit_mmap not recorded") { kernel in
      kernel.absentProbes = ["exit_mmap", "exit_mmap_ret"]
      let (vm, allocation) = resident(&kernel)
      kernel.on(cpu: 1, pid: 300) { $0.evict(allocation, result: -14) }
      kernel.wait(milliseconds: 1)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction begins on an exiting process and ends with the pages gone") { kernel in
      let (vm, allocation) = resident(&kernel)
      kernel.on(cpu: 1, pid: 300) { kernel in
        kernel.evict(allocation, result: -14) { kernel in
          kernel.on(cpu: 0, pid: 100) { kernel in
            kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
          }
        }
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM012 a hundred and fifty faults within a timeslice") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, timesliceMs: 80)
      for _ in 0..<150 {
        kernel.idleFault(allocation)
        kernel.wait(microseconds: 500)
      }
      kernel.wait(milliseconds: 10)
      kernel.fault(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("a hundred and fifty faults within a timeslice, by two processes") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, timesliceMs: 80)
      for count in 0..<150 {
        kernel.on(cpu: UInt32(count % 2), pid: 100 + Int32(count % 2)) { $0.idleFault(allocation) }
        kernel.wait(microseconds: 400)
      }
      kernel.wait(milliseconds: 20)
      kernel.fault(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("many faults, but within a short time") { kernel in
      let (vm, allocation) = resident(&kernel)
      for _ in 0..<200 {
        kernel.idleFault(allocation)
        kernel.wait(microseconds: 200)
      }
      kernel.fault(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("many faults over a long time, each on a page that then moves") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for turn in 0..<120 {
        let allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, pages: 1, firstPFN: gpu.firstPFN)
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        kernel.wait(milliseconds: turn % 7 == 0 ? 4 : 1)
        kernel.idleFault(allocation)
        kernel.fault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a range moves from one device to the other within the destination's call") {
      kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let one = kernel.vmCreate(near)
      let two = kernel.vmCreate(far)
      for turn in 0..<10 {
        let source = kernel.migrateToDevmem(turn % 2 == 0 ? one : two, at: 0x7f00_0000_0000)
        let vm = turn % 2 == 0 ? two : one
        let target = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
        kernel.populate(target) { kernel in
          kernel.initDevmem(target)
          kernel.beginMigration(target)
          kernel.initFolios(target)
          kernel.movePages((0..<4).map { source.firstPFN + $0 }, byFault: true)
          kernel.freeFolios(source)
          kernel.endMigration(target)
        }
        kernel.evict(target)
      }
      kernel.vmClose(one)
      kernel.vmClose(two)
    },
    LookAlike("a source folio of a device-to-device move lives on for a while") { kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let one = kernel.vmCreate(near)
      let two = kernel.vmCreate(far)
      let source = kernel.migrateToDevmem(one, at: 0x7f00_0000_0000)
      kernel.vmClose(one)
      let target = kernel.offer(mm: two.mm, pagemap: two.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(target) { kernel in
        kernel.initDevmem(target)
        kernel.beginMigration(target)
        kernel.initFolios(target)
        kernel.freeFolios(source, Array(source.folios.dropFirst()))
        kernel.endMigration(target)
      }
      kernel.exitMmap(two.mm) { $0.freeFolios(target) }
      kernel.wait(milliseconds: 30)
      kernel.on(cpu: 1, pid: 0) { $0.freeFolios(source, [source.folios[0]]) }
      kernel.vmClose(two)
    },
    LookAlike("seven short round trips, then a long stay, then seven more") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for trip in 0..<15 {
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, lasting: 500_000)
        if trip == 7 { kernel.wait(milliseconds: 5) }
        kernel.fault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM007 twenty short round trips with a timeslice") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<20 {
        let allocation = kernel.migrateToDevmem(
          vm, at: 0x7f00_0000_0000, timesliceMs: 2, lasting: 3_000_000)
        kernel.wait(milliseconds: 3)
        kernel.fault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("twenty round trips that stay ten times as long as the move took") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<20 {
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, lasting: 300_000)
        kernel.wait(milliseconds: 4)
        kernel.fault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM005 a page that raced is met by the eviction and skipped") { kernel in
      let (vm, allocation) = resident(&kernel)
      let pfns = (0..<4).map { allocation.firstPFN + $0 }
      kernel.beginFault(allocation)
      kernel.movePages(pfns, byFault: true)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.endFault(allocation)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.movePages([pfns[0]], byFault: false, migrated: false)
        kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      }
      let again = kernel.offer(
        mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, firstPFN: allocation.firstPFN)
      kernel.populate(again) { kernel in
        kernel.initDevmem(again)
        kernel.beginMigration(again)
        kernel.initFolios(again)
        kernel.endMigration(again)
      }
      kernel.movePages(pfns, byFault: false)
      kernel.freeFolios(again, isMigrated: true)
      kernel.vmClose(vm)
    },
    LookAlike("PM010 the device goes while populate_mm is under way") { kernel in
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

  private static func resident(
    _ kernel: inout PagemapScenario
  ) -> (PagemapScenario.VM, PagemapScenario.Allocation) {
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    kernel.wait(milliseconds: 5)
    return (vm, allocation)
  }
}
