import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// A scenario that breaks one rule.
struct Defect: Sendable, CustomTestStringConvertible {
  /// Tells the scenario; `gap` is called once, within the life of the object it is about.
  typealias Story =
    @Sendable (
      _ kernel: inout PagemapScenario, _ gap: (inout PagemapScenario) -> Void
    ) -> (expected: Expected, firstSeen: UInt64)

  var name: String
  var story: Story
  /// Whether it shows only in what had not happened by the end of the recording.
  var needsTheEnd: Bool
  var testDescription: String { name }

  init(_ name: String, needsTheEnd: Bool = false, _ story: @escaping Story) {
    self.name = name
    self.story = story
    self.needsTheEnd = needsTheEnd
  }

  /// The trace, with nothing missing.
  func whole() -> (kernel: PagemapScenario, expected: Expected, firstSeen: UInt64) {
    var kernel = PagemapScenario()
    let (expected, firstSeen) = story(&kernel) { _ in }
    return (kernel, expected, firstSeen)
  }

  /// The trace with lost events within the object's life.
  func lossy(count: UInt64?) -> (kernel: PagemapScenario, expected: Expected) {
    var kernel = PagemapScenario()
    let (expected, _) = story(&kernel) { $0.loseEvents(count: count) }
    return (kernel, expected)
  }

  static let all: [Defect] =
    references + lifecycle + memory + behaviour + lives + deviceMemory + caches + shrinkers
    + owners + zdds + folioLives + migrationSteps + migrationResults + sharedMemory + drivers
}

extension Defect {
  static let references: [Defect] = [
    Defect("PM001 a VMA keeps its reference after the VM is gone", needsTheEnd: true) {
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
    Defect("PM001 a VM leaves its group without the put of its slot", needsTheEnd: true) {
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
    Defect("PM001 the next VM's lookup still sees the leaked reference") { kernel, gap in
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
    Defect("PM001 the shrinker counts none, and the recording ends soon", needsTheEnd: true) {
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
    Defect("PM003 a put too many lets the pagemap go while a zdd holds it") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      gap(&kernel)
      let first = kernel.now
      kernel.put(vm.pagemap)
      kernel.vmClose(vm)
      kernel.unrecorded { $0.freeFolios(allocation) }
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM003 a put of a pagemap that waits in its cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 10)
      let first = kernel.now
      kernel.emit(
        "drm_pagemap_put",
        [
          "dpagemap": .number(vm.pagemap), "ref": 0, "drm": .number(gpu.drm),
          "cache": .number(gpu.cache),
        ])
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM003 a saturated count") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      gap(&kernel)
      let first = kernel.now
      kernel.put(vm.pagemap, sampled: -1_073_741_824, sampledBehind: -1_073_741_824)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect(
      "PM003 a VM that closes puts twice, and another VM's reference is gone", needsTheEnd: true
    ) { kernel, gap in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu)
      kernel.pid = 101
      let two = kernel.vmCreate(gpu)
      gap(&kernel)
      kernel.pid = 102
      _ = kernel.vmCreate(gpu)
      kernel.pid = 100
      kernel.put(one.pagemap)
      let first = kernel.now
      kernel.put(one.pagemap)
      kernel.releaseOwner(one.peer)
      kernel.pid = 101
      kernel.wait(milliseconds: 20)
      kernel.put(two.pagemap)
      kernel.releaseOwner(two.peer)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 3, category: .refcountUnderflow, kind: .pagemap, address: one.pagemap), first
      )
    },
  ]

  static let lifecycle: [Defect] = [
    Defect("PM004 a migration to a pagemap that waits in its cache") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.put(vm.pagemap)
      kernel.releaseOwner(vm.peer)
      gap(&kernel)
      kernel.wait(milliseconds: 5)
      let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: 0x7f00_0000_0000)
      let first = kernel.now
      kernel.populate(allocation, result: -19) { _ in }
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 4, category: .useAfterDestroy, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM004 pages of a pagemap that was destroyed") { kernel, gap in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.vmClose(vm)
      gap(&kernel)
      _ = kernel.shrink(gpu)
      kernel.wait(milliseconds: 1)
      let first = kernel.now
      kernel.getPages(0xabc0, vm.pagemap, mm: vm.mm)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(vm.pagemap) }
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 4, category: .useAfterDestroy, kind: .pagemap, address: vm.pagemap), first
      )
    },
    Defect("PM008 a VM puts its slot and never leaves its group", needsTheEnd: true) {
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
    Defect("PM008 one of two VMs never leaves, the other one lives on", needsTheEnd: true) {
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
    Defect("PM008 a destroyed pagemap's peer stays in its group", needsTheEnd: true) {
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
    Defect("PM009 a lookup does not store what it creates, so the next one creates again") {
      kernel, gap in
      let gpu = kernel.bind("gpu")
      let one = kernel.vmCreate(gpu, isStored: false)
      gap(&kernel)
      kernel.pid = 101
      let two = kernel.vmCreate(gpu)
      // After acquire_owner, lock_lookup and get_from_cache with their returns.
      let first = kernel.now - 7 * kernel.tick
      kernel.vmClose(two)
      kernel.pid = 100
      kernel.vmClose(one)
      kernel.wait(milliseconds: 150)
      kernel.heartbeat()
      return (
        Expected(rule: 9, category: .duplicatePagemap, kind: .pagemap, address: two.pagemap), first
      )
    },
  ]
}
