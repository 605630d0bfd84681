import PagemapModel
import PagemapRules
import TestSupport

extension Defect {
  /// PM013 to PM021: lives of pagemaps and of their memory.
  static let lives: [Defect] = [
    Defect("PM013 the last reference goes twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      kernel.beginRelease(vm.pagemap)
      quiet(&kernel)
      return (
        Expected(rule: 13, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM014 a pagemap in use is initialised again") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.reinit(vm.pagemap, sampled: 2)
      quiet(&kernel)
      return (
        Expected(rule: 14, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM014 a lookup revives what it could not take off the list") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0)
      let old = kernel.vmCreate(gpu)
      kernel.vmClose(old)
      gap(&kernel)
      kernel.lockLookup(gpu)
      kernel.beginGetFromCache(gpu)
      kernel.emit(
        "drm_pagemap_shrinker_cancel",
        ["dpagemap": .number(old.pagemap), "cache": .number(gpu.cache)])
      kernel.emit(
        "drm_pagemap_shrinker_cancel_ret", ["dpagemap": .number(old.pagemap), "ret": 0])
      let first = kernel.now
      kernel.reinit(old.pagemap)
      kernel.setPagemap(old.pagemap, gpu)
      kernel.endGetFromCache(gpu, old.pagemap)
      kernel.unlockLookup(gpu)
      quiet(&kernel)
      return (
        Expected(rule: 14, category: .lifecycle, kind: .pagemap, address: old.pagemap), first
      )
    },
    Defect("PM014 a destroyed pagemap is revived") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.acquireOwner(0xff10_0000_7700_0028, isVM: true, island: 0)
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.reinit(vm.pagemap)
      quiet(&kernel)
      return (
        Expected(rule: 14, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM015 a released pagemap is neither queued nor destroyed", needsTheEnd: true) {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let first = kernel.now + kernel.tick
      kernel.missing(["drm_pagemap_shrinker_add"]) { $0.vmClose(vm) }
      kernel.wait(milliseconds: 20)
      gap(&kernel)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, -2) }
      quiet(&kernel)
      return (
        Expected(rule: 15, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM016 the shrinker and a worker destroy one pagemap") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { kernel in
        kernel.destroy(vm.pagemap, isAtomic: true)
        kernel.destroyWork(vm.pagemap)
      }
      quiet(&kernel)
      return (
        Expected(rule: 16, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM017 a pagemap that a VM has is destroyed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { $0.destroy(vm.pagemap, isAtomic: true) }
      quiet(&kernel)
      return (
        Expected(rule: 17, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM017 a pagemap on the list is destroyed by who did not take it off") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { kernel in
        kernel.destroy(vm.pagemap, isAtomic: true)
        kernel.destroyWork(vm.pagemap)
      }
      quiet(&kernel)
      return (
        Expected(rule: 17, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM018 the shrinker lets the driver sleep") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      kernel.destroyMaySleep = true
      let first = kernel.now + kernel.tick
      kernel.on(pid: 50) { _ = $0.shrink(gpu) }
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      quiet(&kernel)
      return (Expected(rule: 18, category: .protocol, kind: .pagemap, address: vm.pagemap), first)
    },
    Defect("PM018 the last put behind an unplug lets the driver sleep") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.unplug(gpu)
      gap(&kernel)
      kernel.destroyMaySleep = true
      let first = kernel.now + 3 * kernel.tick
      kernel.vmClose(vm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      quiet(&kernel)
      return (Expected(rule: 18, category: .protocol, kind: .pagemap, address: vm.pagemap), first)
    },
    Defect("PM019 nothing drops a hold of the provider", needsTheEnd: true) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let first = kernel.now + kernel.tick
      kernel.missing(["drm_pagemap_dev_unhold_work"]) { $0.vmClose(vm) }
      gap(&kernel)
      kernel.wait(milliseconds: 1100)
      kernel.heartbeat()
      return (
        Expected(
          rule: 19, category: .lifecycle, severity: .warning, kind: .pagemap, address: vm.pagemap),
        first
      )
    },
  ]

  static let deviceMemory: [Defect] = [
    Defect("PM020 an unmap waits for pages that nobody frees", needsTheEnd: true) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      let first = kernel.now
      kernel.on(cpu: 1, pid: 9) { kernel in
        kernel.missing(["memunmap_pages_ret"]) { $0.unmapMemory(vm.pagemap) }
      }
      quiet(&kernel)
      return (
        Expected(
          rule: 20, category: .leakPage, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM021 the driver and devres unmap one memory") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      _ = kernel.shrink(gpu)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      gap(&kernel)
      kernel.unplug(gpu)
      let first = kernel.now
      kernel.unmapMemory(vm.pagemap)
      quiet(&kernel)
      return (
        Expected(rule: 21, category: .lifecycle, kind: .pagemap, address: vm.pagemap), first
      )
    },
  ]

  /// The recording goes on for a while.
  static func quiet(_ kernel: inout PagemapScenario) {
    kernel.wait(milliseconds: 150)
    kernel.heartbeat()
  }
}
