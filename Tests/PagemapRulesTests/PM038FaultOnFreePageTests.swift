import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM038: CPU fault on a device page that is free.
@Suite struct PM038FaultOnFreePageTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(38)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["cpu_fault", "evict_race"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a CPU fault on a page whose folio was freed") { kernel, gap in
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
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("two faults on one page: the second waits and finds it moved") { kernel in
      let (vm, allocation) = kernel.resident()
      kernel.beginFault(allocation)
      kernel.on(cpu: 1, pid: 200) { $0.beginFault(allocation, page: 1) }
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst(2)), isMigrated: true)
      kernel.endFault(allocation)
      kernel.freeFolios(allocation, [allocation.folios[0]], isMigrated: true)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.endFault(allocation, page: 1)
        kernel.freeFolios(allocation, [allocation.folios[1]], isMigrated: true)
      }
      kernel.vmClose(vm)
    }
  ]
}
