import TestSupport

extension LookAlike {
  private static let child: UInt64 = 0xff10_0000_6000_8000

  /// Processes that fork, exit and share pages.
  static let processes: [LookAlike] = [
    LookAlike("PM002 a folio is freed in a softirq, seconds after its process is gone") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation, Array(allocation.folios.dropFirst())) }
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 3000)
      kernel.on(cpu: 3, pid: 0) { $0.freeFolios(allocation, [allocation.folios[0]]) }
    },
    LookAlike("the recording stops shortly after the process is gone", quiet: 30) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation, Array(allocation.folios.dropFirst())) }
      kernel.vmClose(vm)
    },
    LookAlike("the recording stops within exit_mmap", quiet: 0) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.emit("exit_mmap", ["mm": .number(vm.mm)])
      kernel.freeFolios(allocation, [allocation.folios[2]])
    },
    LookAlike("a child faults on its parent's pages, outlives it and frees them") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      let two = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000)
      kernel.on(cpu: 1, pid: 101) { $0.fault(one, mm: child, moved: [one.folios[0]]) }
      kernel.exitMmap(vm.mm)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 300)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.exitMmap(child) { kernel in
          kernel.freeFolios(one, Array(one.folios.dropFirst()))
          kernel.freeFolios(two)
        }
      }
    },
    LookAlike("a child that faulted on its parent's pages lives on beyond the recording") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000)
      kernel.on(cpu: 1, pid: 101) { $0.fault(one, mm: child, moved: [one.folios[0]]) }
      kernel.exitMmap(vm.mm)
      kernel.vmClose(vm)
    },
    LookAlike("an address space's address is used again within microseconds") { kernel in
      let gpu = kernel.bind("gpu")
      for turn in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        let allocation = kernel.migrateToDevmem(
          vm, at: 0x7f00_0000_0000, devmem: 0xff10_0000_8880_0008)
        if turn < 2 { kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) } }
        kernel.vmClose(vm)
      }
    },
    LookAlike("zdd, allocation and folios are used again within microseconds") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for turn in 0..<20 {
        let allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000 + UInt64(turn) * 0x10000,
          devmem: 0xff10_0000_8880_0008, zdd: 0xff10_0000_9990_0000, firstPFN: gpu.firstPFN)
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        if turn % 3 == 0 { kernel.evict(allocation) } else { kernel.freeFolios(allocation) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("the same, told by the zdd alone") { kernel in
      kernel.absentProbes = ["zone_device_page_init"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for turn in 0..<20 {
        let allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000 + UInt64(turn) * 0x10000,
          devmem: 0xff10_0000_8880_0008, zdd: 0xff10_0000_9990_0000, firstPFN: gpu.firstPFN)
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        if turn % 3 == 0 { kernel.fault(allocation) } else { kernel.freeFolios(allocation) }
      }
      kernel.exitMmap(vm.mm)
      kernel.vmClose(vm)
    },
    LookAlike("a process unmaps its pages one by one and lives on") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 16, order: 2)
      for folio in allocation.folios.dropLast() {
        kernel.freeFolios(allocation, [folio])
        kernel.wait(milliseconds: 40)
      }
      kernel.vmClose(vm)
    },
  ]
}
