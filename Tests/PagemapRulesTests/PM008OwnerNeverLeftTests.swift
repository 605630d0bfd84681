import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// PM008: owner group never left.
@Suite struct PM008OwnerNeverLeftTests: RuleCases {
  @Test(arguments: proofs) func isProven(proof: Proof) throws { try proof.check() }

  static let rule = RuleID(8)
  static let firesOn: [String] = [
    "d_skip_owner_shared", "d_skip_owner_vm", "d_skip_owner_vm.portable-7.2",
    "fuzz-3010-skip_owner",
  ]
  static let silentOn: [String] = ["unbind", "vm_churn_idle", "init_error"]

  static let breaking: [BreakingTrace] = [
    BreakingTrace("a VM puts its slot and never leaves its group", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.put(vm.pagemap)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (Expected(rule: 8, category: .ownerLeak, kind: .vmPeer, address: vm.peer), first)
    },
    BreakingTrace("one of two VMs never leaves, the other one lives on", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      kernel.pid = 101
      let two = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.pid = 100
      let first = kernel.now
      kernel.put(one.pagemap)
      kernel.wait(milliseconds: 150)
      kernel.pid = 101
      kernel.freeFolios(kernel.migrateToDevmem(two, at: 0x7f00_0000_0000))
      kernel.heartbeat()
      return (Expected(rule: 8, category: .ownerLeak, kind: .vmPeer, address: one.peer), first)
    },
    BreakingTrace("a destroyed pagemap's peer stays in its group", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 1)
      _ = kernel.shrink(gpu) { _ in }
      let first = kernel.now - 2 * kernel.tick
      kernel.on(cpu: 1, pid: 9) { $0.unmapMemory(vm.pagemap) }
      kernel.wait(milliseconds: 1200)
      kernel.heartbeat()
      return (
        Expected(
          rule: 8, category: .ownerLeak, kind: .pagemapPeer,
          address: kernel.state.peer(of: vm.pagemap)), first
      )
    },
  ]

  static let lookAlikes: [LookAlike] = [
    LookAlike("a VM is open when the recording stops", quiet: 0) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    },
    LookAlike("a VM has put its slot and not left yet when the recording stops", quiet: 60) {
      kernel in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      kernel.pid = 101
      _ = kernel.vmCreate(gpu)
      kernel.wait(milliseconds: 500)
      kernel.on(pid: 100) { $0.put(one.pagemap) }
    },
    LookAlike("a VM is being made when the recording stops", quiet: 300) { kernel in
      let gpu = kernel.bind("gpu")
      kernel.acquireOwner(0xff10_0000_7000_0028, isVM: true, island: 0)
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
    },
    LookAlike("the destroyed pagemap's worker runs long after the next one is in use") { kernel in
      let gpu = kernel.bind("gpu")
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      _ = kernel.shrink(gpu)
      let new = kernel.vmCreate(gpu)
      kernel.wait(milliseconds: 1500)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(old.pagemap) }
      kernel.vmClose(new)
    },
    LookAlike("the worker is still waiting when the recording ends", quiet: 3000) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
    },
    LookAlike("the worker is still waiting, and memory mappings are not recorded", quiet: 3000) {
      kernel in
      kernel.absentProbes = ["memremap_pages", "memunmap_pages", "memunmap_pages_ret"]
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
    },
    LookAlike("a pagemap cannot be made: its group cannot be joined") { kernel in
      let gpu = kernel.bind("gpu")
      let peer: UInt64 = 0xff10_0000_7000_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      let pagemap = kernel.initPagemap(gpu)
      kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0, result: -12)
      kernel.put(pagemap)
      kernel.unlockLookup(gpu)
      kernel.releaseOwner(peer)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(pagemap) }
    },
    LookAlike("a pagemap cannot be made: its memory cannot be mapped, its peer leaves at once") {
      kernel in
      let gpu = kernel.bind("gpu")
      let peer: UInt64 = 0xff10_0000_7000_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      let pagemap = kernel.initPagemap(gpu)
      kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0)
      kernel.releaseOwner(pagemap + 0x40)
      kernel.put(pagemap)
      kernel.unlockLookup(gpu)
      kernel.releaseOwner(peer)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(pagemap) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
    },
    LookAlike("drm_pagemap_init fails") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      kernel.emit(
        "drm_pagemap_init",
        ["dpagemap": 0x7700_0098, "pagemap": 0x7700_0000, "drm": .number(gpu.drm), "dev": "gpu"])
      kernel.emit("drm_pagemap_init_ret", ["dpagemap": 0x7700_0098, "ref": 1, "ret": -12])
      kernel.unlockLookup(gpu)
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
    },
    LookAlike("a VM cannot be made: the lookup is interrupted") { kernel in
      let gpu = kernel.bind("gpu")
      let peer: UInt64 = 0xff10_0000_7000_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      kernel.emit("drm_pagemap_cache_lock_lookup", ["cache": .number(gpu.cache)])
      kernel.emit("drm_pagemap_cache_lock_lookup_ret", ["cache": .number(gpu.cache), "ret": -4])
      kernel.releaseOwner(peer)
    },
    LookAlike("a VM has a slot for each of two regions of its device") { kernel in
      let near = kernel.bind("gpu")
      var tile = kernel.bind("gpu")
      tile.drm = near.drm
      for turn in 0..<3 {
        let peer: UInt64 = 0xff10_0000_7100_0028 + UInt64(turn) * 0x100
        kernel.acquireOwner(peer, isVM: true, island: 0)
        let one = kernel.lookUp(near)
        let two = kernel.lookUp(tile)
        let allocation = kernel.offer(mm: 0xff10_0000_6100_0000, pagemap: two, at: 0x7f00_0000_0000)
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        kernel.freeFolios(allocation)
        kernel.put(one)
        kernel.put(two)
        kernel.releaseOwner(peer)
        kernel.wait(milliseconds: turn == 1 ? 150 : 2)
      }
    },
    LookAlike("a VM without slots of its own joins and leaves") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.acquireOwner(0xff10_0000_7100_0028, isVM: true, island: 0)
      kernel.wait(milliseconds: 120)
      kernel.releaseOwner(0xff10_0000_7100_0028)
      kernel.vmClose(vm)
    },
    LookAlike("a worker closes the VM instead of the task that made it") { kernel in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      let two = kernel.vmCreate(gpu)
      kernel.wait(milliseconds: 30)
      kernel.on(cpu: 1, pid: 9) { $0.vmClose(one) }
      kernel.wait(milliseconds: 300)
      kernel.on(cpu: 1, pid: 9) { $0.vmClose(two) }
    },
    LookAlike("one of a task's two VMs stays open") { kernel in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      _ = kernel.vmCreate(gpu)
      kernel.wait(milliseconds: 30)
      kernel.vmClose(one)
    },
  ]
}
