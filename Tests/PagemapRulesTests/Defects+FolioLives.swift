import PagemapModel
import PagemapRules
import TestSupport

extension PagemapScenario {
  /// A device, a VM and an allocation whose pages are on the device.
  mutating func resident(
    pages: UInt64 = 4, timesliceMs: UInt64 = 0, inSteps: Bool = false
  ) -> (vm: VM, allocation: Allocation) {
    let gpu = bind("gpu")
    let vm = vmCreate(gpu)
    let allocation =
      inSteps
      ? migrateInSteps(vm, at: 0x7f00_0000_0000, pages: pages, timesliceMs: timesliceMs)
      : migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: pages, timesliceMs: timesliceMs)
    wait(milliseconds: 1)
    return (vm, allocation)
  }

  /// The VM closes, and the recording goes on for a while.
  mutating func endOf(_ vm: VM) {
    vmClose(vm)
    wait(milliseconds: 150)
    heartbeat()
  }
}

extension Expected {
  /// A certain error about an allocation.
  static func allocation(
    _ rule: Int, _ category: FindingClass, _ allocation: PagemapScenario.Allocation,
    severity: Severity = .error
  ) -> Expected {
    Expected(
      rule: rule, category: category, severity: severity, kind: .deviceAllocation,
      address: allocation.devmem)
  }
}

extension Defect {
  /// PM035 to PM039: an allocation, and the folios in it.
  static let folioLives: [Defect] = [
    Defect("PM035 the driver gets an allocation back twice") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      kernel.freeFolios(allocation)
      kernel.releaseDevmem(allocation)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.releaseDevmem(allocation)
      kernel.endOf(vm)
      return (.allocation(35, .lifecycle, allocation), first)
    },
    Defect("PM036 memory that is in use is given out again") { kernel, gap in
      let (vm, old) = kernel.resident(pages: 2)
      gap(&kernel)
      let new = kernel.offer(
        mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0001_0000, pages: 2, firstPFN: old.firstPFN)
      var first = kernel.now
      kernel.populate(new) { kernel in
        kernel.initDevmem(new)
        kernel.beginMigration(new)
        first = kernel.now
        kernel.initFolios(new)
        kernel.endMigration(new)
      }
      kernel.freeFolios(new)
      kernel.state.zdds[old.zdd] = 1
      kernel.putZdd(old)
      kernel.endOf(vm)
      return (
        Expected(rule: 36, category: .lifecycle, kind: .folio, address: old.folios[0]), first
      )
    },
    Defect("PM037 a folio is freed twice") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      kernel.freeFolios(allocation, [allocation.folios[0]])
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.emitFree(allocation, allocation.folios[0])
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()))
      kernel.endOf(vm)
      return (
        Expected(
          rule: 37, category: .refcountUnderflow, kind: .folio, address: allocation.folios[0]),
        first
      )
    },
    Defect("PM038 a CPU fault on a page whose folio was freed") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      kernel.freeFolios(allocation, [allocation.folios[1]])
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.idleFault(allocation, page: 1)
      kernel.freeFolios(
        allocation, [allocation.folios[0], allocation.folios[2], allocation.folios[3]])
      kernel.endOf(vm)
      return (
        Expected(
          rule: 38, category: .useAfterDestroy, kind: .folio, address: allocation.folios[1]), first
      )
    },
    Defect("PM039 the faulting page is freed while the fault runs") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      gap(&kernel)
      kernel.beginFault(allocation, page: 0)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 200) { $0.freeFolios(allocation, [allocation.folios[0]]) }
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.endFault(allocation)
      kernel.endOf(vm)
      return (
        Expected(
          rule: 39, category: .useAfterDestroy, kind: .folio, address: allocation.folios[0]), first
      )
    },
    Defect("PM039 a folio is freed while an eviction has it locked") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      gap(&kernel)
      var first = kernel.now
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collectPfns(allocation)
        first = kernel.now
        kernel.on(cpu: 1, pid: 200) { $0.freeFolios(allocation, [allocation.folios[0]]) }
        kernel.move(allocation, .byEviction, moved: [])
        kernel.finalize(allocation, .byEviction)
        kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      }
      kernel.endOf(vm)
      return (
        Expected(
          rule: 39, category: .useAfterDestroy, kind: .folio, address: allocation.folios[0]), first
      )
    },
  ]
}
