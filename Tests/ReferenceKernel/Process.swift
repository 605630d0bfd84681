/// A process: one thread that does things to its memory by chance, and helpers.
final class Process: @unchecked Sendable {
  let mm: AddressSpace
  var vms: [VM] = []
  /// Helpers that have not ended.
  var helpers = 0
  var isLeaving = false

  init(mm: AddressSpace) { self.mm = mm }

  /// A VM that is open.
  func openVM(_ random: inout ScenarioRandom) -> VM? { random.pick(vms.filter { !$0.isClosed }) }
}

/// What processes do.
extension Kernel {
  static var arena: UInt64 { 0x7f00_0000_0000 }

  /// A new address space with some memory in it.
  func createAddressSpace() -> AddressSpace {
    let mm = AddressSpace(address: allocate("mm", 0xff10_0000_6000_0000, step: 0x700))
    for place in 0..<UInt64(3 + random.below(3)) {
      let start = Kernel.arena + place * 0x20_0000 * 2
      mm.windows.append(Window(start: start, end: start + 4096 * windowPages(), order: 0))
    }
    if random.oneIn(8) {
      let start = Kernel.arena + 0x1000_0000
      mm.windows.append(Window(start: start, end: start + 0x20_0000, order: 9))
    }
    return mm
  }

  /// Mostly few pages: each is an event or two.
  private func windowPages() -> UInt64 { [1, 2, 2, 4, 4, 8, 16][random.below(7)] }

  /// Starts a process that does `operations` things.
  func startProcess(_ operations: Int, mm inherited: AddressSpace? = nil) {
    let process = Process(mm: inherited ?? createAddressSpace())
    processes.append(process)
    scheduler.spawn { [self] task in
      for _ in 0..<operations { try await operate(task, process) }
      try await leave(task, process)
    }
  }

  private func operate(_ task: KernelTask, _ process: Process) async throws {
    guard let vm = process.openVM(&random) else {
      guard let device = random.pick(devices.filter { !$0.isUnplugged }) else { return }
      if let vm = try await createVM(task, device, process.mm) { process.vms.append(vm) }
      return
    }
    switch random.below(20) {
    case 0...5: try await faultOnGPU(task, process, vm)
    case 6...8: try await access(task, process)
    case 9, 10: startHelper(process) { [self] in try await access($0, process) }
    case 11, 12: startHelper(process) { [self] in try await faultOnGPU($0, process, vm) }
    case 13: try await unmap(task, process)
    case 14, 15:
      if let device = random.pick(devices) { try await prefer(task, vm, device) }
    case 16: try await fork(task, process)
    case 17: try await closeOne(task, process)
    case 18:
      guard process.vms.count < 2, let device = random.pick(devices.filter { !$0.isUnplugged })
      else { return }
      if let vm = try await createVM(task, device, process.mm) { process.vms.append(vm) }
    default:
      try await scheduler.sleep(task, microseconds: UInt64(1 + random.below(5000)))
    }
  }

  /// Another thread of the process, or a worker of its driver.
  private func startHelper(
    _ process: Process, _ body: @escaping @Sendable (KernelTask) async throws -> Void
  ) {
    guard process.helpers < 2, !process.isLeaving else { return }
    process.helpers += 1
    scheduler.spawn { task in
      defer { process.helpers -= 1 }
      try await body(task)
    }
  }

  private func faultOnGPU(_ task: KernelTask, _ process: Process, _ vm: VM) async throws {
    guard let window = random.pick(process.mm.windows) else { return }
    // The process wrote to some of it before.
    if !random.oneIn(4) { populateBySystem(process.mm, window) }
    try await handleFault(
      task, vm, window.start + UInt64(random.below(Int(window.pages))) * 4096,
      isAtomic: random.oneIn(4))
  }

  private func populateBySystem(_ mm: AddressSpace, _ window: Window) {
    guard !mm.isWriteLocked, !mm.isGone else { return }
    for address in stride(from: window.start, to: window.end, by: 4096) {
      faultInSystemPage(mm, address, order: window.order)
    }
  }

  /// The CPU reads an address, until it has it.
  private func access(_ task: KernelTask, _ process: Process) async throws {
    guard let window = random.pick(process.mm.windows) else { return }
    let address = window.start + UInt64(random.below(Int(window.pages))) * 4096
    for _ in 0..<40 {
      guard !process.mm.isGone,
        process.mm.windows.contains(where: { $0.start <= address && address < $0.end })
      else { return }
      if try await touch(task, process.mm, address) { return }
      // A timeslice holds it: the CPU faults again and again.
      try await scheduler.sleep(task, microseconds: UInt64(50 + random.below(1500)))
    }
  }

  /// `munmap` of a window or of its second half; a new window may take the place.
  private func unmap(_ task: KernelTask, _ process: Process) async throws {
    let mm = process.mm
    try await writeLock(task, mm)
    defer { mm.isWriteLocked = false }
    guard !mm.windows.isEmpty else { return }
    let place = random.below(mm.windows.count)
    let window = mm.windows[place]
    let isPartial = window.order == 0 && window.pages > 1 && random.oneIn(2)
    let start = isPartial ? window.start + window.pages / 2 * 4096 : window.start
    try await invalidate(task, mm, start, window.end, event: 0)
    for mapping in mm.entries.values.sorted(by: { $0.address < $1.address })
    where start <= mapping.address && mapping.address < window.end {
      try await zap(task, mapping)
    }
    mm.invalidations -= 1
    if isPartial {
      mm.windows[place].end = start
    } else if random.oneIn(3), mm.windows.count > 1 {
      mm.windows.remove(at: place)
    }
    for vm in mm.mirrors where !vm.isClosed {
      if let range = vm.ranges[window.start], !vm.isLocked {
        // The garbage collector removes the range.
        vm.isLocked = true
        try await removeRange(task, vm, range)
        vm.isLocked = false
      }
    }
  }

  /// `fork`: the child shares all pages.
  private func fork(_ task: KernelTask, _ process: Process) async throws {
    guard processes.count < 5 else { return }
    hasForked = true
    let mm = process.mm
    try await writeLock(task, mm)
    defer { mm.isWriteLocked = false }
    try await invalidate(task, mm, 0, .max, event: 3)
    let child = AddressSpace(address: allocate("mm", 0xff10_0000_6000_0000, step: 0x700))
    child.windows = mm.windows
    for mapping in mm.entries.values.sorted(by: { $0.address < $1.address }) {
      // A migration entry is copied as well: the child waits for it like the parent.
      let copy = Mapping(mm: child, address: mapping.address, folio: mapping.folio)
      copy.isMigrating = mapping.isMigrating
      child.entries[mapping.address] = copy
      mapping.folio.mappings.append(copy)
      if !mapping.isMigrating { mapping.folio.references += 1 }
    }
    mm.invalidations -= 1
    startProcess(random.below(6), mm: child)
  }

  private func closeOne(_ task: KernelTask, _ process: Process) async throws {
    guard let vm = process.openVM(&random) else { return }
    try await closeVM(task, vm)
    process.vms.removeAll { $0 === vm }
  }

  /// The process ends: its VMs are closed before its memory goes, or with its last file.
  private func leave(_ task: KernelTask, _ process: Process) async throws {
    process.isLeaving = true
    try await scheduler.wait(task) { process.helpers == 0 }
    if random.oneIn(2) {
      while let vm = process.vms.popLast() { try await closeVM(task, vm) }
    }
    try await mmput(task, process.mm)
    while let vm = process.vms.popLast() { try await closeVM(task, vm) }
    if process.mm.isGone { free("mm", process.mm.address) }
    leftProcesses += 1
  }
}
