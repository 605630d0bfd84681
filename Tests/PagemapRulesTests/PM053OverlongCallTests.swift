import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM053: call took longer than its own bound.
@Suite struct PM053OverlongCallTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(53)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["gpusvm", "gpusvm_stress"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("pages are gotten for three seconds") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      gap(&kernel)
      kernel.wait(milliseconds: 3_000)
      let first = kernel.now
      kernel.endGetPages(mirror, result: -16)
      kernel.endOf(vm)
      return (
        Expected(
          rule: 53, category: .livelock, severity: .warning, kind: .svmPages,
          address: mirror.pages), first
      )
    },
    BreakingTrace("a range is evicted for three seconds") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      var first = kernel.now
      kernel.evictRange(mirror, result: -62) { kernel in
        gap(&kernel)
        kernel.wait(milliseconds: 3_000)
        first = kernel.now
      }
      kernel.endOf(vm)
      return (
        Expected(
          rule: 53, category: .livelock, severity: .warning, kind: .svmRange,
          address: mirror.range), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("retries for a second and a half") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      kernel.wait(milliseconds: 1_500)
      kernel.endGetPages(mirror, result: -16)
      kernel.evictRange(mirror, result: -62) { $0.wait(milliseconds: 1_500) }
      kernel.vmClose(vm)
    }
  ]
}
