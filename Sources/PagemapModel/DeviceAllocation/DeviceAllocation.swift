import PagemapEvents

/// A `struct drm_pagemap_devmem`: the device memory of one migration, in xe a buffer object.
/// `drm_pagemap_devmem_init` begins its life. `drm_pagemap_migrate_to_devmem` consumes it, whether
/// it succeeds or fails: it ends at once, or with the zdd that it was handed to. A migration that
/// fails behind the point where pages moved may leave it alive; until an event decides it is
/// doubtful.
package struct DeviceAllocation: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_devmem_init` ran; no migration yet.
    case offered
    /// `drm_pagemap_migrate_to_devmem` runs or has succeeded: a zdd holds it.
    case bound
    /// The migration failed and no zdd end was seen: it may live on with the pages that raced.
    case doubtful
    /// The zdd ended, or the migration failed before there was one: back to the driver.
    case detached
  }

  /// What takes an allocation from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_migrate_to_devmem` hands it to a zdd.
    case bind
    /// The migration fails, and pages that raced may keep it.
    case fail
    /// The zdd ends, or the migration fails before there is one.
    case detach
  }

  /// The life of a drm_pagemap_devmem. `drm_pagemap_devmem_init` begins it in the state `offered`.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap_devmem", in: "drivers/gpu/drm/drm_pagemap.c",
    steps: [
      .init(.offered, on: .bind, to: .bound, by: "drm_pagemap_migrate_to_devmem"),
      .init(.bound, on: .fail, to: .doubtful, by: "drm_pagemap_migrate_to_devmem"),
      .init(.bound, .doubtful, on: .detach, to: .detached, by: "drm_pagemap_zdd_destroy"),
      .init(.bound, on: .detach, to: .detached, by: "drm_pagemap_migrate_to_devmem"),
    ])

  /// Its size, and where its content came from.
  package struct Origin: Sendable {
    /// The process's address space.
    package var mm: UInt64?
    /// Its size in bytes.
    package var size: UInt64?
    /// The virtual range that was migrated into it.
    package var start: UInt64?
    package var end: UInt64?
  }

  /// How long a CPU fault may not move it (`timeslice_expiration`).
  package struct Timeslice: Sendable {
    /// When it ends, in nanoseconds; nil where there is none.
    package var end: UInt64?
    /// Before this time it is surely not over; nil where it is too short to tell.
    package var noEarlier: UInt64?
  }

  /// The device folios in it, as far as page inits are recorded.
  package struct Folios: Sendable {
    /// Those that live.
    package var live = 0
    /// The event that freed the last one; nil while it has any, and before it had one.
    package var emptied: EventNote?
    /// Whether any page init was seen for it.
    package var areKnown = false
    /// Whether it had one of more than one page: such a one may be split.
    package var hadLarge = false
    /// Whether a page of it was initialised or freed when it must not be: then they are not known.
    package var areUnsure = false
  }

  /// The calls that worked on it.
  package struct Touches: Sendable {
    /// A call of a task.
    package typealias Touch = (pid: Int32, time: UInt64)
    /// The return of the last CPU fault on it.
    var lastFault: Touch?
    /// The last to-RAM direction that worked on it.
    var lastDirection: MigrationDirection?
    /// The last call of a task on it, and of the last one before by another task.
    private var last: Touch?
    private var other: Touch?

    /// Notes that a task works on it.
    mutating func note(_ pid: Int32, _ time: UInt64) {
      if let last, last.pid != pid { other = last }
      last = (pid, time)
    }

    /// When a task other than `pid` last worked on it; nil where none did.
    func byOther(than pid: Int32) -> UInt64? {
      if let last, last.pid != pid { return last.time }
      if let other, other.pid != pid { return other.time }
      return nil
    }

    /// Forgets a last call of another task that has the same stamp as what `pid` begins, or a later one.
    mutating func forgetOther(than pid: Int32, from time: UInt64) {
      if let since = byOther(than: pid), since >= time { last = nil }
    }
  }

  /// The allocation's address.
  package let address: UInt64
  /// Unlike every other life of any object of the trace.
  package let serial: UInt64
  /// Which life of the address.
  package let epoch: UInt32
  /// Where it stands.
  package var state: State
  /// Whether it is older than the first event that names it, as far as the record tells.
  package let isAdopted: Bool
  /// Whether the return of the migration into it was recorded.
  package var hasReturned = false
  /// Whether its zdd's reference is counted in the pagemap's `zdds`.
  var isCounted = false
  /// The pagemap it belongs to, by address and serial number.
  package var pagemap: UInt64?
  package var pagemapSerial: UInt64?
  /// The zdd's address, once an event named it.
  package var zdd: UInt64?
  /// Its size, and where its content came from.
  package var origin = Origin()
  /// How long a CPU fault may not move it.
  package var timeslice = Timeslice()
  /// Its device folios.
  package var folios = Folios()
  /// The calls that worked on it.
  package var touches = Touches()
  /// The event that began this life.
  package let created: EventNote
  /// The event that bound it: the return of the migration that filled it.
  package var bound: EventNote?
  /// The first eviction that failed without another call's doing.
  package var stuck: EventNote?
  /// The return of its process's `exit_mmap`.
  package var mmExited: EventNote?

  init(
    address: UInt64, epoch: UInt32, serial: UInt64, state: State, created: EventNote,
    isAdopted: Bool
  ) {
    self.address = address
    self.epoch = epoch
    self.serial = serial
    self.state = state
    self.created = created
    self.isAdopted = isAdopted
  }
}

extension DeviceAllocation {
  /// Fills in the pagemap and the size that an event tells. `serial` is of the pagemap's life.
  mutating func describe(pagemap: UInt64?, serial: UInt64?, size: UInt64?) {
    if let pagemap, pagemap != 0 {
      self.pagemap = pagemap
      pagemapSerial = serial
    }
    if let size, size != 0 { origin.size = size }
  }

  /// A migration to the device begins to fill it: a range of addresses.
  mutating func bind(_ start: UInt64?, _ end: UInt64?) {
    if !step(.bind) { recover(to: .bound) }
    origin.start = start
    origin.end = end
  }

  /// A folio of 2^order pages is born in it.
  mutating func gainFolio(order: UInt8) {
    folios.live += 1
    folios.areKnown = true
    folios.emptied = nil
    if order > 0 { folios.hadLarge = true }
  }

  /// A folio in it ends; `note` is the event that freed it, nil where that went unrecorded.
  mutating func loseFolio(_ note: EventNote?) {
    folios.live -= 1
    folios.emptied = folios.live == 0 ? note : nil
  }

  /// The migration that was to fill it returned `note` at the end of a call that began at `entry`.
  mutating func migrated(_ result: Int64, timesliceMs: UInt64, entry: UInt64, _ note: EventNote) {
    touches.note(note.pid, note.time)
    hasReturned = true
    timeslice = Timeslice()
    // The timeslice also holds pages of a migration that raced while finalizing.
    let (slice, overflow) = timesliceMs.multipliedReportingOverflow(by: 1_000_000)
    if timesliceMs > 0, !overflow {
      timeslice.end = note.time &+ slice
      // It began within the call, and is counted in jiffies: of 10 ms at most, and late ones where
      // the host had taken the CPU that counts them.
      if result == 0, slice > 10_000_000 {
        timeslice.noEarlier = entry &+ slice &- max(10_000_000, slice / 2)
      }
    }
    if result == 0 { bound = note }
  }
}
