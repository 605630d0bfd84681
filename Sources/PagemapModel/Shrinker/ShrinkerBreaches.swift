import PagemapEvents

/// What shrinkers rule out: drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  /// Whether what `drm_pagemap_shrinker_add` samples through the pagemap's cache is the shrinker's
  /// own: behind an unplug both may be freed memory.
  func isListed(_ pagemap: UInt64, _ event: borrowing PagemapEvent) -> Bool {
    guard let shrinker = event.shrinker, shrinkers.contains(shrinker), let cache = event.cache,
      caches.end(at: cache) == nil, let drm = pagemaps.drm(of: pagemap)
    else { return false }
    return !devices.isUnplugged(drm)
  }

  /// Whether a pagemap whose last reference went is surely not on a list, though its queueing may
  /// have gone unrecorded: none could take it, or a later count has no room for it.
  package func isOffList(_ pagemap: Pagemap, since time: UInt64) -> Bool {
    if devices.isUnplugged(pagemap.home.drm) { return true }
    guard let cache = pagemap.home.cache else { return !pagemap.isAdopted }
    guard let shrinker = caches.shrinker(of: cache), let count = shrinkers[shrinker]?.lastCount,
      count.time > time, let result = count.value(of: .result)
    else { return false }
    let listed = pagemaps.countUnused {
      $0.state == .cached && self.shrinker(of: $0) == shrinker
    }
    return max(0, Int64(bitPattern: result)) <= Int64(listed)
  }

  /// The list's length, as an event sampled it, is never negative.
  mutating func checkLength(_ event: borrowing PagemapEvent) {
    guard let length = event.num, length < 0, let address = event.shrinker else { return }
    var breach = Breach(
      .shrinkerList, shrinkerReference(address), serial: serial(ofShrinker: address),
      note: EventNote(event, .shrinker, .num))
    breach.found = length
    news.report(breach)
  }

  /// `drm_pagemap_shrinker_add` of a pagemap that is on the list.
  mutating func checkAdded(_ address: UInt64, _ note: EventNote) {
    guard let pagemap = pagemaps[address], pagemap.state == .cached,
      let queued = pagemap.fate.queued
    else { return }
    news.report(
      Breach(.shrinkerList, reference(pagemap), pagemap, note, since: queued, "it is on the list"))
  }

  /// How long a pagemap must have been on the list to be in every later count, in nanoseconds.
  private static var settleTime: UInt64 { 100_000_000 }

  /// A count that misses pagemaps which are surely on the list.
  mutating func checkCount(_ result: Int64, of address: UInt64, _ note: EventNote) {
    guard recording.recordsCancel, !isChangingLists else { return }
    let listed = pagemaps.onList(of: address).filter { pagemap in
      pagemap.state == .cached && shrinker(of: pagemap) == address
        && pagemap.fate.queued.map { $0.time &+ Self.settleTime < note.time } ?? false
        && pagemap.home.drm.map { !devices.isUnplugged($0) } ?? false
    }
    let count = max(result, 0)
    guard count < listed.count, let oldest = listed.min(by: { $0.serial < $1.serial }),
      let queued = oldest.fate.queued
    else { return }
    var breach = Breach(
      .shrinkerList, reference(oldest), oldest, note, since: queued, "it is put on the list")
    breach.found = count
    breach.expected = Int64(listed.count)
    news.report(breach)
  }

  /// Whether some task is in a function that takes pagemaps off a list.
  private var isChangingLists: Bool {
    guard tasks.areCallersKnown else { return true }
    return tasks.areLookingUp
      || tasks.areAnyCallers { $0.kind == .shrinkerScan || $0.kind == .shrinkerCancel }
  }

  /// `drm_pagemap_shrinker_fini` with pagemaps on the list. The breach is about the oldest that is left
  /// there, where one is known.
  mutating func checkEmpty(_ address: UInt64, _ event: borrowing PagemapEvent) {
    guard let length = event.num, length != 0 else { return }
    let note = EventNote(event, .shrinker, .num)
    let oldest = pagemaps.filterUnused {
      $0.state == .cached && $0.home.cache != nil && shrinker(of: $0) == address
    }.first
    if let oldest, let second = pagemaps.filter({ $0.rival?.serial == oldest.serial }).first {
      return news.observe(.secondPagemap(first: oldest, second: second))
    }
    var breach = Breach(
      .shrinkerNotEmpty, oldest.map { reference($0) } ?? shrinkerReference(address),
      serial: oldest?.serial ?? serial(ofShrinker: address), note: note, since: oldest?.fate.queued,
      "it is put on the list")
    breach.device = oldest?.home.device
    breach.found = length
    news.report(breach)
  }

  private mutating func serial(ofShrinker address: UInt64) -> UInt64 {
    shrinkers[address]?.serial ?? lives.takeSerial()
  }

  private func shrinkerReference(_ address: UInt64) -> ObjectReference {
    ObjectReference(kind: .shrinker, address: address, epoch: 1)
  }
}
