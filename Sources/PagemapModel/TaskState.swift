package import PagemapEvents

/// A modelled function that a task has entered and not left.
package struct OpenCall: Sendable {
  /// The entry event's kind.
  package var kind: PagemapEvent.Kind
  /// The event that entered it.
  package var note: EventNote
  /// The object the call is about: pagemap, allocation, page, cache or peer.
  package var object: UInt64
  /// A migration's virtual range and address space, or a peer's private value in `start`.
  package var start: UInt64 = 0
  package var end: UInt64 = 0
  package var mm: UInt64 = 0
  /// The page that a CPU fault is about.
  package var page: UInt64 = 0
  /// The allocation's serial number.
  package var serial: UInt64 = 0
  /// A timeslice in milliseconds.
  package var timesliceMs: UInt64 = 0
  /// Base pages of device memory that were initialised in the call, and those freed again.
  package var pagesBorn: UInt64 = 0
  package var pagesFreed: UInt64 = 0
  /// Pages that came from another device's memory.
  package var pagesFromDevices: UInt64 = 0
  /// Mappings of device pages that the call made and has not undone.
  package var mappings: Int64 = 0
  /// How many times it tried to populate a range.
  package var attempts = 0
  /// Whether the allocation's zdd ended in the call.
  package var zddEnded = false
  /// Whether the device was already unplugged when the outermost call began.
  package var unplugged = false
  /// Whether another task's migration of the same pages overlapped.
  package var overlapped = false

  package init(kind: PagemapEvent.Kind, note: EventNote, object: UInt64) {
    self.kind = kind
    self.note = note
    self.object = object
  }
}

/// What a task is doing, as far as modelled functions tell.
package struct TaskState: Sendable {
  /// The calls it is in, outermost first.
  package var calls: [OpenCall] = []
  /// The cache it has locked for a lookup (`drm_pagemap_cache_lock_lookup`).
  package var lookup: Lookup?
  /// The VM peer that it let join last, while it is still filling the VM's slots.
  package var joining: UInt64?
  /// The pagemap it initialised last, until that one's peer joins a group.
  package var creating: UInt64?

  /// A lookup in progress.
  package struct Lookup: Sendable {
    /// The cache.
    package var cache: UInt64
    /// The pagemap that it came up with.
    package var result: UInt64?
    /// Whether the lookup created it.
    package var isCreated = false
    /// When the pagemap's creation began.
    package var creationBegan: UInt64?
    /// What the slot held when the lookup entered `drm_pagemap_get_from_cache`.
    package var slot: EventNote?
    /// The slot's pagemap that it could not take off the shrinker's list.
    package var refused: Pagemap.Rival?
    /// That the slot was empty, which it must not be.
    package var lostSlot: Breach?
  }

  /// Whether nothing needs to be remembered of the task.
  package var isIdle: Bool {
    calls.isEmpty && lookup == nil && joining == nil && creating == nil
  }
}

extension TaskState {
  /// The allocation that a migration to device memory fills; nil where the task is in none.
  var filled: UInt64? { calls.last { $0.kind == .migrateToDevmem }?.object }

  /// Notes that a migration to device memory initialised pages. Answers the allocation that it
  /// fills; nil where the task is in no such call.
  mutating func noteBirth(of pages: UInt64) -> UInt64? {
    guard let place = calls.lastIndex(where: { $0.kind == .migrateToDevmem }) else { return nil }
    calls[place].pagesBorn += pages
    return calls[place].object
  }

  /// Notes that content of device pages went to system memory in the fault or eviction the task is in.
  mutating func noteMoved(_ pages: UInt64) {
    let place = calls.lastIndex { $0.kind == .migrateToRam || $0.kind == .evictToRam }
    if let place { calls[place].pagesFreed += pages }
  }

  /// Notes that pages of an allocation were freed within a migration to device memory. Answers
  /// false where the task is in no such call.
  mutating func noteDeath(of pages: UInt64, in allocation: UInt64?) -> Bool {
    guard let place = calls.lastIndex(where: { $0.kind == .migrateToDevmem }) else { return false }
    if calls[place].object == allocation {
      calls[place].pagesFreed += pages
    } else {
      calls[place].pagesFromDevices += pages
    }
    return true
  }
}
