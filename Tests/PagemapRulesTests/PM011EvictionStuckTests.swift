import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM011: eviction did not finish.
@Suite struct PM011EvictionStuckTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(11)
  static let firesOn: [String] = [
    "d_evict_early.stock.pages", "d_leak_page_evict", "d_leak_page_evict.portable-7.2", "d_recount",
    "d_recount.pages", "d_recount.stock.pages", "d_stale_held.pages", "d_stale_held.stock.pages",
  ]
  static let silentOn: [String] = ["evict_race", "timeslice", "exit_both"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("an eviction fails though nobody is in its way") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.wait(milliseconds: 5)
      var first = kernel.now
      kernel.on(cpu: 0, pid: 300) { kernel in
        kernel.evict(allocation, result: -16) { kernel in
          gap(&kernel)
          kernel.wait(milliseconds: 1)
          first = kernel.now
        }
      }
      kernel.wait(milliseconds: 20)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(
          rule: 11, category: .evictionStuck, severity: .warning, kind: .deviceAllocation,
          address: allocation.devmem), first
      )
    }
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("an eviction takes three attempts while a CPU fault empties the allocation") {
      kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      kernel.evict(allocation, result: 0) { kernel in
        kernel.on(cpu: 1, pid: 101) { $0.fault(allocation) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction fails while a CPU fault is under way") { kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      kernel.on(cpu: 1, pid: 101) { $0.beginFault(allocation) }
      kernel.evict(allocation, result: -16)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.finishFault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction fails while a fault that began within it goes on") { kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      kernel.evict(allocation, result: -16) { kernel in
        kernel.on(cpu: 1, pid: 101) { $0.beginFault(allocation) }
      }
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.finishFault(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction fails while the range moves to another device") { kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      let other = kernel.bind("other")
      let far = kernel.lookUp(other)
      let target = kernel.offer(mm: vm.mm, pagemap: far, at: allocation.start)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.initDevmem(target)
        kernel.beginMigration(target)
      }
      kernel.evict(allocation, result: -16)
      kernel.on(cpu: 1, pid: 101) { kernel in
        kernel.initFolios(target)
        kernel.freeFolios(allocation)
        kernel.endMigration(target)
        kernel.freeFolios(target)
      }
      kernel.put(far)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction of a process that is exiting") { kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      kernel.exitMmap(vm.mm) { kernel in
        kernel.on(cpu: 1, pid: 300) { $0.evict(allocation, result: -14) }
        kernel.freeFolios(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("an eviction of a process whose last user is gone, before exit_mmap begins") {
      kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      kernel.on(cpu: 1, pid: 300) { $0.evict(allocation, result: -14) }
      kernel.wait(milliseconds: 1)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
      kernel.vmClose(vm)
    },
    LookAlike("the same, with exit_mmap not recorded") { kernel in
      kernel.absentProbes = ["exit_mmap", "exit_mmap_ret"]
      let (vm, allocation) = kernel.resident(waiting: 5)
      kernel.on(cpu: 1, pid: 300) { $0.evict(allocation, result: -14) }
      kernel.wait(milliseconds: 1)
      kernel.freeFolios(allocation)
      kernel.vmClose(vm)
    },
    LookAlike("an eviction begins on an exiting process and ends with the pages gone") { kernel in
      let (vm, allocation) = kernel.resident(waiting: 5)
      kernel.on(cpu: 1, pid: 300) { kernel in
        kernel.evict(allocation, result: -14) { kernel in
          kernel.on(cpu: 0, pid: 100) { kernel in
            kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
          }
        }
      }
      kernel.vmClose(vm)
    },
  ]
}
