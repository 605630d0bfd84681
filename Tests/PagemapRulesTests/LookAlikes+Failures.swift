import TestSupport

extension LookAlike {
  private static let errors: [(String, Int64)] = [
    ("EBUSY", -16), ("ENOENT", -2), ("EINVAL", -22), ("ENOMEM", -12),
  ]

  /// Migrations that fail.
  static let failures: [LookAlike] =
    errors.flatMap { name, errno in
      [false, true].map { knowsPages in
        LookAlike("a migration fails with \(name) before it has a zdd, page inits \(knowsPages)") {
          kernel in
          if !knowsPages { kernel.absentProbes = ["zone_device_page_init"] }
          let gpu = kernel.bind("gpu")
          let vm = kernel.vmCreate(gpu)
          for _ in 0..<3 {
            let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
            kernel.populate(allocation, result: errno) { kernel in
              kernel.initDevmem(allocation)
              kernel.beginMigration(allocation, hasZdd: false)
              kernel.endMigration(allocation, result: errno, hasZdd: false)
            }
          }
          kernel.wait(milliseconds: 150)
          kernel.exitMmap(vm.mm)
          kernel.vmClose(vm)
        }
      }
    } + [
      LookAlike("a migration finds no page to move") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        failWithZdd(&kernel, vm, pages: 0)
        kernel.exitMmap(vm.mm)
        kernel.vmClose(vm)
      },
      LookAlike("a migration fails to copy and frees what it initialised") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        failWithZdd(&kernel, vm, pages: 4)
        kernel.exitMmap(vm.mm)
        kernel.vmClose(vm)
      },
      LookAlike("raced while finalizing: some folios live on and are freed later") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        let allocation = race(&kernel, vm)
        kernel.vmClose(vm)
        kernel.wait(milliseconds: 400)
        kernel.exitMmap(vm.mm) { $0.freeFolios(allocation, Array(allocation.folios.suffix(2))) }
      },
      LookAlike("raced while finalizing: the process lives on beyond the recording") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        _ = race(&kernel, vm)
        kernel.vmClose(vm)
      },
      LookAlike("raced while finalizing: page inits are not recorded") { kernel in
        kernel.absentProbes = ["zone_device_page_init"]
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        let allocation = race(&kernel, vm)
        kernel.vmClose(vm)
        kernel.wait(milliseconds: 400)
        kernel.freeFolios(allocation, Array(allocation.folios.suffix(2)))
      },
      LookAlike("raced while finalizing, page inits not recorded, the process lives on") { kernel in
        kernel.absentProbes = ["zone_device_page_init"]
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        _ = race(&kernel, vm)
        kernel.vmClose(vm)
      },
      LookAlike("the driver's retry moves the range back once and migrates it again") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        for _ in 0..<12 {
          let allocation = race(&kernel, vm)
          kernel.fault(allocation, page: 2, moved: Array(allocation.folios.suffix(2)))
          let second = kernel.migrateToDevmem(vm, at: allocation.start, lasting: 300_000)
          kernel.wait(milliseconds: 3)
          kernel.evict(second)
        }
        kernel.vmClose(vm)
      },
      LookAlike("the pages are there already: the migration was not necessary") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        let resident = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        for _ in 0..<3 {
          let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
          kernel.populate(allocation) { kernel in
            kernel.initDevmem(allocation)
            kernel.beginMigration(allocation)
            kernel.endMigration(allocation)
          }
        }
        kernel.exitMmap(vm.mm) { $0.freeFolios(resident) }
        kernel.vmClose(vm)
      },
      LookAlike("populate_mm fails before it has an allocation") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        for result: Int64 in [-19, -14, -12, -28] {
          let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
          kernel.populate(allocation, result: result) { _ in }
        }
        kernel.vmClose(vm)
      },
      LookAlike("an allocation is offered and given back, and its address used again") { kernel in
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        for turn in 0..<4 {
          let allocation = kernel.offer(
            mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, devmem: 0xff10_0000_8880_0008)
          kernel.initDevmem(allocation)
          if turn == 3 { break }
        }
        kernel.exitMmap(vm.mm)
        kernel.vmClose(vm)
      },
    ]

  /// A migration that has a zdd and fails, having initialised and freed some pages.
  private static func failWithZdd(
    _ kernel: inout PagemapScenario, _ vm: PagemapScenario.VM, pages: Int
  ) {
    let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    kernel.populate(allocation, result: -16) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation)
      kernel.initFolios(allocation, count: pages)
      kernel.freeFolios(allocation, Array(allocation.folios.prefix(pages)))
      kernel.endMigration(allocation, result: -16)
    }
  }

  /// "Raced while finalizing migration": the first two of four folios are freed, the call fails.
  private static func race(
    _ kernel: inout PagemapScenario, _ vm: PagemapScenario.VM
  ) -> PagemapScenario.Allocation {
    let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    kernel.populate(allocation, result: -16) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation)
      kernel.initFolios(allocation)
      kernel.freeFolios(allocation, Array(allocation.folios.prefix(2)))
      kernel.endMigration(allocation, result: -16)
    }
    return allocation
  }
}
