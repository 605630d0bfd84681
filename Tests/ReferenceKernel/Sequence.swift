import TestSupport

/// What a simulated kernel did: one random sequence, whole, and what went wrong in it.
package struct RandomSequence: Sendable {
  /// The recorded events.
  package var log: EventLog
  /// The fault that was planted, where it came about.
  package var fault: Fault?
  /// The addresses that the broken object goes by.
  package var broken: [UInt64] = []
  /// When it broke.
  package var brokenTime: UInt64 = 0
  /// Whether every task came to its end.
  package var isComplete = true
  /// Whether a process shared its pages with a child, which may live on unseen.
  package var hasForked = false
  /// The tasks that are left, where it is not.
  package var remains = ""
  /// How many steps the tasks took.
  package var steps = 0

  /// Lets chance decide what some processes do with some devices.
  package init(seed: UInt64, fault planted: Fault? = nil) {
    let kernel = Kernel(seed: seed, fault: planted)
    kernel.configure()
    kernel.log.probes = Self.probes(withPages: kernel.settings.recordsPages)
    kernel.scheduler.spawn { task in try await kernel.live(task) }
    let isComplete = kernel.scheduler.run(limit: 60_000)
    remains = kernel.scheduler.remains
    kernel.scheduler.stop()
    kernel.hush()
    log = kernel.log
    hasForked = kernel.hasForked
    self.isComplete = isComplete
    steps = kernel.scheduler.steps
    if planted != nil, !kernel.injection.broken.isEmpty {
      fault = planted
      broken = kernel.injection.broken
      brokenTime = kernel.injection.time
    }
  }

  private static let pageProbes: Set<String> = [
    "migrate_vma_setup", "migrate_vma_setup_ret", "migrate_vma_pages_ret", "migrate_vma_finalize",
    "migrate_device_pfns_ret", "migrate_device_pages", "migrate_device_pages_ret",
    "migrate_device_finalize", "map_arrays_ret", "unmap_arrays", "pmf_copy_to_ram",
    "pmf_copy_to_ram_ret", "pmf_copy_to_devmem", "pmf_copy_to_devmem_ret", "zdd_alloc",
    "free_zone_device_folio",
  ]

  /// All that the model tells; not what it never does, so that nobody waits for it.
  private static func probes(withPages: Bool) -> Set<String> {
    var names = Set(EventLayouts.kernel.events.keys)
    names.subtract([
      "drm_pagemap_migrate_range", "drm_pagemap_migrate_range_ret", "drm_pagemap_folio_split",
      "drm_gpusvm_range_set_unmapped",
    ])
    return withPages ? names : names.subtracting(pageProbes)
  }
}

extension Kernel {
  /// What differs between sequences beside what tasks do.
  func configure() {
    scheduler.burst = [0, 30, 60, 85, 95][random.below(5)]
    scheduler.tick = [300, 900, 3000, 20_000][random.below(4)]
    settings.reusesAddresses = !random.oneIn(3) && injection.fault != .useAfterDestroy
    settings.hasTransients = random.oneIn(3)
    settings.lateSamples = [2, 8, 30, 1000][random.below(4)]
    settings.recordsPages = !random.oneIn(3) || injection.fault?.needsPages == true
    settings.copyFailures = random.oneIn(4) ? 12 : 0
    if injection.fault == .clearedBeforeUnmap { settings.copyFailures = 4 }
    settings.timesliceMs = [5, 5, 10, 20][random.below(4)]
  }

  /// The whole life of the machine.
  func live(_ task: KernelTask) async throws {
    let islands = random.below(3)
    for number in 0..<(1 + random.below(3)) {
      try await bind(task, "0000:0\(3 + number):00.0", island: islands == 0 ? number : 0)
    }
    startHelpers()
    for _ in 0..<(1 + random.below(3)) {
      startProcess(3 + random.below(11))
      try await scheduler.sleep(task, microseconds: UInt64(random.below(400)))
    }
    if let device = devices.last, devices.count > 1 || random.oneIn(2),
      random.oneIn(4) || injection.fault == .migrationAfterUnplug
    {
      try await scheduler.sleep(task, microseconds: UInt64(200 + random.below(3000)))
      try await unplug(task, device)
    }
    try await scheduler.wait(task) { self.leftProcesses == self.processes.count }
    isWindingDown = true
    if random.oneIn(3) {
      try await scheduler.sleep(task, microseconds: UInt64(random.below(2000)))
      for device in devices where !device.isUnplugged { try await unplug(task, device) }
    }
  }

  private func startHelpers() {
    help(rounds: 40, every: 600) { [self] in try await evictSomething($0) }
    if random.oneIn(2) || injection.fault?.needsShrinker == true {
      help(rounds: 25, every: 500) { [self] task in
        guard let device = random.pick(devices.filter { !$0.isGone && !$0.isUnplugged }) else {
          return
        }
        try await countShrinker(task, device)
        try await scanShrinker(task, device, 1 + random.below(3))
      }
    }
    if random.oneIn(2) {
      help(rounds: 12, every: 900) { [self] task in
        guard let device = random.pick(devices.filter { !$0.isUnplugged }) else { return }
        try await peekAtCache(task, device)
      }
    }
  }

  /// A task that does something now and then, while there is anything to help with.
  private func help(
    rounds: Int, every microseconds: Int,
    _ body: @escaping @Sendable (KernelTask) async throws -> Void
  ) {
    scheduler.spawn { [self] task in
      for _ in 0..<rounds where !isWindingDown {
        try await scheduler.sleep(task, microseconds: UInt64(20 + random.below(microseconds)))
        if !isWindingDown { try await body(task) }
      }
    }
  }

  private func evictSomething(_ task: KernelTask) async throws {
    let objects = devices.flatMap(\.allocations).filter { !$0.isLocked && !$0.isDetached }
    var chosen = random.pick(objects)
    if injection.fault == .staleMove, injection.isPending {
      chosen =
        objects.first { object in
          object.pagemap.device.folios.values.contains {
            $0.isMigrated && $0.zdd?.devmem === object
          }
        } ?? chosen
    }
    guard let chosen else { return }
    if injection.fault == .evictionStuck, injection.isPending {
      return try await pinAndEvict(task, chosen)
    }
    try await evictObject(task, chosen)
  }

  /// Evicts while somebody holds a page and nobody else runs.
  private func pinAndEvict(_ task: KernelTask, _ devmem: Devmem) async throws {
    let folios = devmem.pagemap.device.folios.values.filter { $0.zdd?.devmem === devmem }
    guard let folio = folios.min(by: { $0.frame < $1.frame }), devmem.mm.users > 0,
      devmem.mm.readers == 0, !devmem.mm.isWriteLocked, devmem.mm.invalidations == 0,
      folios.allSatisfy({ !$0.isLocked && $0.mapCount == 1 && $0.references == 1 }),
      breaks(.evictionStuck, devmem.address)
    else { return }
    folio.references += 2
    scheduler.exclusive = task
    defer { scheduler.exclusive = nil }
    for _ in 0..<3 {
      scheduler.now += 150_000_000
      try await evictObject(task, devmem)
    }
    scheduler.now += 150_000_000
    folio.references -= 1
    try await put(task, folio)
  }

  /// A while in which nothing happens but the end of some process that has no part in it.
  func hush() {
    let layouts = EventLayouts.kernel
    scheduler.now += 1_600_000_000
    for name in ["exit_mmap", "exit_mmap_ret"] {
      guard let layout = layouts.events[name] else { continue }
      scheduler.now += 50_000
      log.entries.append(
        EventLog.Entry(
          cpu: 0, time: scheduler.now, id: layout.id, name: name,
          payload: layouts.payload(layout, pid: 99, [("mm", 0xff10_0000_6fff_0000)])))
    }
    log.end = scheduler.now + 1_000_000
  }
}

extension Fault {
  /// Whether only the arrays of pages show it.
  var needsPages: Bool {
    switch self {
    case .staleMove, .clearedBeforeUnmap, .neverFinalised: true
    default: false
    }
  }

  /// Whether it takes a shrinker at work.
  var needsShrinker: Bool {
    switch self {
    case .destroyedTwice, .useAfterDestroy, .shrinkerCountOff: true
    default: false
    }
  }
}
