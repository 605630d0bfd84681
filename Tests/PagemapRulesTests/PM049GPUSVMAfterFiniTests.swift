import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM049: drm_gpusvm used after its end.
@Suite struct PM049GPUSVMAfterFiniTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(49)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["gpusvm", "gpusvm_stress"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a range is looked up in a gpusvm that is finished") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      kernel.finishGPUSVM(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.findRange(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 49, category: .useAfterDestroy, kind: .gpusvm, address: mirror.gpusvm),
        first
      )
    },
    BreakingTrace("pages are gotten for a gpusvm that is finished") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.finishGPUSVM(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, result: -14)
      kernel.endOf(vm)
      return (
        Expected(rule: 49, category: .useAfterDestroy, kind: .gpusvm, address: mirror.gpusvm),
        first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("drm_gpusvm_fini removes the ranges that are left") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.finishGPUSVM(mirror)
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      kernel.vmClose(vm)
    },
    LookAlike("a new gpusvm at the address of one that is finished") { kernel in
      let (vm, mirror) = kernel.mirrored()
      for _ in 0..<2 {
        kernel.removeRange(mirror)
        kernel.putRange(mirror)
        kernel.finishGPUSVM(mirror)
        kernel.initGPUSVM(mirror)
        kernel.findRange(mirror)
        kernel.beginGetPages(mirror)
        kernel.endGetPages(mirror)
      }
      kernel.vmClose(vm)
    },
    LookAlike("no probe of drm_gpusvm_init: an address that is used again looks finished") {
      kernel in
      kernel.absentProbes = ["drm_gpusvm_init"]
      let (vm, mirror) = kernel.mirrored()
      kernel.finishGPUSVM(mirror)
      kernel.wait(milliseconds: 1)
      kernel.findRange(mirror)
      kernel.vmClose(vm)
    },
  ]
}
