import PagemapEvents

/// A `struct drm_pagemap_devmem` and the zdd that binds it to device pages
/// (drivers/gpu/drm/drm_pagemap.c). One zdd serves an allocation's whole life.
package struct DeviceAllocation: Sendable {
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
    /// The migration fails.
    case fail
    /// The zdd ends.
    case detach
  }

  /// The life of a drm_pagemap_devmem. `drm_pagemap_devmem_init` begins it in the state `offered`.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap_devmem", in: "drivers/gpu/drm/drm_pagemap.c",
    steps: [
      .init(.offered, on: .bind, to: .bound, by: "drm_pagemap_migrate_to_devmem"),
      .init(.offered, on: .fail, to: .detached, by: "drm_pagemap_migrate_to_devmem"),
      .init(.bound, on: .fail, to: .doubtful, by: "drm_pagemap_migrate_to_devmem"),
      .init(.bound, .doubtful, on: .detach, to: .detached, by: "drm_pagemap_zdd_destroy"),
    ])

  /// The allocation's address.
  package let address: UInt64
  /// Which life of the address.
  package var epoch: UInt32
  /// Unlike every other life of any object of the trace.
  package var serial: UInt64
  /// Where it stands.
  package var state: State
  /// The event that began this life.
  package var created: EventNote
  /// The pagemap it belongs to, by address and serial number.
  package var pagemap: UInt64?
  package var pagemapSerial: UInt64?
  /// The process's address space.
  package var mm: UInt64?
  /// Its size in bytes.
  package var size: UInt64?
  /// The virtual range that was migrated into it.
  package var start: UInt64?
  package var end: UInt64?
  /// The zdd's address, once an event named it.
  package var zdd: UInt64?
  /// When a CPU fault may move it again (`timeslice_expiration`), in nanoseconds.
  package var timesliceEnd: UInt64?
  /// Before this time the timeslice is surely not over; nil where it is too short to tell.
  package var timesliceNoEarlier: UInt64?
  /// The driver has it back (`drm_pagemap_devmem_ops.devmem_release`).
  package var givenBack: EventNote?
  /// Device folios in it that live, as far as page inits are recorded.
  package var liveFolios = 0
  /// The event that freed its last folio; nil while it has any, and before it had one.
  package var emptied: EventNote?
  /// Whether it had a folio of more than one page: such a one may be split.
  package var hasLargeFolios = false
  /// Whether a page of it was initialised or freed when it must not be: its folios are not known.
  package var isMuddled = false
  /// Whether any page init was seen for it.
  package var hasFolios = false
  /// Whether it is older than the first event that names it, as far as the record tells.
  package var isAdopted = false
  /// Whether the return of the migration into it was recorded.
  package var hasReturned = false
  /// The return of the last CPU fault on it.
  package var lastFault: (pid: Int32, time: UInt64)?
  /// The last to-RAM direction that worked on it.
  package var lastDirection: MigrationDirection?
  /// The last call of a task on it, and of the last one before by another task.
  package var lastTouch: (pid: Int32, time: UInt64)?
  package var otherTouch: (pid: Int32, time: UInt64)?
  /// Whether its zdd's reference is counted in the pagemap's `zdds`.
  package var isCounted = false
  /// The event that bound it: the return of the migration that filled it.
  package var bound: EventNote?
  /// The first eviction that failed without another call's doing.
  package var stuck: EventNote?
  /// The return of its process's `exit_mmap`.
  package var mmExited: EventNote?

  package init(
    address: UInt64, epoch: UInt32, serial: UInt64, state: State, created: EventNote
  ) {
    self.address = address
    self.epoch = epoch
    self.serial = serial
    self.state = state
    self.created = created
  }

  /// Notes that the task of `note` works on it.
  package mutating func touch(_ pid: Int32, _ time: UInt64) {
    if let lastTouch, lastTouch.pid != pid { otherTouch = lastTouch }
    lastTouch = (pid, time)
  }

  /// When a task other than `pid` last worked on it; nil where none did.
  package func touchedByOther(than pid: Int32) -> UInt64? {
    if let lastTouch, lastTouch.pid != pid { return lastTouch.time }
    if let otherTouch, otherTouch.pid != pid { return otherTouch.time }
    return nil
  }
}
