import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM002: device page leaked.
@Suite struct PM002LeakedDevicePageTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(2)
  static let firesOn: [String] = [
    "d_leak_huge", "d_leak_huge.pages", "d_leak_huge.portable-7.2", "d_leak_page",
    "d_leak_page.base", "d_leak_page.full", "d_leak_page.pages", "d_leak_page.portable-7.2",
    "d_leak_page_second", "d_leak_page_second.base", "d_leak_page_second.pages",
    "fuzz-3009-leak_page",
  ]
  static let silentOn: [String] = ["exit_dirty", "fork", "munmap", "exit_both"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a folio outlives its process", needsTheEnd: true) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      kernel.vmClose(vm)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation, Array(allocation.folios.dropFirst())) }
      let first = kernel.now - kernel.tick
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 2, category: .leakPage, kind: .folio, address: allocation.folios[0]), first
      )
    },
    BreakingTrace("a folio outlives its device", needsTheEnd: true) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      let first = kernel.now
      kernel.unplug(gpu)
      kernel.freeFolios(allocation, [allocation.folios[0]])
      kernel.wait(milliseconds: 150)
      kernel.vmClose(vm)
      kernel.heartbeat()
      return (
        Expected(rule: 2, category: .leakPage, kind: .folio, address: allocation.folios[1]), first
      )
    },
    BreakingTrace("a folio outlives its process, told by the zdd alone", needsTheEnd: true) {
      kernel, gap in
      kernel.absentProbes = ["zone_device_page_init"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation, [allocation.folios[0]]) }
      let first = kernel.now - kernel.tick
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (Expected(rule: 2, category: .leakPage, kind: .zdd, address: allocation.zdd), first)
    },
    BreakingTrace(
      "nothing of an allocation is ever freed, and no probe names its zdd", needsTheEnd: true
    ) {
      kernel, gap in
      kernel.absentProbes = ["zone_device_page_init"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      kernel.vmClose(vm)
      kernel.exitMmap(vm.mm)
      let first = kernel.now - kernel.tick
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(
          rule: 2, category: .leakPage, kind: .deviceAllocation, address: allocation.devmem), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a migration is under way when the recording stops", quiet: 300) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.initFolios(allocation)
        kernel.stopRecording()
      }
    },
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
      let allocation = kernel.raceWhileFinalizing(vm)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 400)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation, Array(allocation.folios.suffix(2))) }
    },
    LookAlike("raced while finalizing: the process lives on beyond the recording") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.raceWhileFinalizing(vm)
      kernel.vmClose(vm)
    },
    LookAlike("raced while finalizing: page inits are not recorded") { kernel in
      kernel.absentProbes = ["zone_device_page_init"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.raceWhileFinalizing(vm)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 400)
      kernel.freeFolios(allocation, Array(allocation.folios.suffix(2)))
    },
    LookAlike("raced while finalizing, page inits not recorded, the process lives on") { kernel in
      kernel.absentProbes = ["zone_device_page_init"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.raceWhileFinalizing(vm)
      kernel.vmClose(vm)
    },
    LookAlike("a folio is freed in a softirq, seconds after its process is gone") { kernel in
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
    LookAlike("a driver evicts for long after the unplug, and the recording stops", quiet: 30) {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocations = (0..<12).map {
        kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000 + UInt64($0) * 0x10000)
      }
      kernel.unplug(gpu)
      for allocation in allocations.prefix(8) {
        kernel.wait(milliseconds: 40)
        kernel.on(cpu: 1, pid: 300) { $0.evict(allocation) }
      }
    },
  ]

  /// The address space of a child process.
  private static let child: UInt64 = 0xff10_0000_6000_8000

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
}
