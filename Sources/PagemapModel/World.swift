package import PagemapEvents

/// The mirror of the kernel's state: every drm_pagemap object that the trace shows, as it stands
/// after the last event.
///
/// `apply` takes one event after another, in the order of the merged trace. Calls are intervals from
/// entry to return, so events of several CPUs may come in any order that the kernel allows. Objects
/// older than the recording are adopted when an event first names them. What rules may object to is
/// in `observations` until the next event.
package struct World {
  // MARK: Objects, by address

  /// Pagemaps, the destroyed ones for a while.
  package internal(set) var pagemaps: [UInt64: Pagemap] = [:]
  /// Owner groups.
  package internal(set) var groups: [UInt64: OwnerGroup] = [:]
  /// Peers that are in a group.
  package internal(set) var peers: [UInt64: Peer] = [:]
  /// Device allocations that live.
  package internal(set) var allocations: [UInt64: DeviceAllocation] = [:]
  /// Device folios by `struct page`.
  package internal(set) var folios = FolioTable()
  /// Devices by `struct drm_device`.
  package internal(set) var devices: [UInt64: Device] = [:]
  /// Caches: one per region of device memory.
  package internal(set) var caches: [UInt64: Cache] = [:]
  /// Which pagemap a `struct drm_gpusvm_pages` holds a reference of.
  package internal(set) var svmPages: [UInt64: UInt64] = [:]
  /// zdds by address: the allocation each belongs to, 0 where that is not known.
  package internal(set) var zdds: [UInt64: ZoneDeviceData] = [:]
  /// Shrinkers: one per device.
  package internal(set) var shrinkers: [UInt64: Shrinker] = [:]
  /// Holds of providers whose pagemap was released, by the pagemap's serial number.
  package internal(set) var deviceHolds: [UInt64: DeviceHold] = [:]
  /// Mirrors of processes' memory on a GPU.
  package internal(set) var gpusvms: [UInt64: GPUSVM] = [:]
  /// Their ranges.
  package internal(set) var ranges: [UInt64: SVMRange] = [:]
  /// xe's VMs with shared virtual memory.
  package internal(set) var vms: [UInt64: XeVM] = [:]
  /// Tasks that are in a modelled call or a lookup.
  package internal(set) var tasks: [Int32: TaskState] = [:]
  /// Puts that no leaving VM explains yet.
  package internal(set) var deficits: [Deficit] = []

  // MARK: What the last event showed

  /// What the last event showed the rules.
  package var observations: [Observation] = []
  /// What the last event ended or changed, where `recordsActivity` is set.
  package internal(set) var activities: [Activity] = []
  /// Whether activities are told; set it before the first event.
  package var recordsActivity = false
  /// The last event's stamp.
  package internal(set) var now: UInt64 = 0
  /// Whether `drm_pagemap_release` is recorded, so that a pagemap without it still has references.
  package let recordsRelease: Bool
  /// Whether `exit_mmap` is recorded, so that it is known when an address space is gone.
  package internal(set) var recordsExit: Bool
  /// Whether the entry of `exit_mmap` is recorded, so that it is known when one begins to go.
  package internal(set) var recordsExitEntry: Bool
  /// Whether any page init was recorded, so that folios are known one by one.
  package internal(set) var knowsFolios = false
  // MARK: For the model alone

  /// The stacks that were recorded last.
  package var stacks = StackStore()
  var epochs = EpochTable()
  var gaps = GapList()
  var zddPuts: [(pagemap: UInt64, task: Int32)] = []
  var nextSerial: UInt64 = 1
  var deadPagemaps: [UInt64] = []
  var roster = PagemapRoster()
  /// Passes through the page migration that tasks are in, by the task's key.
  var walks: [Int32: MigrationWalk] = [:]
  /// Destroys of pagemaps on a list, by the key of the task, until it is seen what that does next.
  var listedDestroys: [Int32: [Breach]] = [:]
  var endedCaches = RecentlyEnded()
  var endedZdds = RecentlyEnded()
  var endedOwners = RecentlyEnded()
  var endedPeers = RecentlyEnded()
  var endedAllocations = RecentlyEnded()
  /// Pages objects whose memory the process unmapped, by the event that flagged them.
  /// The range that each task found or made last.
  var lastRanges: [Int32: UInt64] = [:]
  /// The range that each pages object is part of, where the task's calls told.
  var pagesOwners: [UInt64: UInt64] = [:]
  var flaggedPages: [UInt64: EventNote] = [:]
  var endedMappings = RecentlyEnded()
  /// Migrations to the device that were entered, and allocations offered for them: only these make
  /// new zdds.
  var migrationsEntered: UInt64 = 0
  /// Breaches that stand only if the call they happened in has really not returned, by the place of
  /// its entry in the trace: its return proves it.
  var suspects: [UInt64: Breach] = [:]
  /// Whether `drm_pagemap_migrate_unmap_pages` was ever seen.
  var seesUnmap = false
  /// Ranges in `ranges` that are in no tree any more.
  var removedRanges = 0
  /// CPU faults that are in `drm_pagemap_migrate_to_ram`.
  var faultingPages: [(task: Int32, page: UInt64, note: EventNote)] = []
  let records: Records
  var preemption = PreemptionBaseline()
  let sleepers: Sleepers
  /// Whether any pass was seen to lock page frames.
  var locksFrames = false
  /// The last zdd that was found to be one of its folio's own pagemap, by the migrations entered.
  var rightZdd: (zdd: UInt64, pgmap: UInt64?, migrations: UInt64)?
  var allocationsOfMM = MemberIndex()
  var pagemapsOfOwner = MemberIndex()
  var pagemapsOfPgmap = MemberIndex()
  /// The address spaces whose pages an heir shares.
  var elders = MemberIndex()
  var peersBySerial: [UInt64: UInt64] = [:]
  /// Tasks that are in a modelled call, by their keys.
  var callers: [Int32] = []
  /// Tasks that are in a lookup, by their keys.
  var lookers: [Int32] = []
  /// Pagemaps that were put on a shrinker's list.
  var listed = MemberIndex()
  /// Mapped memory by its owner group.
  var pgmapsOfOwner = MemberIndex()
  /// Tasks whose last put may belong to a VM's close.
  var freshPutters: [Int32] = []
  var deviceFrames = DeviceFrames()
  var heirs: [UInt64: Heirs] = [:]
  var exitedMMs: [UInt64: EventNote] = [:]
  var exitedOrder: [UInt64] = []
  var faultRuns: [UInt64: FaultRun] = [:]
  var pgmaps: [UInt64: DevicePagemap] = [:]
  var moves = MoveTable()
  var recentMigrations = RecentMigrations()
  var vmemmap: UInt64?
  var statistics = Statistics()
  var recordsFolioFree: Bool
  /// Whether the end of zdds, and of pages objects' hold, is surely recorded: else they would count
  /// as holders for ever.
  var recordsZddEnd: Bool
  var recordsPagesEnd: Bool
  /// The same, where a text does not tell its probes and the end may be recorded.
  let countsZdds: Bool
  let countsPages: Bool

  /// A world before the first event. `probes` tells which events can come at all.
  package init(probes: ProbeInventory) {
    records = Records(probes)
    sleepers = Sleepers(Set(probes.present.map(\.kind)), isComplete: probes.isComplete)
    recordsFolioFree = probes.holds(anyOf: [.folioFree])
    recordsZddEnd = probes.holds(anyOf: [.zddDestroy])
    recordsPagesEnd = probes.holds(anyOf: [.unmapPages]) && probes.holds(anyOf: [.freePages])
    countsZdds = recordsZddEnd || !probes.isComplete
    countsPages = recordsPagesEnd || !probes.isComplete
    recordsRelease = probes.holds(anyOf: [.pagemapRelease])
    recordsExit = probes.holds(anyOf: [.exitMmapReturn])
    recordsExitEntry = probes.holds(anyOf: [.exitMmap])
    knowsFolios = probes.holds(anyOf: [.zoneDevicePageInit])
  }

  /// Takes in the next event of the merged trace.
  package mutating func apply(_ event: borrowing PagemapEvent) {
    if !observations.isEmpty { observations.removeAll(keepingCapacity: true) }
    if !activities.isEmpty { activities.removeAll(keepingCapacity: true) }
    now = max(now, event.timestamp)
    statistics.count(event)
    if event.kind == .kernelStack { return keepStack(of: event) }
    take(event)
    if recordsActivity { notePagemapActivity(event) }
  }

  /// Takes an event to the part of the model that it is for.
  private mutating func take(_ event: borrowing PagemapEvent) {
    checkPreemption(event)
    if !deficits.isEmpty { ageDeficits(event) }
    if !zddPuts.isEmpty { settleZddPuts(event) }
    if !listedDestroys.isEmpty { settleListedDestroys(event) }
    if applyToMigrationSteps(event) { return }
    if applyToMemory(event) { return }
    if applyToMigrations(event) { return }
    if applyToPagemaps(event) { return }
    if applyToCaches(event) { return }
    if applyToSharedMemory(event) { return }
    applyToVMs(event)
  }

  /// Whether splits of device folios are recorded, so that the last folio is surely the last.
  package var recordsSplits: Bool { records.splits }

  /// Passes through the page migration that tasks have begun and not finalized, by the task's key,
  /// each with the call that it is part of.
  package var openWalks: [(walk: MigrationWalk, call: OpenCall)] {
    walks.sorted { $0.key < $1.key }.compactMap { key, walk in
      guard walk.state != .idle, let call = tasks[key]?.calls.last(where: \.kind.isMigration) else {
        return nil
      }
      return (walk, call)
    }
  }

  /// Takes note of a gap in the record.
  ///
  /// - Parameters:
  ///   - start: the last record before it; nil for the recording's beginning.
  ///   - end: the first record behind it; nil for the recording's end.
  package mutating func noteGap(from start: UInt64?, to end: UInt64?) {
    gaps.add(from: start ?? 0, to: end ?? .max)
  }

  /// A number that changes with each gap that becomes known.
  package var gapRevision: Int { gaps.revision }

  /// The address spaces that share pages of this one, as far as faults showed; nil where none did.
  package func heirs(of mm: UInt64?) -> Heirs? { mm.flatMap { heirs[$0] } }

  /// Whether `exit_mmap` of an address space that has allocations runs or ran.
  package func isExiting(_ allocation: DeviceAllocation) -> Bool {
    allocation.mmExited != nil || allocation.mm.map { exitedMMs[$0] != nil } ?? false
  }

  /// Whether the record has no gap at or after `time`, as far as is known by now.
  package func isIntact(since time: UInt64) -> Bool {
    guard let last = gaps.lastEnd else { return true }
    return last < time
  }

  /// Whether the record has no gap between two points of time, as far as is known by now.
  package func isIntact(from start: UInt64, to end: UInt64) -> Bool {
    !gaps.touch(from: start, to: end)
  }

  /// A number that no other object's life has.
  mutating func takeSerial() -> UInt64 {
    defer { nextSerial += 1 }
    return nextSerial
  }

  /// The key of the task of an event: the idle tasks share pid 0, so each CPU's is told apart.
  func task(of event: borrowing PagemapEvent) -> Int32 {
    event.pid != 0 ? event.pid : -1 &- Int32(truncatingIfNeeded: event.cpu & 0xffff)
  }
}

/// Which events can be recorded at all, where the absence of one is evidence.
struct Records: Sendable {
  let cancel: Bool
  let unhold: Bool
  let pageInit: Bool
  let folioFree: Bool
  let notifierReturn: Bool
  /// All kinds that a probe of the trace gives.
  let kinds: Set<PagemapEvent.Kind>
  let splits: Bool
  let setup: Bool
  let faultReturn: Bool
  let finalize: Bool
  let deviceFinalize: Bool

  init(_ probes: ProbeInventory) {
    let isComplete = probes.isComplete
    func holds(_ kinds: [PagemapEvent.Kind]) -> Bool {
      isComplete && kinds.allSatisfy { probes.holds(anyOf: [$0]) }
    }
    kinds = Set(probes.present.map(\.kind))
    setup = holds([.migrateVmaSetupReturn])
    splits = holds([.folioSplit, .folioFree, .zoneDevicePageInit])
    cancel = holds([.shrinkerCancel, .shrinkerCancelReturn, .shrinkerScan])
    unhold = holds([.devUnholdWork])
    pageInit = holds([.zoneDevicePageInit])
    folioFree = holds([.folioFree])
    notifierReturn = holds([.notifierInvalidate, .notifierInvalidateReturn])
    faultReturn = holds([.migrateToRamReturn])
    finalize = holds([.migrateVmaFinalize])
    deviceFinalize = holds([.migrateDeviceFinalize])
  }
}

/// Address spaces that faulted on another one's device pages: children share their parent's pages
/// until either writes to them.
package struct Heirs: Sendable {
  /// Those whose `exit_mmap` did not return yet, at most 64.
  package var living: [UInt64] = []

  mutating func note(_ mm: UInt64) {
    if living.count < 64, !living.contains(mm) { living.append(mm) }
  }
}

/// How many lives each address has had, without growing for ever.
struct EpochTable {
  private var lives: [UInt64: UInt32] = [:]
  private var floor: UInt32 = 0
  private static let limit = 8192

  /// The number of the life that `address` has, or had last.
  func current(_ address: UInt64) -> UInt32 { lives[address] ?? 1 }

  /// The number of the life that begins at `address`. When the table is full it is emptied, and
  /// counting goes on above all numbers given so far, so that no (address, epoch) comes twice.
  mutating func begin(_ address: UInt64) -> UInt32 {
    if lives.count >= Self.limit, lives[address] == nil {
      floor = max(floor, lives.values.max() ?? 0)
      lives.removeAll(keepingCapacity: true)
    }
    let epoch = (lives[address] ?? floor) &+ 1
    lives[address] = epoch
    return epoch
  }
}

/// A GPU as `struct drm_device`.
package struct Device: Sendable {
  /// Its name, as an index of `Names`.
  package var name: UInt64?
  /// Pagemaps initialised for it.
  package var pagemaps: UInt64 = 0
  /// `drm_dev_unplug` was called.
  package var unplugged: EventNote?
  /// Its place in the order of appearance.
  package var order: Int
}

/// A `struct dev_pagemap` that is mapped (mm/memremap.c).
struct DevicePagemap {
  /// Physical start and end (inclusive).
  var start: UInt64
  var end: UInt64
  /// Bytes of `struct page` behind it.
  var pageBytes: UInt64
  /// Its owner group.
  var owner: UInt64?
  /// The event that mapped it.
  var mapped: EventNote?
  /// The entry of the `memunmap_pages` that unmaps it.
  var unmapping: EventNote?
}

/// The migrations to device memory that ended last, for telling overlaps.
struct RecentMigrations {
  private struct Entry {
    var mm: UInt64 = 0
    var start: UInt64 = 0
    var end: UInt64 = 0
    var pid: Int32 = 0
    var ended: UInt64 = 0
  }
  private var entries: [Entry] = []
  private var next = 0

  mutating func add(mm: UInt64, start: UInt64, end: UInt64, pid: Int32, ended: UInt64) {
    let entry = Entry(mm: mm, start: start, end: end, pid: pid, ended: ended)
    if entries.count < 64 {
      entries.append(entry)
    } else {
      entries[next] = entry
      next = (next + 1) % 64
    }
  }

  /// Whether another task's migration of these pages ended at or after `time`.
  func overlaps(mm: UInt64, start: UInt64, end: UInt64, otherThan pid: Int32, since time: UInt64)
    -> Bool
  {
    entries.contains {
      $0.mm == mm && $0.pid != pid && $0.start < end && start < $0.end && $0.ended >= time
    }
  }
}
