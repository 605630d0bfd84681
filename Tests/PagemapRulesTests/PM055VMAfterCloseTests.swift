import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM055: VM used after it was closed. No recording has the probes that it needs:
/// composed traces alone prove it.
@Suite struct PM055VMAfterCloseTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(55)
  static let firesOn: [String] = []
  static let silentOn: [String] = []

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a fault is handled for a VM that is closed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.xeClose(0xff10_0000_d000_0000)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.xeFault(0xff10_0000_d000_0000)
      kernel.xeFini(0xff10_0000_d000_0000)
      kernel.endOf(vm)
      return (
        Expected(rule: 55, category: .useAfterDestroy, kind: .vm, address: 0xff10_0000_d000_0000),
        first
      )
    },
    BreakingTrace("a VM is finished twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.xeFini(0xff10_0000_d000_0000)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.xeFini(0xff10_0000_d000_0000)
      kernel.endOf(vm)
      return (
        Expected(rule: 55, category: .useAfterDestroy, kind: .vm, address: 0xff10_0000_d000_0000),
        first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a VM is closed and finished, and another one is made at its address") {
      kernel in
      let gpu = kernel.bind("gpu")
      for _ in 0..<3 {
        kernel.xeInit(0xff10_0000_d000_0000)
        let vm = kernel.vmCreate(gpu)
        kernel.xeFault(0xff10_0000_d000_0000)
        kernel.xeClose(0xff10_0000_d000_0000)
        kernel.vmClose(vm)
        kernel.xeFini(0xff10_0000_d000_0000)
      }
    },
    LookAlike("a VM that could not be made is finished without having been closed") {
      kernel in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      kernel.xeFini(0xff10_0000_d000_0000)
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("a fault that began before the close returns behind it") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.xeFault(0xff10_0000_d000_0000) { kernel in
          kernel.on(cpu: 0, pid: 100) { $0.xeClose(0xff10_0000_d000_0000) }
        }
      }
      kernel.vmClose(vm)
      kernel.xeFini(0xff10_0000_d000_0000)
    },
    LookAlike("two probes tell of one close") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.tick = 300
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.vmClose(vm)
      kernel.xeFini(0xff10_0000_d000_0000)
    },
  ]
}
