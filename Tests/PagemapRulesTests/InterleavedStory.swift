import TestSupport

/// A legal story whose tasks run at a time: each does a small step, then another one goes on.
///
/// An event's stamp is taken first and its counts are sampled later, so others may change them in
/// between; what a function does follows later still. That is what makes real traces look odd.
final class InterleavedStory {
  private typealias Step = (inout PagemapScenario) -> Void

  private final class Runner {
    let pid: Int32
    let mm: UInt64
    var steps: [Step] = []
    var vm: PagemapScenario.VM?
    var allocations: [PagemapScenario.Allocation] = []
    var attributes: [UInt64] = []
    var pages: [UInt64] = []
    var operations = 0

    init(pid: Int32) {
      self.pid = pid
      mm = 0xff10_0000_6000_0000 + UInt64(pid) * 0x1000
    }
  }

  /// Whether processes live on, with their device pages, when their VMs have closed.
  var livesOn = false
  /// Whether one attribute's reference is never put; then the pagemap it was of.
  var leaksAttribute = false
  private(set) var leaked: UInt64?
  var kernel = PagemapScenario()
  private var random: ScenarioGenerator
  private let device: PagemapScenario.Device
  private var runners: [Runner]
  private var nextPages: UInt64 = 0xaa00

  init(seed: UInt64, tasks: Int32) {
    random = ScenarioGenerator(seed: seed)
    kernel.tick = 0
    device = kernel.bind("gpu")
    runners = (0..<tasks).map { Runner(pid: 100 + $0) }
  }

  private func chance(_ upperBound: Int) -> Int { Int(random.next() % UInt64(upperBound)) }

  func tell(operations: Int) {
    while let runner = runners.randomElement(using: &random) {
      if runner.steps.isEmpty {
        guard runner.operations < operations else {
          if let vm = runner.vm, livesOn {
            close(runner, vm)
            // Others may see the count for the last time while this task ends a zdd.
            if runner.allocations.count > 1 { free(runner, runner.allocations.removeFirst()) }
          } else if !livesOn, runner.vm != nil || !runner.allocations.isEmpty {
            leave(runner)
          } else {
            runners.removeAll { $0 === runner }
          }
          continue
        }
        runner.operations += 1
        plan(runner)
        continue
      }
      let step = runner.steps.removeFirst()
      kernel.now += UInt64(chance(900)) + 1
      kernel.on(cpu: UInt32(runner.pid % 4), pid: runner.pid, step)
    }
  }

  private func plan(_ runner: Runner) {
    guard let vm = runner.vm else {
      // A lookup holds the cache's mutex: one step.
      runner.steps.append { [self] kernel in
        kernel.tick = 100
        runner.vm = kernel.vmCreate(device, mm: runner.mm)
        kernel.tick = 0
      }
      return
    }
    switch chance(10) {
    case 0, 1, 2: migrate(runner, vm)
    case 3, 4, 5: if !runner.allocations.isEmpty { free(runner, runner.allocations.removeFirst()) }
    case 6:
      runner.steps.append { kernel in
        kernel.get(vm.pagemap)
        runner.attributes.append(vm.pagemap)
      }
    case 7:
      nextPages += 0x100
      let pages = nextPages
      runner.steps.append { $0.getPages(pages, vm.pagemap, mm: vm.mm) }
      runner.pages.append(pages)
    case 8: if chance(2) == 0 { close(runner, vm) }
    default: runner.steps.append { $0.now += 30_000 }
    }
  }

  // MARK: Events whose stamp comes before their sample

  /// An event that is stamped in one step and samples its counts in the next one.
  private func late(_ runner: Runner, _ emit: @escaping Step) {
    let stamp = Stamp()
    runner.steps.append { stamp.time = $0.now }
    runner.steps.append { kernel in kernel.at(stamp.time) { emit(&$0) } }
  }

  private final class Stamp { var time: UInt64 = 0 }

  private func put(_ runner: Runner, _ pagemap: UInt64) {
    late(runner) { $0.beginPut(pagemap) }
    runner.steps.append { kernel in
      kernel.tick = 100
      kernel.drop(pagemap)
      kernel.tick = 0
    }
    late(runner) { $0.endPut(pagemap) }
  }

  private func putZdd(_ runner: Runner, _ allocation: PagemapScenario.Allocation) {
    let stamp = Stamp()
    runner.steps.append { kernel in
      kernel.state.zdds[allocation.zdd, default: 0] -= 1
      stamp.time = kernel.state.zdds[allocation.zdd] == 0 ? kernel.now : 0
    }
    runner.steps.append { kernel in
      if stamp.time > 0 { kernel.at(stamp.time) { $0.destroyZdd(allocation) } }
    }
    runner.steps.append { kernel in
      guard stamp.time > 0 else { return }
      kernel.tick = 100
      kernel.drop(allocation.pagemap)
      kernel.tick = 0
    }
  }

  // MARK: Operations

  private func migrate(_ runner: Runner, _ vm: PagemapScenario.VM) {
    let pages = UInt64(1 + chance(3))
    let start = 0x7f00_0000_0000 + UInt64(runner.operations) * 0x10000
    let allocation = kernel.offer(mm: vm.mm, pagemap: vm.pagemap, at: start, pages: pages)
    late(runner) { $0.beginPopulate(allocation) }
    runner.steps.append { $0.initDevmem(allocation) }
    let stamp = Stamp()
    runner.steps.append { stamp.time = $0.now }
    runner.steps.append { kernel in
      kernel.at(stamp.time) { $0.beginMigration(allocation, hasZdd: false) }
    }
    runner.steps.append { kernel in
      kernel.get(allocation.pagemap)
      kernel.state.zdds[allocation.zdd] = 1
    }
    for folio in allocation.folios {
      runner.steps.append { kernel in
        kernel.emit(
          "zone_device_page_init",
          [
            "page": .number(folio), "order": 0,
            "pgmap": .number(kernel.state.pgmap(of: allocation.pagemap)),
          ])
        kernel.state.zdds[allocation.zdd, default: 0] += 1
      }
    }
    putZdd(runner, allocation)
    runner.steps.append { $0.endMigration(allocation, hasZdd: false) }
    late(runner) { $0.endPopulate(allocation) }
    runner.allocations.append(allocation)
  }

  private func free(_ runner: Runner, _ allocation: PagemapScenario.Allocation) {
    for folio in allocation.folios {
      runner.steps.append { $0.emitFree(allocation, folio) }
      putZdd(runner, allocation)
    }
  }

  private func close(_ runner: Runner, _ vm: PagemapScenario.VM) {
    put(runner, vm.pagemap)
    runner.steps.append { $0.releaseOwner(vm.peer) }
    for pages in runner.pages {
      runner.steps.append { kernel in
        kernel.state.svmPages[pages] = nil
        kernel.emit(
          "drm_gpusvm_unmap_pages",
          [
            "gpusvm": 0x77, "svm_pages": .number(pages), "dpagemap": .number(vm.pagemap),
            "npages": 4,
          ])
      }
      put(runner, vm.pagemap)
    }
    var attributes = runner.attributes.count
    if leaksAttribute, leaked == nil, attributes > 0 {
      leaked = vm.pagemap
      attributes -= 1
    }
    for _ in 0..<attributes { put(runner, vm.pagemap) }
    (runner.vm, runner.pages, runner.attributes) = (nil, [], [])
  }

  private func leave(_ runner: Runner) {
    if let vm = runner.vm, chance(2) == 0 { close(runner, vm) }
    runner.steps.append { $0.emit("exit_mmap", ["mm": .number(runner.mm)]) }
    for allocation in runner.allocations { free(runner, allocation) }
    runner.allocations = []
    runner.steps.append { $0.emit("exit_mmap_ret", ["mm": .number(runner.mm)]) }
    if let vm = runner.vm { close(runner, vm) }
  }
}
