import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM035: device allocation given back twice. No recording has the probes that it needs:
/// composed traces alone prove it.
@Suite struct PM035AllocationReleasedTwiceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(35)
  static let firesOn: [String] = []
  static let silentOn: [String] = []

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the driver gets an allocation back twice") { kernel, gap in
      let (vm, allocation) = kernel.resident()
      kernel.freeFolios(allocation)
      kernel.releaseDevmem(allocation)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.releaseDevmem(allocation)
      kernel.endOf(vm)
      return (.allocation(35, .lifecycle, allocation), first)
    }
  ]

  static let lookAlikes: [LookAlike] =
    [
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
      LookAlike("a migration that fails before it has a zdd gives back its allocation") {
        kernel in
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
    ] + failuresBeforeAZdd

  private static let errors: [(String, Int64)] = [
    ("EBUSY", -16), ("ENOENT", -2), ("EINVAL", -22), ("ENOMEM", -12),
  ]

  private static let failuresBeforeAZdd: [LookAlike] = errors.flatMap { name, errno in
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
  }
}
