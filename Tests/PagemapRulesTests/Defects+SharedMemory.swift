import PagemapModel
import PagemapRules
import TestSupport

extension PagemapScenario {
  /// A VM, and a mirror of its process's memory with one range.
  mutating func mirrored() -> (vm: VM, mirror: Mirror) {
    let gpu = bind("gpu")
    let vm = vmCreate(gpu)
    let mirror = mirror(mm: vm.mm)
    initGPUSVM(mirror)
    findRange(mirror)
    wait(milliseconds: 1)
    return (vm, mirror)
  }
}

extension Defect {
  /// PM049 to PM053: drm_gpusvm.
  static let sharedMemory: [Defect] = [
    Defect("PM049 a range is looked up in a gpusvm that is finished") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      kernel.finishGPUSVM(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.findRange(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 49, category: .useAfterDestroy, kind: .gpusvm, address: mirror.gpusvm),
        first
      )
    },
    Defect("PM049 pages are gotten for a gpusvm that is finished") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.finishGPUSVM(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.beginGetPages(mirror)
      kernel.endGetPages(mirror, result: -14)
      kernel.endOf(vm)
      return (
        Expected(rule: 49, category: .useAfterDestroy, kind: .gpusvm, address: mirror.gpusvm),
        first
      )
    },
    Defect("PM050 a range is removed twice") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.removeRange(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 50, category: .refcountUnderflow, kind: .svmRange, address: mirror.range),
        first
      )
    },
    Defect("PM050 a range is put though nobody holds it") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.removeRange(mirror)
      kernel.putRange(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.putRange(mirror, references: 0)
      kernel.endOf(vm)
      return (
        Expected(rule: 50, category: .refcountUnderflow, kind: .svmRange, address: mirror.range),
        first
      )
    },
    Defect("PM051 pages could not be gotten, and the pagemap stays held") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.endGetPages(mirror, result: -95, held: vm.pagemap)
      kernel.freePages(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 51, category: .dmaMapping, kind: .svmPages, address: mirror.pages), first
      )
    },
    Defect("PM052 pages of memory that the process unmapped are gotten") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.invalidate(mirror) { $0.flagUnmapped(mirror) }
      gap(&kernel)
      kernel.wait(microseconds: 20)
      kernel.beginGetPages(mirror)
      let first = kernel.now
      kernel.endGetPages(mirror)
      kernel.freePages(mirror)
      kernel.endOf(vm)
      return (
        Expected(rule: 52, category: .protocol, kind: .svmPages, address: mirror.pages), first
      )
    },
    Defect("PM053 pages are gotten for three seconds") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      kernel.beginGetPages(mirror)
      gap(&kernel)
      kernel.wait(milliseconds: 3_000)
      let first = kernel.now
      kernel.endGetPages(mirror, result: -16)
      kernel.endOf(vm)
      return (
        Expected(
          rule: 53, category: .livelock, severity: .warning, kind: .svmPages,
          address: mirror.pages), first
      )
    },
    Defect("PM053 a range is evicted for three seconds") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      var first = kernel.now
      kernel.evictRange(mirror, result: -62) { kernel in
        gap(&kernel)
        kernel.wait(milliseconds: 3_000)
        first = kernel.now
      }
      kernel.endOf(vm)
      return (
        Expected(
          rule: 53, category: .livelock, severity: .warning, kind: .svmRange,
          address: mirror.range), first
      )
    },
  ]

  /// PM055 and PM056: xe.
  static let drivers: [Defect] = [
    Defect("PM055 a fault is handled for a VM that is closed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.xeClose(0xff10_0000_d000_0000)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.xeFault(0xff10_0000_d000_0000)
      kernel.xeFini(0xff10_0000_d000_0000)
      kernel.endOf(vm)
      return (
        Expected(rule: 55, category: .useAfterDestroy, kind: .vm, address: 0xff10_0000_d000_0000),
        first
      )
    },
    Defect("PM055 a VM is finished twice") { kernel, gap in
      let gpu = kernel.bind("gpu")
      kernel.xeInit(0xff10_0000_d000_0000)
      let vm = kernel.vmCreate(gpu)
      kernel.xeClose(0xff10_0000_d000_0000)
      kernel.xeFini(0xff10_0000_d000_0000)
      gap(&kernel)
      kernel.wait(microseconds: 20)
      let first = kernel.now
      kernel.xeFini(0xff10_0000_d000_0000)
      kernel.endOf(vm)
      return (
        Expected(rule: 55, category: .useAfterDestroy, kind: .vm, address: 0xff10_0000_d000_0000),
        first
      )
    },
    Defect("PM056 a range is populated a third time in one call") { kernel, gap in
      let (vm, mirror) = kernel.mirrored()
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: mirror.start)
      var first = kernel.now
      kernel.xeAllocVram(mirror, vm.pagemap, result: -16) { kernel in
        kernel.populate(allocation, result: -16) { _ in }
        kernel.evictRange(mirror)
        kernel.populate(allocation, result: -16) { _ in }
        gap(&kernel)
        kernel.evictRange(mirror)
        first = kernel.now
        kernel.populate(allocation, result: -16) { _ in }
      }
      kernel.endOf(vm)
      return (
        Expected(
          rule: 56, category: .livelock, severity: .warning, kind: .svmRange,
          address: mirror.range), first
      )
    },
  ]
}
