import TestSupport

extension LookAlike {
  /// Large folios, several regions of one device, slow removals.
  static let tails: [LookAlike] = [
    LookAlike("faults on a page in the middle of a large folio, which moves each time") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<130 {
        var allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, pages: 512,
          firstPFN: gpu.firstPFN)
        allocation.order = 9
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        kernel.wait(milliseconds: 1)
        kernel.fault(allocation, page: 77)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a large folio is split and freed in parts") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      var allocation = kernel.offer(
        mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, pages: 4)
      allocation.order = 2
      kernel.populate(allocation) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.initFolios(allocation)
        kernel.endMigration(allocation)
      }
      kernel.split(allocation)
      allocation.order = 0
      kernel.freeFolios(allocation, Array(allocation.folios.dropFirst(2)))
      kernel.wait(milliseconds: 300)
      kernel.exitMmap(vm.mm) { kernel in
        kernel.freeFolios(allocation, Array(allocation.folios.prefix(2)))
      }
      kernel.vmClose(vm)
    },
    LookAlike("a driver evicts for long after the unplug, and the recording stops", quiet: 30) {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocations = (0..<12).map {
        kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000 + UInt64($0) * 0x10000)
      }
      kernel.unplug(gpu)
      for allocation in allocations.prefix(8) {
        kernel.wait(milliseconds: 40)
        kernel.on(cpu: 1, pid: 300) { $0.evict(allocation) }
      }
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
  ]
}
