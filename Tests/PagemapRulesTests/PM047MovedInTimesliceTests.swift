import PagemapAnalysis
import PagemapRules
import TestSupport
import Testing

/// PM047: CPU fault moved pages within their timeslice.
@Suite struct PM047MovedInTimesliceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(47)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["timeslice", "thrash_timeslice"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a CPU fault moves pages within their timeslice") { kernel, gap in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      gap(&kernel)
      kernel.wait(milliseconds: 5)
      kernel.beginFault(allocation)
      kernel.collect(allocation, .byFault)
      let first = kernel.now
      kernel.mapPages(allocation, .byFault)
      kernel.copy(allocation)
      kernel.unmapMigration(allocation, .byFault)
      kernel.move(allocation, .byFault)
      kernel.finalize(allocation, .byFault)
      kernel.finishFault(allocation)
      kernel.endOf(vm)
      return (.allocation(47, .protocol, allocation, severity: .warning), first)
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("faults within a timeslice return 0, and the one behind it moves") { kernel in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      for _ in 0..<5 {
        kernel.idleFault(allocation)
        kernel.wait(milliseconds: 10)
      }
      kernel.wait(milliseconds: 50)
      kernel.faultInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction moves pages within their timeslice") { kernel in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      kernel.evictInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("jiffies were late when a timeslice began") { kernel in
      let (vm, allocation) = kernel.resident(timesliceMs: 100, inSteps: true)
      kernel.wait(milliseconds: 70)
      kernel.faultInSteps(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an allocation's address is used again, without the old one's timeslice") {
      kernel in
      kernel.absentProbes = ["drm_pagemap_devmem_init", "drm_pagemap_zdd_destroy"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for timeslice in [UInt64(100), 0] {
        let allocation = kernel.migrateToDevmem(
          vm, at: 0x7f00_0000_0000, timesliceMs: timeslice, devmem: 0xff10_0000_8000_0008)
        if timeslice == 0 {
          kernel.beginFault(allocation)
          kernel.moveToRam(allocation, .byFault)
          kernel.finishFault(allocation)
        } else {
          kernel.freeFolios(allocation)
        }
      }
      kernel.vmClose(vm)
    },
  ]
}
