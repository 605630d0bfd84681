import PagemapModel
import PagemapRules
import TestSupport

extension Defect {
  static let memory: [Defect] = [
    Defect("PM002 a folio outlives its process", needsTheEnd: true) { kernel, gap in
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
    Defect("PM002 a folio outlives its device", needsTheEnd: true) { kernel, gap in
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
    Defect("PM002 a folio outlives its process, told by the zdd alone", needsTheEnd: true) {
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
    Defect(
      "PM002 nothing of an allocation is ever freed, and no probe names its zdd", needsTheEnd: true
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
    Defect("PM005 a fault and then an eviction move the same pages") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      let pfns = (0..<4).map { allocation.firstPFN + $0 }
      kernel.beginFault(allocation)
      kernel.movePages(pfns, byFault: true)
      kernel.endFault(allocation)
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        first = kernel.now
        kernel.movePages([pfns[0]], byFault: false)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 5, category: .doubleMigration, kind: .range, address: allocation.start),
        first
      )
    },
    Defect("PM010 a migration that begins after the unplug") { kernel, gap in
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
    },
  ]

  static let behaviour: [Defect] = [
    Defect("PM007 eight round trips, each too short") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let first = kernel.now + 2 * kernel.tick
      for trip in 0..<8 {
        if trip == 4 { gap(&kernel) }
        kernel.fault(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, lasting: 500_000))
      }
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(
          rule: 7, category: .thrash, severity: .warning, kind: .range, address: 0x7f00_0000_0000),
        first
      )
    },
    Defect("PM011 an eviction fails though nobody is in its way") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.wait(milliseconds: 5)
      var first = kernel.now
      kernel.on(cpu: 0, pid: 300) { kernel in
        kernel.evict(allocation, result: -16) { kernel in
          gap(&kernel)
          kernel.wait(milliseconds: 1)
          first = kernel.now
        }
      }
      kernel.wait(milliseconds: 20)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(
          rule: 11, category: .evictionStuck, severity: .warning, kind: .deviceAllocation,
          address: allocation.devmem), first
      )
    },
    Defect("PM012 a hundred faults on one page that move nothing") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      let first = kernel.now
      for count in 0..<101 {
        if count == 50 { gap(&kernel) }
        kernel.idleFault(allocation, page: 2)
        kernel.wait(microseconds: 600)
      }
      kernel.fault(allocation, page: 2)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(
          rule: 12, category: .livelock, severity: .warning, kind: .page,
          address: allocation.folios[2]), first
      )
    },
  ]
}
