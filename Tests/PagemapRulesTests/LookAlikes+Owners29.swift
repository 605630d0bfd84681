import TestSupport

extension LookAlike {
  /// PM029 to PM032: owner groups.
  static let legalOwners: [LookAlike] = [
    LookAlike("PM029 a peer that never joined is released") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0, result: -12)
      kernel.emit(
        "drm_pagemap_release_owner",
        ["peer": 0x7700_0028, "owner": 0, "oref": 77, "list": 0])
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("PM029 the next VM's peer is where the last one's was") { kernel in
      let gpu = kernel.bind("gpu")
      let stays = kernel.vmCreate(gpu)
      for _ in 0..<3 { kernel.vmClose(kernel.vmCreate(gpu, peer: 0xff10_0000_7100_0028)) }
      kernel.vmClose(stays)
    },
    LookAlike("PM029 the next VM is where one was that left unrecorded, in an older group") {
      kernel in
      let gpu = kernel.bind("gpu")
      kernel.unrecorded { $0.acquireOwner(0xff10_0000_7200_0028, isVM: true, island: 0) }
      let stays = kernel.vmCreate(gpu)
      let peer: UInt64 = 0xff10_0000_7100_0028
      let one = kernel.vmCreate(gpu, peer: peer)
      kernel.missing(["drm_pagemap_release_owner"]) { $0.vmClose(one) }
      kernel.vmClose(kernel.vmCreate(gpu, peer: peer))
      kernel.vmClose(stays)
    },
    LookAlike("PM030 a group outlives its founder, and memory is mapped for it") { kernel in
      let one = kernel.bind("one", island: 1)
      let two = kernel.bind("two", island: 1)
      let founder = kernel.vmCreate(one)
      let second = kernel.vmCreate(two)
      kernel.vmClose(founder)
      _ = kernel.shrink(one)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(founder.pagemap) }
      let third = kernel.vmCreate(one)
      kernel.vmClose(third)
      kernel.vmClose(second)
    },
    LookAlike("PM030 a VM joins the first group it reaches, which is not its own device's") {
      kernel in
      // The device reaches both groups, whose devices do not reach each other.
      let gpu = kernel.bind("gpu", island: 1)
      kernel.vmClose(kernel.vmCreate(gpu))
      let peer: UInt64 = 0xff10_0000_7100_0028
      kernel.acquireOwner(peer, isVM: true, island: 2)
      let looked = kernel.lookUp(gpu)
      kernel.put(looked)
      kernel.releaseOwner(peer)
    },
    LookAlike("PM031 an owner's address is used again when its memory is unmapped") { kernel in
      var owner: UInt64?
      for turn in 0..<3 {
        let gpu = kernel.bind("gpu", island: turn)
        let peer: UInt64 = 0xff10_0000_7100_0028
        kernel.acquireOwner(peer, isVM: true, island: turn, owner: owner)
        owner = kernel.state.owner(ofIsland: turn)
        let looked = kernel.lookUp(gpu)
        kernel.put(looked)
        kernel.releaseOwner(peer)
        _ = kernel.shrink(gpu)
        kernel.missing(turn == 1 ? ["memunmap_pages_ret"] : []) { kernel in
          kernel.on(cpu: 1, pid: 9) { $0.destroyWork(looked) }
        }
      }
    },
    LookAlike("PM031 a group that only seemed to end: one of its peers joined unrecorded") {
      kernel in
      let gpu = kernel.bind("gpu")
      let far = kernel.bind("far")
      let vm = kernel.vmCreate(gpu)
      kernel.missing(["drm_pagemap_acquire_owner_ret"]) {
        $0.acquireOwner(0xff10_0000_7200_0028, isVM: true, island: 0)
      }
      kernel.unplug(gpu)
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.releaseOwner($0.state.peer(of: vm.pagemap)) }
      let next = kernel.vmCreate(far)
      kernel.unmapMemory(vm.pagemap)
      kernel.vmClose(next)
    },
    LookAlike("PM032 pages move between devices of one group") { kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let there = kernel.vmCreate(far)
      let here = kernel.vmCreate(near)
      let old = kernel.migrateToDevmem(there, at: 0x7f00_0000_0000)
      let new = moveOver(&kernel, old, to: here, from: there.pagemap)
      kernel.freeFolios(new)
      kernel.vmClose(here)
      kernel.vmClose(there)
    },
    LookAlike("PM032 pages of a device out of reach go to system memory first") { kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 2)
      let there = kernel.vmCreate(far)
      let here = kernel.vmCreate(near)
      let old = kernel.migrateToDevmem(there, at: 0x7f00_0000_0000)
      kernel.evict(old)
      let new = moveOver(&kernel, nil, to: here, from: 0)
      kernel.freeFolios(new)
      kernel.vmClose(here)
      kernel.vmClose(there)
    },
  ]

  /// A migration of pages at one address, those of an allocation or of system memory.
  private static func moveOver(
    _ kernel: inout PagemapScenario, _ old: PagemapScenario.Allocation?,
    to vm: PagemapScenario.VM, from source: UInt64
  ) -> PagemapScenario.Allocation {
    let new = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
    kernel.populate(new) { kernel in
      kernel.initDevmem(new)
      kernel.beginMigration(new)
      kernel.initFolios(new)
      kernel.migrateRange(new, from: source)
      if let old { kernel.freeFolios(old) }
      kernel.endMigration(new)
    }
    return new
  }

  /// PM033 and PM034: zdds.
  static let legalZdds: [LookAlike] = [
    LookAlike("PM033 each migration's zdd is where the last one's was") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for turn in 0..<4 {
        let allocation = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000, zdd: 0xff10_0000_9900_0000)
        kernel.populate(allocation, result: turn == 2 ? -16 : 0) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          if turn != 2 { kernel.initFolios(allocation) }
          kernel.endMigration(allocation, result: turn == 2 ? -16 : 0)
        }
        if turn != 2 { kernel.freeFolios(allocation) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM033 a migration that had begun gets the address of a zdd that ends") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let old = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 1)
      for fails in [true, false] {
        let ending = fails ? old : kernel.migrateToDevmem(vm, at: 0x7f00_0002_0000, pages: 1)
        let new = kernel.offer(
          mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0001_0000, zdd: ending.zdd)
        kernel.populate(new, result: fails ? -16 : 0) { kernel in
          kernel.initDevmem(new)
          kernel.beginMigration(new, hasZdd: false)
          kernel.on(cpu: 1, pid: 200) { $0.freeFolios(ending) }
          // Only now drm_pagemap_zdd_alloc runs.
          kernel.get(vm.pagemap)
          kernel.state.zdds[new.zdd] = 1
          if !fails { kernel.initFolios(new) }
          kernel.endMigration(new, result: fails ? -16 : 0)
        }
        if !fails { kernel.freeFolios(new) }
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM033 two tasks free a zdd's last folios at a time") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 2)
      kernel.emitFree(allocation, allocation.folios[0])
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.emitFree(allocation, allocation.folios[1])
        kernel.state.zdds[allocation.zdd] = 1
        kernel.putZdd(allocation)
      }
      kernel.vmClose(vm)
    },
    LookAlike("PM034 two tiles of one device have a pagemap each") { kernel in
      let near = kernel.bind("gpu")
      var tile = kernel.bind("gpu")
      tile.drm = near.drm
      let peer: UInt64 = 0xff10_0000_7100_0028
      kernel.acquireOwner(peer, isVM: true, island: 0)
      let pagemaps = [kernel.lookUp(near), kernel.lookUp(tile)]
      for turn in 0..<4 {
        // Addresses of zdds come again on the other tile.
        let allocation = kernel.offer(
          mm: 0xff10_0000_6100_0000, pagemap: pagemaps[turn % 2], at: 0x7f00_0000_0000,
          zdd: 0xff10_0000_9900_0000)
        kernel.populate(allocation) { kernel in
          kernel.initDevmem(allocation)
          kernel.beginMigration(allocation)
          kernel.initFolios(allocation)
          kernel.endMigration(allocation)
        }
        kernel.freeFolios(allocation)
      }
      for pagemap in pagemaps { kernel.put(pagemap) }
      kernel.releaseOwner(peer)
    },
  ]
}
