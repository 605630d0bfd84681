import TestSupport

extension LookAlike {
  /// Recordings that begin late, stop early or order events loosely.
  static let edges: [LookAlike] = [
    LookAlike("a VM is open when the recording stops", quiet: 0) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    },
    LookAlike("a VM is open and idle when the recording stops", quiet: 5000) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.get(vm.pagemap)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
    },
    LookAlike("PM008 a VM has put its slot and not left yet when the recording stops", quiet: 60) {
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
    LookAlike("a migration is under way when the recording stops", quiet: 300) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      kernel.populate(allocation) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.initFolios(allocation)
        kernel.stopRecording()
      }
    },
    LookAlike("two tasks do the same on two CPUs with equal stamps") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.tick = 0
      let one = kernel.vmCreate(gpu)
      kernel.now += 10
      kernel.cpu = 1
      kernel.pid = 101
      let two = kernel.vmCreate(gpu, mm: 0xff10_0000_6000_1000)
      kernel.now += 10
      for round in 0..<3 {
        let first = kernel.migrateToDevmem(two, at: 0x7f00_0000_0000)
        kernel.on(cpu: 0, pid: 100) { kernel in
          let second = kernel.migrateToDevmem(one, at: 0x7f00_0000_0000)
          kernel.freeFolios(second)
        }
        kernel.freeFolios(first)
        kernel.now += round == 1 ? 0 : 10
      }
      kernel.vmClose(two)
      kernel.on(cpu: 0, pid: 100) { $0.vmClose(one) }
    },
    LookAlike("the local clock, with one task on one CPU") { kernel in
      kernel.clock = "local"
      twoTasks(&kernel, skew: 0)
    },
    LookAlike("the local clock, the second CPU 300 us ahead") { kernel in
      kernel.clock = "local"
      twoTasks(&kernel, skew: 300_000)
    },
    LookAlike("the local clock, the second CPU 20 ms behind") { kernel in
      kernel.clock = "local"
      twoTasks(&kernel, skew: -20_000_000)
    },
    LookAlike("the local clock, a worker's CPU 5 ms behind") { kernel in
      kernel.clock = "local"
      let gpu = kernel.bind("gpu")
      kernel.wait(milliseconds: 10)
      for _ in 0..<3 {
        let vm = kernel.vmCreate(gpu)
        let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        kernel.at(kernel.now - 5_000_000) { kernel in
          kernel.on(cpu: 1, pid: 9) { $0.evict(allocation) }
        }
        kernel.vmClose(vm)
        let shrunk = kernel.shrink(gpu)
        kernel.at(kernel.now - 5_000_000) { kernel in
          kernel.on(cpu: 1, pid: 9) { kernel in shrunk.map { kernel.destroyWork($0) } }
        }
        kernel.wait(milliseconds: 20)
      }
    },
  ]

  /// Two tasks, each on its CPU, whose VMs share a pagemap; the second CPU's clock is off.
  private static func twoTasks(_ kernel: inout PagemapScenario, skew: Int64) {
    let gpu = kernel.bind("gpu")
    kernel.wait(milliseconds: 50)
    for turn in 0..<4 {
      let one = kernel.vmCreate(gpu)
      let here = kernel.migrateToDevmem(one, at: 0x7f00_0000_0000)
      kernel.at(kernel.now &+ UInt64(bitPattern: skew)) { kernel in
        kernel.on(cpu: 1, pid: 101) { kernel in
          let two = kernel.vmCreate(gpu, mm: 0xff10_0000_6000_1000)
          let there = kernel.migrateToDevmem(two, at: 0x7f00_0000_0000)
          if turn % 2 == 0 { kernel.fault(there) } else { kernel.evict(there) }
          kernel.vmClose(two)
        }
      }
      kernel.wait(milliseconds: 1)
      kernel.exitMmap(one.mm) { $0.freeFolios(here) }
      kernel.vmClose(one)
      kernel.wait(milliseconds: turn == 2 ? 150 : 5)
    }
  }

  /// Objects that are older than the recording, and calls whose return it does not show.
  static let strangers: [LookAlike] =
    late
    + [
      "drm_pagemap_populate_mm_ret", "drm_pagemap_migrate_to_devmem_ret",
      "drm_pagemap_migrate_to_ram_ret", "drm_pagemap_evict_to_ram_ret",
      "drm_pagemap_acquire_owner_ret", "drm_pagemap_init_ret", "drm_pagemap_put_ret",
      "drm_pagemap_get_from_cache_ret", "drm_pagemap_cache_lock_lookup_ret",
      "drm_pagemap_shrinker_scan_ret", "exit_mmap_ret", "memunmap_pages_ret",
      "drm_pagemap_reinit_ret", "drm_pagemap_shrinker_cancel_ret",
    ].map { name in
      LookAlike("no \(name) is recorded though its probe is there") { kernel in
        kernel.missingEvents = [name]
        let gpu = kernel.bind("gpu")
        for turn in 0..<3 {
          let vm = kernel.vmCreate(gpu)
          let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
          let two = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000)
          kernel.fault(one)
          if turn == 1 { kernel.evict(two) }
          kernel.wait(milliseconds: 2)
          kernel.exitMmap(vm.mm) { if turn != 1 { $0.freeFolios(two) } }
          kernel.vmClose(vm)
          kernel.wait(milliseconds: turn == 0 ? 1 : 150)
          if turn == 1 {
            _ = kernel.shrink(gpu)
            kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
          }
        }
      }
    }

  private static let late: [LookAlike] = [
    LookAlike("a pagemap and its VM are older than the recording") { kernel in
      var vm: PagemapScenario.VM?
      let gpu = unseen(&kernel) { kernel, gpu in vm = kernel.vmCreate(gpu) }
      guard let old = vm else { return }
      let allocation = kernel.migrateToDevmem(old, at: 0x7f00_0000_0000)
      kernel.pid = 101
      let new = kernel.vmCreate(gpu)
      kernel.vmClose(new)
      kernel.wait(milliseconds: 300)
      kernel.exitMmap(old.mm) { $0.freeFolios(allocation) }
      kernel.vmClose(old)
    },
    LookAlike("a VM older than the recording stays when the others have left") { kernel in
      let gpu = unseen(&kernel) { kernel, gpu in _ = kernel.vmCreate(gpu) }
      kernel.pid = 101
      let new = kernel.vmCreate(gpu)
      kernel.freeFolios(kernel.migrateToDevmem(new, at: 0x7f00_0000_0000))
      kernel.vmClose(new)
    },
    LookAlike("a VM older than the recording refers to a pagemap that is younger") { kernel in
      let near = unseen(&kernel) { kernel, near in _ = kernel.vmCreate(near) }
      let far = kernel.bind("far", island: near.island)
      kernel.pid = 101
      let new = kernel.vmCreate(far)
      // The old VM's attribute names the new pagemap.
      kernel.get(new.pagemap)
      kernel.vmClose(new)
    },
    LookAlike("allocations and zdds are older than the recording") { kernel in
      var old: PagemapScenario.VM?
      var allocations: [PagemapScenario.Allocation] = []
      _ = unseen(&kernel) { kernel, gpu in
        let vm = kernel.vmCreate(gpu)
        allocations = (0..<4).map {
          kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000 + UInt64($0) * 0x10000)
        }
        old = vm
      }
      guard let vm = old else { return }
      kernel.fault(allocations[0], moved: [allocations[0].folios[0]])
      kernel.evict(allocations[1])
      kernel.freeFolios(allocations[2])
      kernel.exitMmap(vm.mm) { kernel in
        kernel.freeFolios(allocations[0], Array(allocations[0].folios.dropFirst()))
        kernel.freeFolios(allocations[3])
      }
      kernel.vmClose(vm)
    },
    LookAlike("an allocation older than the recording lives on in a living process") { kernel in
      var old: PagemapScenario.VM?
      var allocation: PagemapScenario.Allocation?
      _ = unseen(&kernel) { kernel, gpu in
        let vm = kernel.vmCreate(gpu)
        allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
        old = vm
      }
      guard let vm = old, let allocation else { return }
      kernel.freeFolios(allocation, [allocation.folios[0]])
      kernel.vmClose(vm)
    },
    LookAlike("the recording begins within a close") { kernel in
      var vms: [PagemapScenario.VM] = []
      _ = unseen(&kernel) { kernel, gpu in
        vms = [kernel.vmCreate(gpu), kernel.vmCreate(gpu)]
        kernel.put(vms[0].pagemap)
      }
      kernel.releaseOwner(vms[0].peer)
      kernel.wait(milliseconds: 10)
      kernel.vmClose(vms[1])
    },
    LookAlike("the recording begins within a lookup") { kernel in
      let gpu = unseen(&kernel) { kernel, gpu in
        kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0)
        kernel.lockLookup(gpu)
      }
      let pagemap = kernel.getFromCache(gpu) ?? kernel.createPagemap(gpu)
      kernel.unlockLookup(gpu)
      kernel.wait(milliseconds: 200)
      kernel.put(pagemap)
      kernel.releaseOwner(0xff10_0000_7700_0028)
    },
    LookAlike("the recording begins within a migration") { kernel in
      var allocation: PagemapScenario.Allocation?
      var old: PagemapScenario.VM?
      _ = unseen(&kernel) { kernel, gpu in
        let vm = kernel.vmCreate(gpu)
        let offered = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
        kernel.initDevmem(offered)
        kernel.beginMigration(offered)
        kernel.initFolios(offered, count: 2)
        (allocation, old) = (offered, vm)
      }
      guard let allocation, let old else { return }
      kernel.initFolios(allocation)
      kernel.endMigration(allocation)
      kernel.state.zdds[allocation.zdd] = 4
      kernel.freeFolios(allocation)
      kernel.vmClose(old)
    },
    LookAlike("a cached pagemap older than the recording is revived, and shrunk later") { kernel in
      let gpu = unseen(&kernel) { kernel, gpu in kernel.vmClose(kernel.vmCreate(gpu)) }
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
    },
  ]

  /// A device that is older than the recording, and what else happened before it.
  private static func unseen(
    _ kernel: inout PagemapScenario,
    _ body: (inout PagemapScenario, PagemapScenario.Device) -> Void
  ) -> PagemapScenario.Device {
    kernel.isRecording = false
    let gpu = kernel.bind("gpu")
    body(&kernel, gpu)
    kernel.isRecording = true
    return gpu
  }
}
