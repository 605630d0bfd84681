import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM009: second pagemap for one cache.
@Suite struct PM009DuplicatePagemapTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(9)
  static let firesOn: [String] = [
    "d_no_cache_set", "d_no_cache_set.portable-7.2", "d_shrink_race", "d_shrink_race.pages",
    "d_stale_signal", "d_stale_signal.pages", "fuzz-3012-no_cache_set",
  ]
  static let silentOn: [String] = [
    "d_shrink_race.stock.pages", "d_stale_signal.stock.pages", "cache_revive",
  ]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a lookup does not store what it creates, so the next one creates again") {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu, isStored: false)
      gap(&kernel)
      kernel.pid = 101
      let two = kernel.vmCreate(gpu)
      // After acquire_owner, lock_lookup and get_from_cache with their returns.
      let first = kernel.now - 7 * kernel.tick
      kernel.vmClose(two)
      kernel.pid = 100
      kernel.vmClose(one)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 9, category: .duplicatePagemap, kind: .pagemap, address: two.pagemap), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("the shrinker has a pagemap in hand while a lookup makes the next one") {
      kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      var new: PagemapScenario.VM?
      kernel.on(cpu: 1, pid: 50) { kernel in
        _ = kernel.shrink(gpu) { kernel in
          kernel.on(cpu: 0, pid: 101) { new = $0.vmCreate(gpu) }
        }
      }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      if let new { kernel.on(pid: 101) { $0.vmClose(new) } }
    },
    LookAlike("two devices have a pagemap each, in one group") { kernel in
      let one = kernel.bind("one", island: 1)
      let two = kernel.bind("two", island: 1)
      let first = kernel.vmCreate(one)
      let second = kernel.vmCreate(two)
      kernel.vmClose(first)
      kernel.wait(milliseconds: 200)
      kernel.vmClose(second)
    },
    LookAlike("a device is bound anew") { kernel in
      for turn in 0..<3 {
        let gpu = kernel.bind("gpu")
        let vm = kernel.vmCreate(gpu)
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        kernel.unplug(gpu)
        kernel.evict(allocation)
        kernel.vmClose(vm)
        kernel.finishCache(gpu)
        kernel.on(cpu: UInt32(turn % 2), pid: 9) { $0.destroyWork(vm.pagemap) }
        kernel.wait(milliseconds: 20)
      }
    },
  ]
}
