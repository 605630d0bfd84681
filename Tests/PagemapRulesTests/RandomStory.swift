import TestSupport

/// A story of some processes on two devices, told by chance: legal, but for what is planted in it.
struct RandomStory {
  /// One thing that goes wrong.
  enum Defect: CaseIterable, Sendable {
    /// An attribute's reference is not put when its VM closes.
    case attribute
    /// A folio is not freed when its process exits.
    case folio
    /// A VM does not leave its group when it closes.
    case peer
  }

  /// What is to go wrong, once.
  var planted: Defect?
  /// The address of the object that it went wrong with.
  private(set) var broken: UInt64?

  private struct Process {
    var vm: PagemapScenario.VM
    var pid: Int32
    var mm: UInt64
    var isOpen = true
    var isAlive = true
    var allocations: [(allocation: PagemapScenario.Allocation, folios: [UInt64])] = []
    var attributes: [UInt64] = []
    var pages: [UInt64] = []
    var nextAddress: UInt64 = 0x7f00_0000_0000
  }

  var kernel = PagemapScenario()
  private var random: ScenarioGenerator
  private var devices: [PagemapScenario.Device] = []
  private var processes: [Process] = []
  private var doomed: [UInt64] = []
  private var nextPID: Int32 = 100
  private var nextPages: UInt64 = 0xaa00

  init(seed: UInt64) { random = ScenarioGenerator(seed: seed) }

  private mutating func chance(_ upperBound: Int) -> Int {
    Int(random.next() % UInt64(upperBound))
  }

  mutating func tell(steps: Int) {
    let island = chance(2)
    devices = [kernel.bind("near", island: 0), kernel.bind("far", island: island)]
    for _ in 0..<steps {
      kernel.cpu = UInt32(chance(4))
      step()
      kernel.wait(microseconds: UInt64(chance(8) == 0 ? chance(150_000) : chance(3000)))
    }
    while let index = processes.indices.first(where: { processes[$0].isAlive }) { exit(index) }
    work()
  }

  private mutating func step() {
    let open = processes.indices.filter { processes[$0].isOpen }
    let alive = processes.indices.filter { processes[$0].isAlive }
    guard let any = alive.randomElement(using: &random) else { return create() }
    kernel.pid = processes[any].pid
    switch chance(16) {
    case 0 where alive.count < 4: create()
    case 1, 2, 3, 4: if let vm = open.randomElement(using: &random) { migrate(vm) }
    case 5: if let vm = open.randomElement(using: &random) { failToMigrate(vm) }
    case 6, 7: move(any) { $0.fault($1, moved: $2) }
    case 8: evict(any)
    case 9: unmap(any)
    case 10: if let vm = open.randomElement(using: &random) { setAttribute(vm) }
    case 11: if let vm = open.randomElement(using: &random) { takePages(vm) }
    case 12: if open.count > 1 || chance(3) == 0 { close(any) }
    case 13: if chance(3) == 0 { exit(any) }
    case 14: shrink()
    default: work()
    }
  }

  private mutating func create() {
    nextPID += 1
    kernel.pid = nextPID
    let mm = 0xff10_0000_6000_0000 + UInt64(chance(6)) * 0x1000
    guard !processes.contains(where: { $0.isAlive && $0.mm == mm }) else { return }
    let vm = kernel.vmCreate(devices[chance(2)], mm: mm)
    processes.append(Process(vm: vm, pid: nextPID, mm: mm))
  }

  private mutating func migrate(_ index: Int) {
    let process = processes[index]
    kernel.pid = process.pid
    let allocation = kernel.migrateToDevmem(
      process.vm, at: process.nextAddress, pages: UInt64(1 + chance(6)),
      timesliceMs: chance(3) == 0 ? 10 : 0, lasting: UInt64(chance(400_000)))
    processes[index].nextAddress += 0x10000
    processes[index].allocations.append((allocation, allocation.folios))
  }

  private mutating func failToMigrate(_ index: Int) {
    let process = processes[index]
    kernel.pid = process.pid
    let allocation = kernel.offer(
      mm: process.mm, pagemap: process.vm.pagemap, at: process.nextAddress)
    let hasZdd = chance(2) == 0
    let pages = hasZdd ? chance(5) : 0
    let freed = hasZdd ? chance(pages + 1) : 0
    kernel.populate(allocation, result: -16) { kernel in
      kernel.initDevmem(allocation)
      kernel.beginMigration(allocation, hasZdd: hasZdd)
      kernel.initFolios(allocation, count: pages)
      kernel.freeFolios(allocation, Array(allocation.folios.prefix(freed)))
      kernel.endMigration(allocation, result: -16, hasZdd: hasZdd)
    }
    processes[index].nextAddress += 0x10000
    if freed < pages {
      processes[index].allocations.append((allocation, Array(allocation.folios[freed..<pages])))
    }
  }

  /// Frees some of an allocation's folios in a way that `body` tells.
  private mutating func move(
    _ index: Int,
    _ body: (inout PagemapScenario, PagemapScenario.Allocation, [UInt64]) -> Void
  ) {
    guard !processes[index].allocations.isEmpty else { return }
    let place = chance(processes[index].allocations.count)
    let (allocation, folios) = processes[index].allocations[place]
    let count = 1 + chance(folios.count)
    body(&kernel, allocation, Array(folios.prefix(count)))
    processes[index].allocations[place].folios = Array(folios.dropFirst(count))
    if count == folios.count { processes[index].allocations.remove(at: place) }
  }

  private mutating func evict(_ index: Int) {
    guard let last = processes[index].allocations.popLast() else { return }
    let worker = Int32(300 + chance(3))
    kernel.on(pid: worker) { kernel in
      kernel.evict(last.allocation, result: 0) {
        $0.freeFolios(last.allocation, last.folios, isMigrated: true)
      }
    }
  }

  private mutating func unmap(_ index: Int) {
    move(index) { $0.freeFolios($1, $2) }
  }

  private mutating func setAttribute(_ index: Int) {
    guard processes[index].attributes.count < 3 else { return }
    let pagemap = processes[index].vm.pagemap
    kernel.get(pagemap)
    processes[index].attributes.append(pagemap)
  }

  private mutating func takePages(_ index: Int) {
    nextPages += 0x100
    let process = processes[index]
    kernel.pid = process.pid
    kernel.getPages(nextPages, process.vm.pagemap, mm: process.mm)
    processes[index].pages.append(nextPages)
  }

  private mutating func close(_ index: Int) {
    let process = processes[index]
    guard process.isOpen else { return }
    kernel.pid = chance(4) == 0 ? 9 : process.pid
    if planted == .peer, broken == nil {
      broken = process.vm.peer
      kernel.put(process.vm.pagemap)
    } else {
      kernel.vmClose(process.vm)
    }
    processes[index].isOpen = false
    for pages in process.pages { kernel.unmapPages(pages) }
    for attribute in process.attributes {
      kernel.wait(milliseconds: UInt64(chance(14)))
      if planted == .attribute, broken == nil {
        broken = attribute
      } else {
        kernel.put(attribute)
      }
    }
    processes[index].pages = []
    processes[index].attributes = []
  }

  private mutating func exit(_ index: Int) {
    kernel.pid = processes[index].pid
    var allocations = processes[index].allocations
    if planted == .folio, broken == nil, !allocations.isEmpty {
      broken = allocations[0].folios.removeFirst()
    }
    let closesFirst = chance(2) == 0
    if closesFirst { close(index) }
    kernel.pid = processes[index].pid
    kernel.exitMmap(processes[index].mm) { kernel in
      for (allocation, folios) in allocations { kernel.freeFolios(allocation, folios) }
    }
    processes[index].allocations = []
    processes[index].isAlive = false
    if !closesFirst { close(index) }
  }

  private mutating func shrink() {
    kernel.on(pid: 50) { kernel in
      for device in devices {
        if let cached = kernel.shrink(device) { doomed.append(cached) }
      }
    }
  }

  private mutating func work() {
    kernel.on(pid: 9) { kernel in
      for pagemap in doomed { kernel.destroyWork(pagemap) }
    }
    doomed = []
  }
}
