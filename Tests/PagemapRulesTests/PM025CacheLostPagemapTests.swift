import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM025: cache's slot lost a pagemap in use.
@Suite struct PM025CacheLostPagemapTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(25)
  static let firesOn: [String] = []
  static let silentOn: [String] = ["d_shrink_race.stock.pages", "shrink"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("the shrinker clears a slot that has the next pagemap") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      var next = old
      kernel.on(cpu: 1, pid: 50) { kernel in
        _ = kernel.shrink(gpu) { kernel in
          kernel.on(cpu: 0, pid: 101) { next = $0.vmCreate(gpu) }
        }
      }
      kernel.state.slots[gpu.cache] = nil
      gap(&kernel)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      kernel.pid = 102
      kernel.lockLookup(gpu)
      let first = kernel.now
      _ = kernel.getFromCache(gpu)
      kernel.unlockLookup(gpu)
      kernel.goOn()
      return (
        Expected(rule: 25, category: .lifecycle, kind: .pagemap, address: next.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a lookup empties the slot of what the shrinker has in hand") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      var new = old
      kernel.on(cpu: 1, pid: 50) { kernel in
        _ = kernel.shrink(gpu) { kernel in
          kernel.on(cpu: 0, pid: 101) { new = $0.vmCreate(gpu) }
        }
      }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      kernel.pid = 102
      let third = kernel.vmCreate(gpu)
      kernel.vmClose(third)
      kernel.on(pid: 101) { $0.vmClose(new) }
    },
    LookAlike("a device is bound again, a foreign VM still has the old pagemap") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.lookUp(gpu)
      kernel.unplug(gpu)
      kernel.finishCache(gpu)
      kernel.finishShrinker(gpu)
      let again = kernel.bind("gpu", cache: gpu.cache)
      kernel.vmClose(kernel.vmCreate(again))
      kernel.on(cpu: 1, pid: 101) { $0.put(old) }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old) }
    },
  ]
}
