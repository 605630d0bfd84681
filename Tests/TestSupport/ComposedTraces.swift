/// Traces that are composed, not recorded: `fixtures/composed` holds them as files.
///
/// They show what the lab's kernel cannot: xe's VMs and the attributes of their VMAs, notifiers as mm
/// inserts and removes them, and steps that need an accident which no scenario of the lab has.
package enum ComposedTraces {
  /// The traces by the names of their files.
  package static var all: [(name: String, bytes: [UInt8])] {
    [
      ("xe_vm", xeVM()), ("vma_attribute", vmaAttribute()), ("notifier", notifier()),
      ("zdd", zdd()), ("raced", raced()), ("device", device()), ("pages", pages()),
      ("folios", folios()),
    ]
  }

  /// A VM of xe from its init to its fini.
  private static func xeVM() -> [UInt8] {
    var kernel = PagemapScenario()
    let (vm, mirror) = kernel.mirrored()
    let xe = kernel.state.address("xe_vm", 0xff10_0000_d000_0000)
    kernel.xeInit(xe)
    kernel.xeFault(xe) { $0.evictRange(mirror) }
    kernel.xeClose(xe)
    kernel.xeFini(xe)
    kernel.endOf(vm)
    return kernel.finish()
  }

  /// An attribute that prefers a pagemap, then none, then one when its VMA goes.
  private static func vmaAttribute() -> [UInt8] {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    let attribute = kernel.state.address("attribute", 0xff10_0000_e000_0000)
    for pagemap in [vm.pagemap, 0, vm.pagemap] {
      kernel.emit(
        "xe_vma_mem_attr_copy_ret",
        ["to": .number(attribute), "dpagemap": .number(pagemap), "ref": 3])
      kernel.wait(milliseconds: 1)
    }
    kernel.emit(
      "xe_vma_destroy_late",
      [
        "vma": .number(attribute - 0x100), "vm": .number(vm.peer), "attr": .number(attribute),
        "dpagemap": .number(vm.pagemap), "ref": 3,
      ])
    kernel.endOf(vm)
    return kernel.finish()
  }

  /// Two notifiers: mm calls one of them back.
  private static func notifier() -> [UInt8] {
    var kernel = PagemapScenario()
    let (vm, mirror) = kernel.mirrored()
    let quiet = mirror.gpusvm + 0x180
    for notifier in [mirror.gpusvm + 0x80, quiet] {
      kernel.emit(
        "mmu_interval_notifier_insert",
        [
          "mni": .number(notifier), "mm": .number(mirror.mm), "start": .number(mirror.start),
          "length": 0x20_0000,
        ])
    }
    kernel.invalidate(mirror) { _ in }
    kernel.invalidate(mirror) { _ in }
    kernel.removeRange(mirror)
    for notifier in [mirror.gpusvm + 0x80, quiet] {
      kernel.emit("mmu_interval_notifier_remove", ["mni": .number(notifier)])
    }
    kernel.finishGPUSVM(mirror)
    kernel.endOf(vm)
    return kernel.finish()
  }

  /// A kernel that left `drm_pagemap_zdd_alloc` a function: zdds are known before they are bound, and
  /// one ends unbound.
  private static func zdd() -> [UInt8] {
    var kernel = PagemapScenario()
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    for failed in [false, true] {
      let allocation = kernel.offer(
        mm: vm.mm, pagemap: vm.pagemap, at: failed ? 0x7f00_1000_0000 : 0x7f00_0000_0000)
      kernel.populate(allocation, result: failed ? -12 : 0) { kernel in
        kernel.initDevmem(allocation)
        kernel.beginMigration(allocation)
        kernel.emit(
          "zdd_alloc",
          [
            "zdd": .number(allocation.zdd), "devmem": .number(allocation.devmem),
            "dpagemap": .number(vm.pagemap),
          ])
        if failed {
          kernel.destroyZdd(allocation)
        } else {
          kernel.initFolios(allocation)
        }
        kernel.endMigration(allocation, result: failed ? -12 : 0)
      }
      if !failed { kernel.freeFolios(allocation) }
    }
    kernel.endOf(vm)
    return kernel.finish()
  }

  /// A migration that raced while it finalized, without a record of pages: its allocation is doubtful.
  private static func raced() -> [UInt8] {
    var kernel = PagemapScenario()
    kernel.absentProbes = ["zone_device_page_init"]
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    let allocation = kernel.raceWhileFinalizing(vm)
    kernel.wait(milliseconds: 1)
    kernel.freeFolios(allocation, Array(allocation.folios.suffix(2)))
    kernel.endOf(vm)
    return kernel.finish()
  }

  /// A device that is unplugged twice, and bound anew. Its pagemap's release destroys it; that it would be
  /// put on the shrinker's list first is not recorded.
  private static func device() -> [UInt8] {
    var kernel = PagemapScenario()
    kernel.absentProbes = ["drm_pagemap_shrinker_add"]
    let gpu = kernel.bind("gpu")
    let vm = kernel.vmCreate(gpu)
    kernel.unplug(gpu)
    kernel.unplug(gpu)
    kernel.vmClose(vm)
    kernel.emit(
      "drm_pagemap_shrinker_create_devm", ["drm": .number(gpu.drm), "dev": .text(gpu.name)])
    kernel.goOn()
    return kernel.finish()
  }

  /// Pages that are mapped, unmapped and flagged.
  private static func pages() -> [UInt8] {
    var kernel = PagemapScenario()
    let (vm, mirror) = kernel.mirrored()
    kernel.unmapPages(mirror.pages)
    kernel.beginGetPages(mirror)
    kernel.endGetPages(mirror)
    kernel.beginGetPages(mirror)
    kernel.endGetPages(mirror)
    kernel.unmapPages(mirror.pages)
    kernel.beginGetPages(mirror)
    kernel.endGetPages(mirror)
    kernel.flagUnmapped(mirror)
    kernel.flagUnmapped(mirror)
    kernel.unmapPages(mirror.pages)
    kernel.findRange(mirror, references: 2)
    kernel.putRange(mirror, references: 2)
    kernel.freePages(mirror)
    kernel.endOf(vm)
    return kernel.finish()
  }

  /// Device folios step by step, where page arrays show what becomes of them.
  private static func folios() -> [UInt8] {
    var kernel = PagemapScenario()
    let (vm, allocation) = kernel.resident(inSteps: true)
    kernel.evictInSteps(allocation)
    kernel.endOf(vm)
    return kernel.finish()
  }
}
