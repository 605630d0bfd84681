import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM012: CPU fault livelock.
@Suite struct PM012CPUFaultLivelockTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(12)
  static let firesOn: [String] = ["d_pinned_fault"]
  static let silentOn: [String] = ["cpu_fault", "timeslice", "thrash_timeslice"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a hundred faults on one page that move nothing") { kernel, gap in
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
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a hundred and fifty faults within a timeslice") { kernel in
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
      let (vm, allocation) = kernel.resident(waiting: 5)
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
    LookAlike("faults on a page in the middle of a large folio, which moves each time") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<130 {
        var allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, pages: 512,
          firstPFN: gpu.firstPFN)
        allocation.order = 9
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        kernel.wait(milliseconds: 1)
        kernel.fault(allocation, page: 77)
      }
      kernel.vmClose(vm)
    },
  ]
}
