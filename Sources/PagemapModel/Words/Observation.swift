import PagemapEvents

/// What the model tells the rules: transitions that a rule may object to.
///
/// The model says what happened to which object; whether that is a violation, how certain, and how
/// bad, is the rules' business.
package indirect enum Observation: Sendable {
  /// A pagemap was used, or put, while it had no reference.
  case usedWithoutReference(PagemapUse)
  /// A sampled count that no order of gets and puts gives: negative or saturated.
  case impossibleCount(PagemapUse)
  /// The last reference went while zdds or pages objects held some.
  case releasedWhileHeld(PagemapUse)
  /// The first VM joins an owner group that had none for a while.
  case groupJoinedAfterIdle(owner: UInt64, idleSince: EventNote, note: EventNote)
  /// A second pagemap was initialised for a cache while its first one is active.
  case secondPagemap(first: Pagemap, second: Pagemap)
  /// `drm_pagemap_migrate_to_devmem` returned.
  case migrationReturned(MigrationCall)
  /// `drm_pagemap_migrate_to_ram` was entered.
  case cpuFault(CPUFault)
  /// `drm_pagemap_evict_to_ram` returned.
  case evictionReturned(EvictionCall)
  /// A device allocation's zdd ended.
  case allocationEnded(DeviceAllocation, EventNote)
  /// An event that the state of its object rules out.
  case breach(Breach)
  /// The content of a device folio was moved out a second time in one epoch.
  case movedTwice(DoubleMove)
}

/// A use of a pagemap that its state does not allow.
package struct PagemapUse: Sendable {
  /// The pagemap as it was before the event.
  package var pagemap: Pagemap
  /// The event.
  package var note: EventNote
  /// Puts on it that no leaving VM explains.
  package var deficits: [Deficit]

  package init(pagemap: Pagemap, note: EventNote, deficits: [Deficit]) {
    self.pagemap = pagemap
    self.note = note
    self.deficits = deficits
  }
}

/// A migration to device memory, from entry to return.
package struct MigrationCall: Sendable {
  /// The entry, and the return's stamp.
  package var entry: EventNote
  package var returned: EventNote
  /// The function's result: 0 or a negative errno.
  package var result: Int64
  /// The range and its address space.
  package var mm: UInt64
  package var start: UInt64
  package var end: UInt64
  /// The allocation it was to fill.
  package var allocation: UInt64
  package var allocationEpoch: UInt32
  /// The pagemap, by address; 0 where it is not known.
  package var pagemap: UInt64
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
  package var timesliceMs: UInt64
  /// Base pages of device memory it initialised and kept.
  package var pages: UInt64
  /// Whether page inits are recorded, so that `pages` means something.
  package var pagesAreKnown: Bool
  /// Whether the allocation's zdd ended within the call.
  package var zddEnded: Bool
  /// Whether the device was unplugged before the outermost call began, and if so, when.
  package var unpluggedAt: UInt64?
  /// When the `drm_pagemap_populate_mm` around it began; nil where its entry was not recorded.
  package var populateEntry: UInt64?
  /// Whether another task's migration of the same pages overlapped it.
  package var overlapped: Bool

  /// Base pages that it moved: those that stayed, or the whole range where pages are not recorded.
  package var movedPages: UInt64 {
    if pagesAreKnown { return pages }
    return result == 0 && end > start && !zddEnded ? (end - start) / 4096 : 0
  }

  /// Nanoseconds from entry to return.
  package var duration: UInt64 {
    returned.time > entry.time ? returned.time - entry.time : 0
  }
}

/// A CPU fault on a device page.
package struct CPUFault: Sendable {
  /// The entry event.
  package var note: EventNote
  /// The faulting page and the virtual address.
  package var page: UInt64
  package var pageEpoch: UInt32
  package var address: UInt64
  /// The process's address space; 0 where it is not recorded.
  package var mm: UInt64
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
  /// The allocation's range, where its migration was recorded.
  package var rangeStart: UInt64?
  package var rangeMM: UInt64?
  /// The allocation, by serial number.
  package var allocationSerial: UInt64
  /// Whether the allocation's timeslice holds the page on the device.
  package var isInTimeslice: Bool
  /// Whether the migration that could have set a timeslice was recorded.
  package var timesliceIsKnown: Bool
  /// The run of faults on this page since it last moved.
  package var run: FaultRun
}

/// Faults on one page, none of which moved it.
package struct FaultRun: Sendable {
  /// The first of them.
  package var first: EventNote
  /// The latest.
  package var last: EventNote
  /// The virtual address of the first.
  package var address: UInt64
  /// How many.
  package var count: UInt64
}

/// An eviction, from entry to return.
package struct EvictionCall: Sendable {
  /// The entry and the return.
  package var entry: EventNote
  package var returned: EventNote
  /// The function's result: 0 or a negative errno.
  package var result: Int64
  /// Whether the allocation was detached at the return; nil where that is not recorded.
  package var isDone: Bool?
  /// The allocation.
  package var allocation: DeviceAllocation
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
  /// Whether another call worked on the allocation or its range meanwhile.
  package var overlapped: Bool
  /// Whether the process's address space is going away.
  package var isExiting: Bool
}

/// A device page whose content was moved out twice in one epoch.
package struct DoubleMove: Sendable {
  /// The page-frame number.
  package var pfn: UInt64
  /// The first and the second move.
  package var first: EventNote
  package var second: EventNote
  /// The allocation it belongs to, where it is known.
  package var allocation: DeviceAllocation?
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
}
