package import PagemapEvents

/// What is asked of a task, and of the calls that tasks are in.
extension TaskRoom {
  /// The lookup that a task is in.
  package func lookup(of key: TaskKey) -> TaskState.Lookup? {
    look(at: key) { $0.lookup } ?? nil
  }
  /// The cache that a task has locked for a lookup.
  func cacheLookedUp(by key: TaskKey) -> UInt64? { look(at: key) { $0.lookup?.cache } ?? nil }
  /// What a task looks up to fill a slot of a VM: the cache, the pagemap it came up with, the VM's peer.
  func filling(_ key: TaskKey) -> (cache: UInt64, pagemap: UInt64, peer: UInt64)? {
    look(at: key) { state in
      guard let cache = state.lookup?.cache, let pagemap = state.lookup?.result,
        let peer = state.joining
      else { return nil }
      return (cache, pagemap, peer)
    } ?? nil
  }
  /// The pagemap that a task has initialised and that has not joined a group.
  package func creating(of key: TaskKey) -> UInt64? {
    look(at: key) { $0.creating } ?? nil
  }

  /// The drm_pagemap call that a task's steps of a migration belong to.
  package func migration(of key: TaskKey) -> OpenCall? { call(of: key) { $0.kind.isMigration } }

  /// Whether any task is in a call of the kind.
  package func areAny(in kind: PagemapEvent.Kind) -> Bool { areAnyCallers { $0.kind == kind } }

  /// Whether any task is in a call that `isWanted` says so of.
  package func areAnyCallers(where isWanted: (OpenCall) -> Bool) -> Bool {
    for key in callers where isInCall(key, where: isWanted) { return true }
    return false
  }

  /// Whether any task but one is in a call that `isWanted` says so of.
  package func areOthers(than key: TaskKey, in isWanted: (OpenCall) -> Bool) -> Bool {
    for other in callers where other != key && isInCall(other, where: isWanted) { return true }
    return false
  }

  /// Whether a task asked for the lock of a cache and was not seen to get it.
  package func isLocking(_ cache: UInt64, _ key: TaskKey) -> Bool {
    isInCall(key) { $0.kind == .cacheLockLookup && $0.object == cache }
  }

  /// Whether a task entered `drm_pagemap_shrinker_cancel` of a pagemap and was not seen to leave it.
  package func isCancelling(_ pagemap: UInt64, _ key: TaskKey) -> Bool {
    isInCall(key) { $0.kind == .shrinkerCancel && $0.object == pagemap }
  }
}
