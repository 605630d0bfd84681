import PagemapEvents
import PagemapModel
import TraceWords

/// A use of a cache that its lock does not guard.
struct LookupLock: BreachRule {
  static let metadata = RuleMetadata(
    id: RuleID(22), slug: "lookup-lock", title: "cache looked up without its lock",
    severity: .error, category: .protocol,
    needs: [
      [.getFromCache, .cacheSetPagemap], [.cacheLockLookup], [.cacheLockLookupReturn],
      [.cacheUnlockLookup],
    ],
    kernels: "7.0 and later",
    invariant: "a lookup, and the store of what it creates, happen between "
      + "drm_pagemap_cache_lock_lookup and drm_pagemap_cache_unlock_lookup of one task",
    kernelFunction: "drm_pagemap_cache_lock_lookup, drm_pagemap_get_from_cache "
      + "(drivers/gpu/drm/drm_pagemap_util.c)",
    guide: guide)

  private static let guide = RuleGuide(
    specification: ["R11", "R64"],
    why: "two lookups at a time create two pagemaps for one region of memory; a lock that is "
      + "kept stops every later lookup",
    looksLike: "drm_pagemap_get_from_cache or drm_pagemap_cache_set_pagemap by a task that "
      + "has not locked, or a task that goes on to migrate with the lock, and unlocks later or "
      + "lets others wait",
    lookAlikes: [
      "drm_pagemap_get_from_cache_if_active needs no lock",
      "drm_pagemap_cache_lock_lookup that returns -EINTR gives none",
      "a task that migrates while another one has the lock",
    ])

  /// What is wrong: a lookup without the lock, or a lock that is kept beyond the lookup.
  private enum Variant: Int { case notLocked, kept }

  static let looks = [
    Look.before(.getFromCache) { mirror, event, objections in
      if let breach = notLocked(&mirror, event) { objections.report(breach) }
    },
    Look.before(.cacheSetPagemap) { mirror, event, objections in
      guard event.dpagemap ?? 0 != 0, let breach = notLocked(&mirror, event) else { return }
      objections.report(breach)
    },
    Look.before(.cacheUnlockLookup) { mirror, event, objections in
      guard let address = event.cache, let cache = mirror.caches[address],
        cache.holder?.task == TaskKey(event), let breach = kept(address, cache)
      else { return }
      objections.report(breach)
    },
  ]

  /// `drm_pagemap_get_from_cache` and `drm_pagemap_cache_set_pagemap` are for the lock's holder.
  private static func notLocked(
    _ mirror: inout KernelMirror, _ event: borrowing PagemapEvent
  ) -> Breach? {
    let key = TaskKey(event)
    guard let address = event.cache, let cache = mirror.caches[address],
      cache.holder?.task != key, let since = cache.unlocked ?? cache.created,
      // Where the lock was asked for, the return that gave it went unrecorded.
      !mirror.tasks.isLocking(address, key)
    else { return nil }
    var breach = Breach(
      Variant.notLocked.rawValue, .cache(address), .life(cache.serial),
      note: EventNote(event, .cache, .dpagemap), since: since,
      cache.unlocked == nil ? "the cache is made, unlocked" : "the lock is free from here on")
    if let holder = cache.holder {
      breach.earlier.append((holder.note, "another task has the lock"))
    }
    return breach
  }

  /// A lock that its holder took on into a migration; nil where it did not.
  private static func kept(_ address: UInt64, _ cache: Cache) -> Breach? {
    guard let kept = cache.kept, let holder = cache.holder else { return nil }
    return Breach(
      Variant.kept.rawValue, .cache(address), .life(cache.serial), note: kept, since: holder.note,
      "this task gets the lock")
  }

  /// Locks that tasks took on into a migration and did not give back by now, oldest first. They are
  /// proven where another task waits for the lock since `time` or longer, else ambiguous.
  private static func keptLocks(_ mirror: inout KernelMirror, waitingSince time: UInt64)
    -> [Breach]
  {
    var breaches: [Breach] = []
    for (address, cache) in mirror.caches.locked {
      guard var breach = kept(address, cache) else { continue }
      let holder = cache.holder?.task
      let waiting = mirror.tasks.calls(where: { key, call in
        key != holder && call.kind == .cacheLockLookup && call.object == address
          && call.note.time <= time
      })
      .min { $0.note.sequence < $1.note.sequence }
      breach.isAmbiguous = waiting == nil
      if let waiting { breach.earlier.append((waiting.note, "waits for the lock")) }
      breaches.append(breach)
    }
    return breaches
  }

  /// A lock that is never given back shows in what did not happen by the end.
  func finish(_ context: RuleContext) {
    guard let end = context.end, end.time >= context.thresholds.quietTime else { return }
    let waiting = end.time - context.thresholds.quietTime
    for var breach in Self.keptLocks(&context.mirror, waitingSince: waiting)
    where context.isQuiet(since: breach.note.time, now: end.time) {
      if !context.isProvenAbsent(since: breach.provedSince) { breach.isAmbiguous = true }
      Self.report(breach, context)
    }
  }

  static func words(for breach: Breach, _ context: RuleContext) -> BreachWords {
    let isKept = breach.variant == Variant.kept.rawValue
    return BreachWords(
      title:
        "\(isKept ? "cache's lookup lock kept" : "cache looked up without its lock")",
      remark: isKept ? "the task migrates with the lock" : "the lock is not its own",
      explanation: [
        isKept
          ? "the lock was given at \(time: breach.earlier[0].note.time), and not given back when the task "
            + "began to migrate"
          : "the task did not lock the cache, whose lock was free at \(since(breach))"
      ],
      advice: "every path between lock and unlock must unlock once, the error paths too")
  }
}
