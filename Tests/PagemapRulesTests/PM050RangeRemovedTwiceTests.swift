import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM050: range removed or put once too often.
@Suite struct PM050RangeRemovedTwiceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(50)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["gpusvm", "gpusvm_stress"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a range is removed twice") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.removeRange(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 50, category: .refcountUnderflow, kind: .svmRange, address: mirror.range),
        first
      )
    },
    BreakingTrace("a range is put though nobody holds it") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.putRange(mirror, references: 0)
      kernel.endOf(vm)
      return (
        Expected(rule: 50, category: .refcountUnderflow, kind: .svmRange, address: mirror.range),
        first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a new range at the address of one that was removed") { kernel in
      let (vm, mirror) = kernel.mirrored()
      for _ in 0..<3 {
        kernel.removeRange(mirror)
        kernel.putRange(mirror)
        kernel.wait(microseconds: 20)
        kernel.findRange(mirror)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a range is found, got and put by several, and outlives its removal") {
      kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.findRange(mirror, references: 2)
      kernel.putRange(mirror, references: 3)
      kernel.removeRange(mirror, references: 2)
      kernel.putRange(mirror, references: 2)
      kernel.on(cpu: 1, pid: 200) { $0.putRange(mirror, references: 1) }
      kernel.vmClose(vm)
    },
  ]
}
