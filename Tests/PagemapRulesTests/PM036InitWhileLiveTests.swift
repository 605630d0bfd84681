import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM036: device page initialised while its folio lives.
@Suite struct PM036InitWhileLiveTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(36)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["evict_race", "stress"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("memory that is in use is given out again") { kernel, gap in
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
    }
  ]

  static let lookAlikes: [LookAlike] = [
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
  ]
}
