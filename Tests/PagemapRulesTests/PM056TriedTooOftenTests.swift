import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM056: migration tried more often than the driver may. No recording has the probes that it needs:
/// composed traces alone prove it.
@Suite struct PM056TriedTooOftenTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(56)
  static let firesOn: [String] = []
  static let silentOn: [String] = []

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a range is populated a third time in one call") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: mirror.start)
      var first = kernel.now
      kernel.xeAllocVram(mirror, vm.pagemap, result: -16) { kernel in
        kernel.populate(allocation, result: -16) { _ in }
        kernel.evictRange(mirror)
        kernel.populate(allocation, result: -16) { _ in }
        gap(&kernel)
        kernel.evictRange(mirror)
        first = kernel.now
        kernel.populate(allocation, result: -16) { _ in }
      }
      kernel.endOf(vm)
      return (
        Expected(
          rule: 56, category: .livelock, severity: .warning, kind: .svmRange,
          address: mirror.range), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("xe's single retry, many times") { kernel in
      let (vm, mirror) = kernel.mirrored()
      for _ in 0..<3 {
        kernel.xeAllocVram(mirror, vm.pagemap) { kernel in
          let failed = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: mirror.start)
          kernel.populate(failed, result: -16) { _ in }
          kernel.evictRange(mirror)
          kernel.freeFolios(kernel.migrateToDevmem(vm, at: mirror.start))
        }
        kernel.wait(milliseconds: 2)
      }
      kernel.vmClose(vm)
    }
  ]
}
