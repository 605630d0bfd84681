import PagemapEvents

/// What a task was seen to enter and not to leave, so that the end of it may have gone unrecorded.
extension TaskRoom {
  /// Whether a task asked for the lock of a cache and was not seen to get it.
  package func isLocking(_ cache: UInt64, _ key: TaskKey) -> Bool {
    isInCall(key) { $0.kind == .cacheLockLookup && $0.object == cache }
  }

  /// Whether a task entered `drm_pagemap_shrinker_cancel` of a pagemap and was not seen to leave it.
  package func isCancelling(_ pagemap: UInt64, _ key: TaskKey) -> Bool {
    isInCall(key) { $0.kind == .shrinkerCancel && $0.object == pagemap }
  }
}
