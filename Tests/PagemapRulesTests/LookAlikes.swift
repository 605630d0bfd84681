import PagemapRules
import TestSupport
import Testing

/// Something legal that looks like the violation of a rule.
struct LookAlike: Sendable, CustomTestStringConvertible {
  typealias Story = @Sendable (_ kernel: inout PagemapScenario) -> Void

  var name: String
  var story: Story
  /// How long the recording goes on behind the story, in milliseconds.
  var quiet: UInt64
  var testDescription: String { name }

  init(_ name: String, quiet: UInt64 = 200, _ story: @escaping Story) {
    self.name = name
    self.quiet = quiet
    self.story = story
  }

  func trace() -> PagemapScenario {
    var kernel = PagemapScenario()
    story(&kernel)
    kernel.wait(milliseconds: quiet)
    kernel.heartbeat()
    return kernel
  }

  static let all: [LookAlike] =
    counts + closing + lookups + failures + movements + processes + edges + strangers + tails
    + legalLives + legalCaches + legalShrinkers + legalOwners + legalZdds
    + folioLives + migrationSteps + migrationResults + sharedMemory + drivers
}

@Suite struct LookAlikeTests {
  @Test(arguments: LookAlike.all)
  func isSilent(lookAlike: LookAlike) throws {
    try expectLegal(lookAlike.trace())
  }
}

extension LookAlike {
  /// Counts that were sampled while others changed them.
  static let counts: [LookAlike] = [
    LookAlike("PM003 two VMs close at a time, both puts sample the count before either took effect")
    {
      kernel in
      let (one, two, _) = twoVMsAndAZdd(&kernel)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (3, 3), behind: (2, 1), start: start)
    },
    LookAlike("two VMs close at a time, the earlier put samples late and sees less") { kernel in
      let (one, two, _) = twoVMsAndAZdd(&kernel)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (2, 3), behind: (1, 1), start: start)
    },
    LookAlike("the last two references go at a time") { kernel in
      let (one, two, allocation) = twoVMsAndAZdd(&kernel)
      kernel.freeFolios(allocation)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (1, 2), behind: (0, 0), start: start)
    },
    LookAlike("the last two references go at a time, both seen as 2") { kernel in
      let (one, two, allocation) = twoVMsAndAZdd(&kernel)
      kernel.freeFolios(allocation)
      let start = kernel.now
      closeAtATime(&kernel, one, two, sampled: (2, 2), behind: (1, 0), start: start)
    },
    LookAlike("a VM closes between a zdd's end and the put that belongs to it") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 1)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000, pages: 1)
      kernel.wait(milliseconds: 1)
      kernel.on(cpu: 1, pid: 200) { kernel in
        kernel.unrecorded { $0.state.zdds[one.zdd] = 1 }
        kernel.emitFree(one, one.folios[0])
        kernel.destroyZdd(one)
      }
      kernel.vmClose(vm)
      // Only now the zdd's reference goes, and no event tells it.
      kernel.unrecorded { $0.drop(one.pagemap) }
    },
    LookAlike("a zdd ends while a VM's put is under way") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 1)
      _ = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000, pages: 1)
      kernel.wait(milliseconds: 1)
      // The put's entry, the zdd's end, then the put takes effect, returns, and the zdd's follows.
      kernel.at(kernel.now + 500 - kernel.tick) { kernel in
        kernel.on(cpu: 1, pid: 200) { kernel in
          kernel.emitFree(one, one.folios[0])
          kernel.destroyZdd(one)
        }
      }
      kernel.vmClose(vm)
      kernel.drop(one.pagemap)
    },
    LookAlike("put of no pagemap") { kernel in
      let gpu = kernel.bind("gpu")
      kernel.put(0)
      let vm = kernel.vmCreate(gpu)
      kernel.put(0)
      kernel.vmClose(vm)
      kernel.put(0)
    },
  ]

  private static func twoVMsAndAZdd(_ kernel: inout PagemapScenario) -> (
    PagemapScenario.VM, PagemapScenario.VM, PagemapScenario.Allocation
  ) {
    let gpu = kernel.bind("gpu")
    let one = kernel.vmCreate(gpu)
    kernel.pid = 101
    let two = kernel.vmCreate(gpu)
    let allocation = kernel.migrateToDevmem(two, at: 0x7f00_0000_0000)
    kernel.wait(milliseconds: 1)
    return (one, two, allocation)
  }

  /// Two closes, a microsecond apart, on two CPUs.
  private static func closeAtATime(
    _ kernel: inout PagemapScenario, _ one: PagemapScenario.VM, _ two: PagemapScenario.VM,
    sampled: (Int64, Int64), behind: (Int64, Int64), start: UInt64
  ) {
    let stays = kernel.state.references(of: one.pagemap) > 2
    for (cpu, vm, before, after) in [
      (UInt32(0), one, sampled.0, behind.0), (1, two, sampled.1, behind.1),
    ] {
      kernel.now = start + UInt64(cpu) * 1000
      kernel.on(cpu: cpu, pid: 100 + Int32(cpu)) { kernel in
        kernel.put(vm.pagemap, sampled: before, sampledBehind: after)
        kernel.releaseOwner(vm.peer)
      }
    }
    precondition((kernel.state.references(of: one.pagemap) > 0) == stays)
  }

  /// What VMs leave behind for a while.
  static let closing: [LookAlike] = [
    LookAlike("PM001 VMA attributes drop their references up to 50 ms after the VM left") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      for _ in 0..<3 { kernel.get(vm.pagemap) }
      kernel.freeFolios(kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000))
      kernel.vmClose(vm)
      for _ in 0..<3 {
        kernel.wait(milliseconds: 16)
        kernel.put(vm.pagemap)
      }
    },
    LookAlike("the shrinker counts, and the next VM comes, before the attributes are put") {
      kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.get(vm.pagemap)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 10)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 0) }
      kernel.wait(milliseconds: 10)
      var next: PagemapScenario.VM?
      kernel.on(cpu: 1, pid: 101) { next = $0.vmCreate(gpu) }
      kernel.wait(milliseconds: 20)
      kernel.put(vm.pagemap)
      if let next { kernel.on(cpu: 1, pid: 101) { $0.vmClose(next) } }
    },
    LookAlike("the recording stops before the attributes are put", quiet: 0) { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.get(vm.pagemap)
      kernel.get(vm.pagemap)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 20)
      kernel.put(vm.pagemap)
      kernel.on(cpu: 1, pid: 50) { $0.countShrinker(gpu, 0) }
      kernel.wait(milliseconds: 5)
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
    LookAlike("pages objects hold references long after the VM left") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      kernel.getPages(0xaa00, vm.pagemap, mm: vm.mm)
      kernel.getPages(0xbb00, vm.pagemap, mm: vm.mm)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 300)
      kernel.unmapPages(0xaa00)
      kernel.wait(milliseconds: 300)
      kernel.unmapPages(0xbb00)
      kernel.unmapPages(0xbb00)
    },
    LookAlike("a process keeps its device pages after its VM left") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let one = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      let two = kernel.migrateToDevmem(vm, at: 0x7f00_0001_0000)
      kernel.vmClose(vm)
      kernel.wait(milliseconds: 300)
      kernel.evict(one)
      kernel.wait(milliseconds: 300)
      kernel.exitMmap(vm.mm) { $0.freeFolios(two) }
    },
    LookAlike("a process exits first, its VM closes behind") { kernel in
      let gpu = kernel.bind("gpu")
      let vm = kernel.vmCreate(gpu)
      let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000)
      kernel.getPages(0xaa00, vm.pagemap, mm: vm.mm)
      kernel.exitMmap(vm.mm) { $0.freeFolios(allocation) }
      kernel.vmClose(vm)
      kernel.unmapPages(0xaa00)
    },
    LookAlike("a foreign VMA keeps its reference after the provider is gone") { kernel in
      let near = kernel.bind("near")
      let far = kernel.bind("far")
      let owner = kernel.vmCreate(near)
      kernel.pid = 101
      let foreign = kernel.vmCreate(far)
      kernel.get(owner.pagemap)
      kernel.pid = 100
      kernel.unplug(near)
      kernel.vmClose(owner)
      kernel.finishCache(near)
      kernel.wait(milliseconds: 400)
      kernel.pid = 101
      kernel.vmClose(foreign)
      kernel.wait(milliseconds: 40)
      kernel.put(owner.pagemap)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(owner.pagemap) }
    },
    LookAlike("the provider is gone, the foreign VMA is put after the close of its own VM") {
      kernel in
      let near = kernel.bind("near", island: 1)
      let far = kernel.bind("far", island: 1)
      let foreign = kernel.vmCreate(far)
      let looked = kernel.lookUp(near)
      kernel.unplug(near)
      kernel.finishCache(near)
      kernel.wait(milliseconds: 300)
      kernel.put(looked)
      kernel.on(cpu: 1, pid: 9) { $0.destroyWork(looked) }
      kernel.vmClose(foreign)
    },
  ]
}
