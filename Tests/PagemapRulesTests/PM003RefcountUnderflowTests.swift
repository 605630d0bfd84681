import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM003: pagemap reference dropped twice.
@Suite struct PM003RefcountUnderflowTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(3)
  static let firesOn: [String] = [
    "d_extra_put", "d_extra_put.portable-7.2", "d_extra_put_late", "d_zdd_extra_put",
    "d_zdd_extra_put.pages", "fuzz-3009-extra_put",
  ]
  static let silentOn: [String] = ["d_zdd_extra_put.stock.pages", "stress", "gpusvm_stress"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a put too many lets the pagemap go while a zdd holds it") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      let first = kernel.now
      kernel.put(vm.pagemap)
      kernel.vmClose(vm)
      kernel.unrecorded { $0.freeFolios(allocation) }
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace("a put of a pagemap that waits in its cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 10)
      let first = kernel.now
      kernel.emit(
        "drm_pagemap_put",
        [
          "dpagemap": .number(vm.pagemap), "ref": 0, "drm": .number(gpu.drm),
          "cache": .number(gpu.cache),
        ])
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace("a saturated count") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.put(vm.pagemap, sampled: -1_073_741_824, sampledBehind: -1_073_741_824)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace(
      "a VM that closes puts twice, and another VM's reference is gone", needsTheEnd: true
    ) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      kernel.pid = 101
      let two = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.pid = 102
      _ = kernel.vmCreate(gpu)
      kernel.pid = 100
      kernel.put(one.pagemap)
      let first = kernel.now
      kernel.put(one.pagemap)
      kernel.releaseOwner(one.peer)
      kernel.pid = 101
      kernel.wait(milliseconds: 20)
      kernel.put(two.pagemap)
      kernel.releaseOwner(two.peer)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: one.pagemap), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("no count is sampled when a pagemap is put") { kernel in
      kernel.absentFields = ["drm_pagemap_put": ["ref"], "drm_pagemap_put_ret": ["ref"]]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.get(vm.pagemap)
      kernel.put(vm.pagemap)
      kernel.vmClose(vm)
    },
    LookAlike("nothing is known of a zdd's pagemap when it ends") { kernel in
      kernel.absentFields = ["drm_pagemap_zdd_destroy": ["dpagemap", "ref"]]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000)
      kernel.vmClose(vm)
      kernel.freeFolios(one)
    },
    LookAlike("a pagemap is put while memory pressure shrinks another device's") { kernel in
      let one = kernel.bind("one")
      let two = kernel.bind("two", island: 2)
      for _ in 0..<3 {
        let first = kernel.vmCreate(one)
        let second = kernel.vmCreate(two)
        kernel.vmClose(first)
        kernel.on(cpu: 1, pid: 50) { kernel in
          let shrunk = kernel.shrink(one)
          kernel.countShrinker(two, 0)
          shrunk.map { kernel.destroyWork($0) }
        }
        kernel.wait(milliseconds: 120)
        kernel.vmClose(second)
      }
    },
    LookAlike("two VMs close at a time, both puts sample the count before either took effect") {
      kernel in
      let (one, two, _) = twoVMsAndAZdd(&kernel)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (3, 3), behind: (2, 1), start: start)
    },
    LookAlike("two VMs close at a time, the earlier put samples late and sees less") { kernel in
      let (one, two, _) = twoVMsAndAZdd(&kernel)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (2, 3), behind: (1, 1), start: start)
    },
    LookAlike("the last two references go at a time") { kernel in
      let (one, two, allocation) = twoVMsAndAZdd(&kernel)
      kernel.freeFolios(allocation)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (1, 2), behind: (0, 0), start: start)
    },
    LookAlike("the last two references go at a time, both seen as 2") { kernel in
      let (one, two, allocation) = twoVMsAndAZdd(&kernel)
      kernel.freeFolios(allocation)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (2, 2), behind: (1, 0), start: start)
    },
    LookAlike("a VM closes between a zdd's end and the put that belongs to it") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 1)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000, pages: 1)
      kernel.wait(milliseconds: 1)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.unrecorded { $0.state.zdds[one.zdd] = 1 }
        kernel.emitFree(one, one.folios[0])
        kernel.destroyZdd(one)
      }
      kernel.vmClose(vm)
      // Only now the zdd's reference goes, and no event tells it.
      kernel.unrecorded { $0.drop(one.pagemap) }
    },
    LookAlike("a zdd ends while a VM's put is under way") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 1)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000, pages: 1)
      kernel.wait(milliseconds: 1)
      // The put's entry, the zdd's end, then the put takes effect, returns, and the zdd's follows.
      kernel.at(kernel.now + 500 - kernel.tick) { kernel in
        kernel.on(cpu: 1, pid: 200) { kernel in
          kernel.emitFree(one, one.folios[0])
          kernel.destroyZdd(one)
        }
      }
      kernel.vmClose(vm)
      kernel.drop(one.pagemap)
    },
    LookAlike("put of no pagemap") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.put(0)
      let vm = kernel.vmCreate(gpu)
      kernel.put(0)
      kernel.vmClose(vm)
      kernel.put(0)
    },
  ]

  /// Two VMs of one device, and pages of the second one.
  private static func twoVMsAndAZdd(_ kernel: inout PagemapScenario) -> (
    PagemapScenario.VM, PagemapScenario.VM, PagemapScenario.Allocation
  ) {
    let gpu = kernel.bind("gpu")
    let one = kernel.vmCreate(gpu)
    kernel.pid = 101
    let two = kernel.vmCreate(gpu)
    let allocation = kernel.migrateToDevmem(two, at: 0x7f00_0000_0000)
    kernel.wait(milliseconds: 1)
    return (one, two, allocation)
  }

  /// Two closes, a microsecond apart, on two CPUs.
  private static func closeAtATime(
    _ kernel: inout PagemapScenario, _ one: PagemapScenario.VM, _ two: PagemapScenario.VM,
    sampled: (Int64, Int64), behind: (Int64, Int64), start: UInt64
  ) {
    let stays = kernel.state.references(of: one.pagemap) > 2
    for (cpu, vm, before, after) in [
      (UInt32(0), one, sampled.0, behind.0), (1, two, sampled.1, behind.1),
    ] {
      kernel.now = start + UInt64(cpu) * 1000
      kernel.on(cpu: cpu, pid: 100 + Int32(cpu)) { kernel in
        kernel.put(vm.pagemap, sampled: before, sampledBehind: after)
        kernel.releaseOwner(vm.peer)
      }
    }
    precondition((kernel.state.references(of: one.pagemap) > 0) == stays)
  }
}
