import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM042: pages forgotten before they were unmapped for DMA.
@Suite struct PM042ClearedBeforeUnmapTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(42)
  static let firesOn: [String] = [
    "d_unmap_late", "d_unmap_late.pages", "d_unmap_late_fault", "d_unmap_late_fault.pages",
  ]
  static let silentOn: [String] = ["d_unmap_late.stock.pages", "d_unmap_late_fault.stock.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a failed fault clears its array and then unmaps") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation, result: -5)
      kernel.clearPages(allocation)
      kernel.move(allocation, .byFault, moved: [])
      kernel.finalize(allocation, .byFault)
      let first = kernel.now
      kernel.unmapMigration(allocation, .byFault, arrays: true)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation)
      kernel.endOf(vm)
      return (.allocation(42, .dmaMapping, allocation), first)
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("in 7.2 a fault that succeeds unmaps behind its finalization") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation)
      kernel.move(allocation, .byFault)
      kernel.finalize(allocation, .byFault)
      kernel.unmapMigration(allocation, .byFault, arrays: true)
      kernel.finishFault(allocation)
      kernel.vmClose(vm)
    },
    LookAlike(
      "a migration to the device that fails clears the device pages, unmapped by then"
    ) {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation, result: -5) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.setUpVMA(allocation)
        kernel.initFolios(allocation)
        kernel.mapPages(allocation, .toDevice)
        kernel.copy(allocation, toDevice: true, result: -5)
        kernel.unmapMigration(allocation, .toDevice, arrays: true)
        kernel.clearPages(allocation)
        kernel.freeFolios(allocation)
        kernel.move(allocation, .toDevice, moved: [])
        kernel.finalize(allocation, .toDevice)
        kernel.endMigration(allocation, result: -5)
      }
      kernel.vmClose(vm)
    },
  ]
}
