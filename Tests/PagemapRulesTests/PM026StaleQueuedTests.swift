import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM026: queued is complete while the pagemap is in use.
@Suite struct PM026StaleQueuedTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(26)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["cache_revive", "vm_churn"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("queued is complete while the slot's pagemap is in use") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.lockLookup(gpu)
      let first = kernel.now + kernel.tick
      let looked = kernel.getFromCache(gpu, isQueued: true)
      kernel.unlockLookup(gpu)
      kernel.put(looked ?? 0)
      kernel.vmClose(vm)
      kernel.goOn()
      return (
        Expected(
          rule: 26, category: .lifecycle, severity: .warning, kind: .pagemap, address: vm.pagemap),
        first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("queued is complete for a cached pagemap, and reset by its revival") { kernel in
      let gpu = kernel.bind("gpu")
      for _ in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        kernel.on(cpu: 1, pid: 101) { kernel in kernel.put(kernel.lookUp(gpu)) }
        kernel.vmClose(vm)
      }
    },
    LookAlike("the pagemap is released and revived within the lookup") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.lockLookup(gpu)
        // The slot and its count are sampled, then the last put queues it, then queued is.
        kernel.beginGetFromCache(gpu, isQueued: true)
        kernel.on(cpu: 0, pid: 100) { $0.vmClose(vm) }
        _ = kernel.cancelShrinker(vm.pagemap, gpu)
        kernel.reinit(vm.pagemap)
        kernel.setPagemap(vm.pagemap, gpu)
        kernel.endGetFromCache(gpu, vm.pagemap)
        kernel.unlockLookup(gpu)
        kernel.put(vm.pagemap)
      }
    },
  ]
}
