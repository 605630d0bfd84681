import TestSupport

/// A simple model of drm_pagemap.c, drm_pagemap_util.c, drm_gpusvm.c, of what mm does below them and
/// of what xe does above: counts, lists and locks, told as the kernel's code is written.
///
/// It shares nothing with the model that it is to check. Each function is named as the kernel's, and
/// suspends at every event and wherever else another CPU may come in between.
final class Kernel: @unchecked Sendable {
  let scheduler: Scheduler
  var random: ScenarioRandom
  var log = EventLog()
  /// What is to go wrong, once.
  var injection: Injection
  var devices: [Device] = []
  var processes: [Process] = []
  /// `xe_owner_list`, in its order.
  var peers: [Peer] = []
  var settings = Settings()
  /// Whether an unhold worker is on its way.
  var isUnholdScheduled = false
  /// xe's `driver_migrate_lock`
  var migrateReaders = 0
  var isMigrateWriteLocked = false
  /// Whether the workload is over, so that helpers come to an end.
  var isWindingDown = false

  /// When `drm_dev_unplug` took effect; 0 where it did not.
  var unplugTime: UInt64 = 0
  /// Pagemaps that were freed.
  var deadPagemaps: [Pagemap] = []
  /// Whether processes share pages.
  var hasForked = false
  /// How many processes have ended.
  var leftProcesses = 0
  /// Folios whose content a planted fault moves once more.
  var staleFolios: [Folio] = []
  /// Pagemaps that a planted fault kept out of their caches.
  var orphans: [ObjectIdentifier: Pagemap] = [:]

  private var nextAddress: [String: UInt64] = [:]
  private var freed: [String: [UInt64]] = [:]
  private let layouts = EventLayouts.kernel.events
  private var nextSystemFrame: UInt64 = 0x18000

  /// What is different from one sequence to the next.
  struct Settings {
    /// Whether freed addresses are used again at once.
    var reusesAddresses = true
    /// Whether the driver holds a reference of the pagemap while it populates.
    var hasTransients = false
    /// Once in so many events another task gets between stamp and sample.
    var lateSamples = 8
    /// Whether the arrays of pages are recorded.
    var recordsPages = true
    /// Copies fail once in so many times; 0 for never.
    var copyFailures = 0
    /// The timeslice of migrations for GPU atomics, in milliseconds.
    var timesliceMs: UInt64 = 5
  }

  init(seed: UInt64, fault: Fault?) {
    random = ScenarioRandom(seed: seed)
    scheduler = Scheduler(random: random.fork(), cpus: 1 + random.below(4))
    injection = Injection(fault: fault, countdown: random.below(4))
    log.cpus = scheduler.cpus
  }

  // MARK: Addresses

  /// A new object's address: one that was freed lately, or one that never was.
  func allocate(_ kind: String, _ base: UInt64, step: UInt64) -> UInt64 {
    if settings.reusesAddresses, freed[kind]?.isEmpty == false, !random.oneIn(4) {
      return freed[kind]?.removeLast() ?? base
    }
    defer { nextAddress[kind, default: base] += step }
    return nextAddress[kind, default: base]
  }

  /// `kfree`
  func free(_ kind: String, _ address: UInt64) { freed[kind, default: []].append(address) }

  /// A page frame of system memory.
  func systemFrame() -> UInt64 {
    nextSystemFrame += 1 + UInt64(random.below(3))
    return nextSystemFrame
  }

  // MARK: Events

  /// Records an event: its stamp is taken first, its fields are read later, perhaps after other CPUs
  /// have gone on. Behind it others may run.
  func emit(
    _ task: KernelTask, _ name: String, text: (String, String)? = nil,
    _ values: () -> [(String, UInt64)] = { [] }
  ) async throws {
    guard log.probes.contains(name), let layout = layouts[name] else { return }
    let stamp = scheduler.now
    let place = log.entries.count
    log.entries.append(
      EventLog.Entry(
        cpu: UInt32(task.cpu), time: stamp, id: layout.id, name: name, payload: []))
    if random.oneIn(settings.lateSamples) {
      task.isInProbe = true
      defer { task.isInProbe = false }
      do {
        try await scheduler.step(task)
      } catch {
        log.entries[place].payload = EventLayouts.kernel.payload(
          layout, pid: task.pid, values(), text: text)
        throw error
      }
    }
    log.entries[place].payload = EventLayouts.kernel.payload(
      layout, pid: task.pid, values(), text: text)
    try await scheduler.step(task)
  }

  /// Somewhere in the kernel where nothing is recorded.
  func step(_ task: KernelTask) async throws { try await scheduler.step(task) }

  /// Whether the planted fault happens here; `address` is the object that it breaks.
  func breaks(_ fault: Fault, _ address: UInt64...) -> Bool {
    injection.fires(fault, address, at: scheduler.now)
  }

  /// A count as a field.
  static func field(_ count: Int) -> UInt64 { UInt64(bitPattern: Int64(count)) }
  /// A result as a field.
  static func field(_ result: Int64) -> UInt64 { UInt64(bitPattern: result) }
}

/// Error numbers.
enum Errno {
  static let noEntry: Int64 = -2
  static let io: Int64 = -5
  static let fault: Int64 = -14
  static let noMemory: Int64 = -12
  static let busy: Int64 = -16
  static let noDevice: Int64 = -19
  static let invalid: Int64 = -22
  static let time: Int64 = -62
  static let noLink: Int64 = -67
  static let notSupported: Int64 = -95
  static let interrupted: Int64 = -4
}
