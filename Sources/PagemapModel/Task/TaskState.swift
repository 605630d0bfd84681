import PagemapEvents

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
    package var refused: Pagemap.Refused?
    /// That the slot was empty, which it must not be.
    package var lostSlot: Breach?
  }

  /// Changes the lookup that it is in, where it is in one.
  mutating func changeLookup(_ body: (inout Lookup) -> Void) {
    guard var lookup else { return }
    self.lookup = nil
    body(&lookup)
    self.lookup = lookup
  }

  /// Whether nothing needs to be remembered of the task.
  package var isIdle: Bool {
    calls.isEmpty && lookup == nil && joining == nil && creating == nil
  }
}

extension TaskState {
  /// How deep calls of one task may nest before older ones are taken as returned unseen.
  private static let depthLimit = 16

  /// Adds a call. The same function is not entered twice by one task: an older call of it must have
  /// returned unseen, and with it all that it called. Answers whether the task was in no call.
  mutating func enter(_ call: OpenCall) -> Bool {
    let isFirst = calls.isEmpty
    if let stale = calls.firstIndex(where: { $0.kind == call.kind }) {
      calls.removeSubrange(stale...)
    } else if calls.count >= Self.depthLimit {
      calls.removeFirst()
    }
    switch call.kind {
    // What a lookup calls leaves the VM that it is for as it is.
    case .acquireOwner, .cacheLockLookup, .cacheCreate, .shrinkerCancel, .shrinkerScan: break
    default: joining = nil
    }
    calls.append(call)
    return isFirst
  }

  /// Takes away the call that returns, and with it calls inside whose return was not seen.
  mutating func leave(_ entry: PagemapEvent.Kind) -> OpenCall? {
    guard let index = calls.lastIndex(where: { $0.kind == entry }) else { return nil }
    let call = calls[index]
    calls.removeSubrange(index...)
    return call
  }

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
