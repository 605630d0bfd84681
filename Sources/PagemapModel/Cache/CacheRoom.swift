/// The caches: one per region of device memory.
package struct CacheRoom: Sendable {
  private var table = ObjectTable<Cache>()

  // MARK: Looking

  /// How many live.
  var count: Int { table.count }
  /// A copy of the cache at an address; nil where there is none.
  package subscript(address: UInt64) -> Cache? { table[address] }
  /// Whether a cache is known.
  func contains(_ address: UInt64) -> Bool { table.contains(address) }
  /// The addresses of all caches, lowest first.
  var addresses: [UInt64] { table.addresses.sorted() }
  /// The shrinkers that caches have.
  var shrinkers: Set<UInt64> {
    var found: Set<UInt64> = []
    table.forEach { if let shrinker = $1.shrinker { found.insert(shrinker) } }
    return found
  }
  /// The caches whose lock a task has, with their addresses, in the order in which their lives began.
  package var locked: [(address: UInt64, cache: Cache)] {
    var found: [(address: UInt64, cache: Cache)] = []
    table.forEach { if $1.holder != nil { found.append(($0, copy $1)) } }
    return found.sorted { $0.cache.serial < $1.cache.serial }
  }

  /// The pagemap last seen in a cache's slot or made for it.
  func pagemap(of address: UInt64) -> UInt64? { table.look(at: address) { $0.pagemap } ?? nil }
  /// The task that has the lock of a cache; nil where none is known.
  func holder(of address: UInt64) -> TaskKey? { table.look(at: address) { $0.holder?.task } ?? nil }

  /// The shrinker of a cache; nil where it is not known.
  package func shrinker(of address: UInt64) -> UInt64? {
    table.look(at: address) { $0.shrinker } ?? nil
  }

  /// Whether any cache has this shrinker.
  func hasShrinker(_ shrinker: UInt64) -> Bool { table.count { $0.shrinker == shrinker } > 0 }

  // MARK: Lives

  /// A cache's life begins, as `cache` tells it.
  mutating func begin(_ cache: Cache, at address: UInt64) {
    table.ended.forget(address)
    table.insert(cache, at: address)
  }

  /// A cache that is older than the recording.
  mutating func adopt(_ address: UInt64, serial: UInt64) {
    table.insert(Cache(serial: serial), at: address)
  }

  /// `drm_pagemap_cache_fini`. Answers the cache as it is then; nil where none was known.
  mutating func end(_ address: UInt64) -> Cache? {
    guard var cache = table.remove(address) else { return nil }
    cache.step(.finish)
    return cache
  }

  /// Keeps the end of a cache's life.
  mutating func noteEnd(of address: UInt64, _ end: RecentlyEnded.End) {
    table.ended.note(address, end)
  }

  /// The end of a cache that was there; nil where none is known.
  @inline(__always)
  package func end(at address: UInt64?) -> RecentlyEnded.End? {
    guard !table.ended.isEmpty, let address else { return nil }
    return table.ended[address]
  }

  /// A cache is there again, or may be.
  mutating func forgetEnd(of address: UInt64) { table.ended.forget(address) }

  // MARK: Slot and shrinker

  /// A pagemap is in the slot, as `note` shows, or is made for it, where that is nil.
  mutating func occupy(_ address: UInt64, with pagemap: Pagemap, _ note: EventNote?) {
    _ = table.with(address) { cache in
      cache.pagemap = pagemap.address
      cache.pagemapSerial = pagemap.serial
      cache.stored = note
      if note != nil, !cache.step(.set) { cache.recover(to: .occupied) }
    }
  }

  /// The slot was emptied, or was found empty.
  mutating func clear(_ address: UInt64) {
    _ = table.with(address) { cache in
      cache.step(.clear)
      cache.stored = nil
    }
  }

  /// The cache's shrinker is known.
  mutating func learnShrinker(_ shrinker: UInt64, of address: UInt64) {
    _ = table.with(address) { $0.shrinker = shrinker }
  }

  // MARK: Lock

  /// The lock was given to a task. A mutex has one holder: an earlier one has unlocked, seen or not.
  mutating func lock(_ address: UInt64, by task: TaskKey, _ note: EventNote) {
    _ = table.with(address) { cache in
      cache.holder = (task, note)
      cache.kept = nil
    }
  }

  /// A task has the lock although the return that gave it went unrecorded.
  mutating func lockedUnseen(_ address: UInt64, by task: TaskKey, _ note: EventNote) {
    _ = table.with(address) { $0.holder = (task, note) }
  }

  /// The holder of the lock began a migration with it.
  mutating func keepLock(_ address: UInt64, _ note: EventNote) {
    _ = table.with(address) { $0.kept = note }
  }

  /// `drm_pagemap_cache_unlock_lookup`. With equal stamps the next holder's lock may stand before
  /// it, and stays.
  mutating func unlock(_ address: UInt64, by task: TaskKey, _ note: EventNote) {
    _ = table.with(address) { cache in
      if cache.holder?.task == task { cache.holder = nil }
      cache.kept = nil
      cache.unlocked = note
    }
  }
}
