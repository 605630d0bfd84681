import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM043: pages mapped for DMA and never unmapped.
@Suite struct PM043MappingKeptTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(43)
  static let firesOn: [String] = ["d_device_map_leak.pages"]
  static let silentOn: [String] = ["d_device_map_leak.stock.pages", "p2p.pages"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a fault returns with its pages mapped for DMA") { kernel, gap in
      let (vm, allocation) = kernel.resident(inSteps: true)
      gap(&kernel)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation)
      kernel.move(allocation, .byFault)
      kernel.finalize(allocation, .byFault)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      let first = kernel.now
      kernel.endFault(allocation)
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.endOf(vm)
      return (.allocation(43, .dmaMapping, allocation), first)
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a mapping that fails half way is unmapped, then its pages are put") { kernel in
      let (vm, allocation) = kernel.resident(inSteps: true)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      kernel.mapPages(allocation, .byFault, result: -14)
      kernel.unmapMigration(allocation, .byFault)
      kernel.clearPages(allocation)
      kernel.move(allocation, .byFault, moved: [])
      kernel.finalize(allocation, .byFault)
      kernel.endFault(allocation)
      kernel.faultInSteps(allocation)
      kernel.vmClose(vm)
    }
  ]
}
