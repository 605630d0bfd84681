import PagemapModel
import PagemapRules
import TestSupport

extension Defect {
  /// PM029 to PM032: owner groups.
  static let owners: [Defect] = [
    Defect("PM029 a peer joins twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now + kernel.tick
      kernel.acquireOwner(vm.peer, isVM: true, island: 0)
      quiet(&kernel)
      return (Expected(rule: 29, category: .lifecycle, kind: .vmPeer, address: vm.peer), first)
    },
    Defect("PM029 a peer leaves twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.emit(
        "drm_pagemap_release_owner",
        ["peer": .number(vm.peer), "owner": 0, "oref": 77, "list": 0x7fff_c01b_1680])
      quiet(&kernel)
      return (Expected(rule: 29, category: .lifecycle, kind: .vmPeer, address: vm.peer), first)
    },
    Defect("PM030 memory is mapped for another group than its pagemap's") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.lockLookup(gpu)
      _ = kernel.getFromCache(gpu)
      let pagemap = kernel.initPagemap(gpu)
      kernel.acquireOwner(pagemap + 0x40, isVM: false, island: 0)
      gap(&kernel)
      let first = kernel.now
      kernel.mapMemory(pagemap, gpu, owner: 0xff10_0000_4700_0000)
      kernel.setPagemap(pagemap, gpu)
      kernel.unlockLookup(gpu)
      quiet(&kernel)
      return (Expected(rule: 30, category: .lifecycle, kind: .pagemap, address: pagemap), first)
    },
    Defect("PM031 a new group gets the owner that mapped memory names") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let owner = kernel.state.owner(ofIsland: 0)
      gap(&kernel)
      kernel.unplug(gpu)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      // The driver leaves the mapping to devres, and its peer leaves the group.
      kernel.on(cpu: 1, pid: 9) { $0.releaseOwner($0.state.peer(of: vm.pagemap)) }
      let far = kernel.bind("far", island: 5)
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: far.island, owner: owner)
      kernel.wait(milliseconds: 1)
      kernel.unmapMemory(vm.pagemap)
      quiet(&kernel)
      return (
        Expected(rule: 31, category: .useAfterDestroy, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM032 a migration takes pages of a device out of reach") { kernel, gap in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 2)
      let there = kernel.vmCreate(far)
      let here = kernel.vmCreate(near)
      let old = kernel.migrateToDevmem(there, at: 0x7f00_0000_0000)
      let new = kernel.offer(mm: here.mm, pagemap: here.pagemap, at: 0x7f00_0000_0000)
      gap(&kernel)
      var first = kernel.now
      kernel.populate(new) { kernel in
        kernel.initDevmem(new)
        kernel.beginMigration(new)
        kernel.initFolios(new)
        first = kernel.now
        kernel.migrateRange(new, from: there.pagemap)
        kernel.freeFolios(old)
        kernel.endMigration(new)
      }
      quiet(&kernel)
      return (
        Expected(rule: 32, category: .protocol, kind: .deviceAllocation, address: new.devmem), first
      )
    },
  ]

  /// PM033 and PM034: zdds.
  static let zdds: [Defect] = [
    Defect("PM033 a zdd ends while folios of its allocation live") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.freeFolios(allocation, [allocation.folios[0]])
      gap(&kernel)
      let first = kernel.now
      kernel.destroyZdd(allocation)
      kernel.drop(allocation.pagemap)
      quiet(&kernel)
      return (
        Expected(rule: 33, category: .refcountUnderflow, kind: .zdd, address: allocation.zdd), first
      )
    },
    Defect("PM033 a zdd ends before its last folio, which is freed later") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 2)
      kernel.freeFolios(allocation, [allocation.folios[0]])
      gap(&kernel)
      let first = kernel.now
      kernel.destroyZdd(allocation)
      kernel.drop(allocation.pagemap)
      kernel.wait(milliseconds: 3)
      kernel.emitFree(allocation, allocation.folios[1])
      quiet(&kernel)
      return (
        Expected(rule: 33, category: .refcountUnderflow, kind: .zdd, address: allocation.zdd), first
      )
    },
    Defect("PM033 a zdd ends twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let other = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.get(vm.pagemap)
      kernel.freeFolios(allocation)
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      kernel.destroyZdd(allocation)
      kernel.drop(vm.pagemap)
      _ = other
      quiet(&kernel)
      return (
        Expected(rule: 33, category: .refcountUnderflow, kind: .zdd, address: allocation.zdd), first
      )
    },
    Defect("PM034 a folio of one device is freed with another device's zdd") { kernel, gap in
      let one = kernel.bind("one")
      let two = kernel.bind("two")
      let here = kernel.vmCreate(one)
      let there = kernel.vmCreate(two)
      let allocation = kernel.migrateToDevmem(here, at: 0x7f00_0000_0000)
      var other = kernel.migrateToDevmem(there, at: 0x7f00_0001_0000)
      kernel.freeFolios(allocation, [allocation.folios[0]])
      gap(&kernel)
      let first = kernel.now
      other.zdd = allocation.zdd
      kernel.emitFree(other, other.folios[0])
      quiet(&kernel)
      return (Expected(rule: 34, category: .lifecycle, kind: .zdd, address: allocation.zdd), first)
    },
    Defect("PM034 a migration was given another device's pages") { kernel, gap in
      let one = kernel.bind("one")
      let two = kernel.bind("two")
      let vm = kernel.vmCreate(one)
      let there = kernel.vmCreate(two)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.beginFault(allocation)
      kernel.endFault(allocation)
      gap(&kernel)
      let first = kernel.now
      kernel.emitFree(
        allocation, allocation.folios[0], pgmap: kernel.state.pgmap(of: there.pagemap))
      quiet(&kernel)
      return (Expected(rule: 34, category: .lifecycle, kind: .zdd, address: allocation.zdd), first)
    },
  ]
}
