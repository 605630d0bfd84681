import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM007: migration ping-pong.
@Suite struct PM007MigrationPingPongTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(7)
  static let firesOn: [String] = ["d_thrash", "d_thrash.base", "d_thrash.portable-7.2"]
  static let silentOn: [String] = ["thrash_slow", "thrash_timeslice", "timeslice"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("eight round trips, each too short") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let first = kernel.now + 2 * kernel.tick
      for trip in 0..<8 {
        if trip == 4 { gap(&kernel) }
        kernel.fault(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, lasting: 500_000))
      }
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(
          rule: 7, category: .thrash, severity: .warning, kind: .range, address: 0x7f00_0000_0000),
        first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("the driver's retry moves the range back once and migrates it again") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<12 {
        let allocation = kernel.raceWhileFinalizing(vm)
        kernel.fault(allocation, page: 2, moved: Array(allocation.folios.suffix(2)))
        let second = kernel.migrateToDevmem(vm, at: allocation.start, lasting: 300_000)
        kernel.wait(milliseconds: 3)
        kernel.evict(second)
      }
      kernel.vmClose(vm)
    },
    LookAlike("seven short round trips, then a long stay, then seven more") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for trip in 0..<15 {
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, lasting: 500_000)
        if trip == 7 { kernel.wait(milliseconds: 5) }
        kernel.fault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("twenty short round trips with a timeslice") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<20 {
        let allocation = kernel.migrateToDevmem(
          vm, at: 0x7f00_0000_0000, timesliceMs: 2, lasting: 3_000_000)
        kernel.wait(milliseconds: 3)
        kernel.fault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("twenty round trips that stay ten times as long as the move took") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<20 {
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, lasting: 300_000)
        kernel.wait(milliseconds: 4)
        kernel.fault(allocation)
      }
      kernel.vmClose(vm)
    },
  ]
}
