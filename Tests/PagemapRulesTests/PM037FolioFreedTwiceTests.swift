import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM037: device folio freed twice.
@Suite struct PM037FolioFreedTwiceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(37)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["thp", "stress"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a folio is freed twice") { kernel, gap in
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
    }
  ]

  static let lookAlikes: [LookAlike] = [
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
    LookAlike("a large folio is split and freed in parts") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      var allocation = kernel.offer(
        mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, pages: 4)
      allocation.order = 2
      kernel.populate(allocation) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.initFolios(allocation)
        kernel.endMigration(allocation)
      }
      kernel.split(allocation)
      allocation.order = 0
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst(2)))
      kernel.wait(milliseconds: 300)
      kernel.exitMmap(vm.mm) { kernel in
        kernel.freeFolios(allocation, Array(allocation.folios.prefix(2)))
      }
      kernel.vmClose(vm)
    },
  ]
}
