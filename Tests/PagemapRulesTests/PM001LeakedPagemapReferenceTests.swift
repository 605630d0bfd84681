import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM001: pagemap reference leaked.
@Suite struct PM001LeakedPagemapReferenceTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(1)
  static let firesOn: [String] = [
    "d_get_pages_error.pages", "d_leak_both", "d_leak_pagemap", "d_leak_pagemap.base",
    "d_leak_pagemap.portable", "d_leak_pagemap_busy", "d_leak_pagemap_busy.portable-7.2",
    "d_lost_zdd", "d_lost_zdd.pages", "d_madv_leak", "d_madv_leak.portable-7.2",
    "d_madv_leak.stacks", "d_madv_leak.stk", "d_random_leak", "d_zdd_no_put", "d_zdd_no_put.pages",
    "fuzz-3009-madv_leak", "fuzz-3012-leak_pagemap",
  ]
  static let silentOn: [String] = ["unbind", "prefer_foreign", "vm_churn_idle", "d_leak_bo"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a VMA keeps its reference after the VM is gone", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.get(vm.pagemap)
      let first = kernel.now
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 1, category: .leakReference, kind: .pagemap, address: vm.pagemap), first
      )
    },
    BreakingTrace("a VM leaves its group without the put of its slot", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      kernel.pid = 101
      let two = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.pid = 100
      let first = kernel.now
      kernel.releaseOwner(one.peer)
      kernel.pid = 101
      kernel.vmClose(two)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 1, category: .leakReference, kind: .pagemap, address: one.pagemap), first
      )
    },
    BreakingTrace("the next VM's lookup still sees the leaked reference") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.get(one.pagemap)
      // The put of the slot and its return; then the VM leaves, and nothing explains the rest.
      let first = kernel.now + 2 * kernel.tick
      kernel.vmClose(one)
      kernel.wait(milliseconds: 120)
      let two = kernel.vmCreate(gpu)
      kernel.vmClose(two)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 1, category: .leakReference, kind: .pagemap, address: one.pagemap), first
      )
    },
    BreakingTrace("the shrinker counts none, and the recording ends soon", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.get(vm.pagemap)
      let first = kernel.now + 2 * kernel.tick
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 20)
      kernel.countShrinker(gpu, -2)
      kernel.heartbeat()
      return (
        Expected(rule: 1, category: .leakReference, kind: .pagemap, address: vm.pagemap), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a VM is open and idle when the recording stops", quiet: 5000) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.get(vm.pagemap)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    },
    LookAlike("a pagemap is looked up for an attribute that nobody takes") { kernel in
      let gpu = kernel.bind("gpu")
      let other = kernel.bind("other")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<2 {
        let looked = kernel.lookUp(other)
        kernel.wait(milliseconds: 130)
        kernel.put(looked)
      }
      let own = kernel.lookUp(gpu)
      kernel.wait(milliseconds: 130)
      kernel.put(own)
      kernel.vmClose(vm)
    },
    LookAlike("VMA attributes drop their references up to 50 ms after the VM left") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<3 { kernel.get(vm.pagemap) }
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
      for _ in 0..<3 {
        kernel.wait(milliseconds: 16)
        kernel.put(vm.pagemap)
      }
    },
    LookAlike("the shrinker counts, and the next VM comes, before the attributes are put") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.get(vm.pagemap)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 10)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 0) }
      kernel.wait(milliseconds: 10)
      var next: PagemapScenario.VM?
      kernel.on(cpu: 1, pid: 101) { next = $0.vmCreate(gpu) }
      kernel.wait(milliseconds: 20)
      kernel.put(vm.pagemap)
      if let next { kernel.on(cpu: 1, pid: 101) { $0.vmClose(next) } }
    },
    LookAlike("the recording stops before the attributes are put", quiet: 0) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.get(vm.pagemap)
      kernel.get(vm.pagemap)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 20)
      kernel.put(vm.pagemap)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 0) }
      kernel.wait(milliseconds: 5)
    },
    LookAlike("pages objects hold references long after the VM left") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.getPages(0xaa00, vm.pagemap, mm: vm.mm)
      kernel.getPages(0xbb00, vm.pagemap, mm: vm.mm)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 300)
      kernel.unmapPages(0xaa00)
      kernel.wait(milliseconds: 300)
      kernel.unmapPages(0xbb00)
      kernel.unmapPages(0xbb00)
    },
    LookAlike("a process keeps its device pages after its VM left") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      let two = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 300)
      kernel.evict(one)
      kernel.wait(milliseconds: 300)
      kernel.exitMmap(vm.mm) { $0.freeFolios(two) }
    },
    LookAlike("a process exits first, its VM closes behind") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.getPages(0xaa00, vm.pagemap, mm: vm.mm)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
      kernel.vmClose(vm)
      kernel.unmapPages(0xaa00)
    },
    LookAlike("a foreign VMA keeps its reference after the provider is gone") { kernel in
      let near = kernel.bind("near")
      let far = kernel.bind("far")
      let owner = kernel.vmCreate(near)
      kernel.pid = 101
      let foreign = kernel.vmCreate(far)
      kernel.get(owner.pagemap)
      kernel.pid = 100
      kernel.unplug(near)
      kernel.vmClose(owner)
      kernel.finishCache(near)
      kernel.wait(milliseconds: 400)
      kernel.pid = 101
      kernel.vmClose(foreign)
      kernel.wait(milliseconds: 40)
      kernel.put(owner.pagemap)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(owner.pagemap) }
    },
    LookAlike("the provider is gone, the foreign VMA is put after the close of its own VM") {
      kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let foreign = kernel.vmCreate(far)
      let looked = kernel.lookUp(near)
      kernel.unplug(near)
      kernel.finishCache(near)
      kernel.wait(milliseconds: 300)
      kernel.put(looked)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(looked) }
      kernel.vmClose(foreign)
    },
  ]
}
