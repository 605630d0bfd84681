import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM039: device folio freed while a task works on it.
@Suite struct PM039FolioFreedInUseTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(39)
  static let firesOn: [String] = ["d_thp_zap", "d_thp_zap.pages"]
  static let silentOn: [String] = ["evict_race", "thp", "cpu_fault"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the faulting page is freed while the fault runs") { kernel, gap in
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
    BreakingTrace("a folio is freed while an eviction has it locked") { kernel, gap in
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

  static let lookAlikes: [LookAlike] = [
    LookAlike("the faulting page goes with the fault's own reference, its return unrecorded") {
      kernel in
      let (vm, allocation) = kernel.resident()
      kernel.beginFault(allocation)
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst()), isMigrated: true)
      kernel.missing(["drm_pagemap_migrate_to_ram_ret"]) { $0.endFault(allocation) }
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.fault(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
    },
    LookAlike("no probe at the return of faults: the page is freed when the fault is over") {
      kernel in
      kernel.absentProbes = ["drm_pagemap_migrate_to_ram_ret"]
      let (vm, allocation) = kernel.resident()
      kernel.fault(allocation)
      kernel.vmClose(vm)
    },
    LookAlike(
      "an eviction frees the folios that it moved, without a probe of the finalization"
    ) {
      kernel in
      let (vm, allocation) = kernel.resident()
      kernel.evict(allocation, result: 0) { kernel in
        kernel.collectPfns(allocation)
        kernel.move(allocation, .byEviction)
        kernel.freeFolios(allocation, isMigrated: true)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a softirq frees another folio in the middle of a fault") { kernel in
      let (vm, allocation) = kernel.resident()
      let other = kernel.migrateToDevmem(vm, at: 0x7f00_0010_0000)
      kernel.beginFault(allocation)
      kernel.freeFolios(other)
      kernel.moveToRam(allocation, .byFault)
      kernel.finishFault(allocation)
      kernel.vmClose(vm)
    },
  ]
}
