import TestSupport

extension LookAlike {
  /// What looks like PM049 to PM053.
  static let sharedMemory: [LookAlike] = [
    LookAlike("drm_gpusvm_fini removes the ranges that are left") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.finishGPUSVM(mirror)
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      kernel.vmClose(vm)
    },
    LookAlike("a new gpusvm at the address of one that is finished") { kernel in
      let (vm, mirror) = kernel.mirrored()
      for _ in 0..<2 {
        kernel.removeRange(mirror)
        kernel.putRange(mirror)
        kernel.finishGPUSVM(mirror)
        kernel.initGPUSVM(mirror)
        kernel.findRange(mirror)
        kernel.beginGetPages(mirror)
        kernel.endGetPages(mirror)
      }
      kernel.vmClose(vm)
    },
    LookAlike("no probe of drm_gpusvm_init: an address that is used again looks finished") {
      kernel in
      kernel.absentProbes = ["drm_gpusvm_init"]
      let (vm, mirror) = kernel.mirrored()
      kernel.finishGPUSVM(mirror)
      kernel.wait(milliseconds: 1)
      kernel.findRange(mirror)
      kernel.vmClose(vm)
    },
    LookAlike("a new range at the address of one that was removed") { kernel in
      let (vm, mirror) = kernel.mirrored()
      for _ in 0..<3 {
        kernel.removeRange(mirror)
        kernel.putRange(mirror)
        kernel.wait(microseconds: 20)
        kernel.findRange(mirror)
      }
      kernel.vmClose(vm)
    },
    LookAlike("a range is found, got and put by several, and outlives its removal") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.findRange(mirror, references: 2)
      kernel.putRange(mirror, references: 3)
      kernel.removeRange(mirror, references: 2)
      kernel.putRange(mirror, references: 2)
      kernel.on(cpu: 1, pid: 200) { $0.putRange(mirror, references: 1) }
      kernel.vmClose(vm)
    },
    LookAlike("pages that are gotten again: what failed holds nothing, what is valid stays") {
      kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, result: -95)
      kernel.evictRange(mirror)
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, held: vm.pagemap)
      kernel.freePages(mirror)
      kernel.vmClose(vm)
    },
    LookAlike("a call that began before the pages were flagged succeeds") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.invalidate(mirror) { $0.flagUnmapped(mirror) }
      }
      kernel.endGetPages(mirror)
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, result: -14)
      kernel.vmClose(vm)
    },
    LookAlike("pages are flagged and freed, and others at their address are gotten") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.invalidate(mirror) { $0.flagUnmapped(mirror) }
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      kernel.freePages(mirror)
      kernel.findRange(mirror)
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror)
      kernel.vmClose(vm)
    },
    LookAlike("retries for a second and a half") { kernel in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      kernel.wait(milliseconds: 1_500)
      kernel.endGetPages(mirror, result: -16)
      kernel.evictRange(mirror, result: -62) { $0.wait(milliseconds: 1_500) }
      kernel.vmClose(vm)
    },
  ]

  /// What looks like PM055 and PM056.
  static let drivers: [LookAlike] = [
    LookAlike("a VM is closed and finished, and another one is made at its address") { kernel in
      let gpu = kernel.bind("gpu")
      for _ in 0..<3 {
        kernel.xeInit(0xff10_0000_d000_0000)
        let vm = kernel.vmCreate(gpu)
        kernel.xeFault(0xff10_0000_d000_0000)
        kernel.xeClose(0xff10_0000_d000_0000)
        kernel.vmClose(vm)
        kernel.xeFini(0xff10_0000_d000_0000)
      }
    },
    LookAlike("a VM that could not be made is finished without having been closed") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      kernel.xeFini(0xff10_0000_d000_0000)
      kernel.vmClose(kernel.vmCreate(gpu))
    },
    LookAlike("a fault that began before the close returns behind it") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.xeFault(0xff10_0000_d000_0000) { kernel in
          kernel.on(cpu: 0, pid: 100) { $0.xeClose(0xff10_0000_d000_0000) }
        }
      }
      kernel.vmClose(vm)
      kernel.xeFini(0xff10_0000_d000_0000)
    },
    LookAlike("two probes tell of one close") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.tick = 300
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.vmClose(vm)
      kernel.xeFini(0xff10_0000_d000_0000)
    },
    LookAlike("xe's single retry, many times") { kernel in
      let (vm, mirror) = kernel.mirrored()
      for _ in 0..<3 {
        kernel.xeAllocVram(mirror, vm.pagemap) { kernel in
          let failed = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: mirror.start)
          kernel.populate(failed, result: -16) { _ in }
          kernel.evictRange(mirror)
          kernel.freeFolios(kernel.migrateToDevmem(vm, at: mirror.start))
        }
        kernel.wait(milliseconds: 2)
      }
      kernel.vmClose(vm)
    },
  ]
}
