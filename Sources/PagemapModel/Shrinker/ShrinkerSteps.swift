import PagemapEvents

/// Shrinkers and their lists of unused pagemaps: drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  static let shrinkerSteps: [StepRow] = [
    .on(.shrinkerCreate) { $0.shrinkerCreateDevm($1) },
    .on(.shrinkerCreateReturn) { $0.learnShrinker($1) },
    .on(.shrinkerAdd) { $0.shrinkerAdd($1) },
    .on(.shrinkerFini) { $0.shrinkerFini($1) },
    .on(.shrinkerCancel) { $0.enter($1, object: $1.dpagemap ?? 0) },
    .on(.shrinkerCancelReturn) { $0.shrinkerCancelReturn($1) },
    .on(.shrinkerCountReturn) { $0.shrinkerCountReturn($1) },
    .on(.shrinkerScan) { $0.shrinkerScan($1) },
    .on(.shrinkerScanReturn) { $0.shrinkerScanReturn($1) },
  ]

  /// `drm_pagemap_shrinker_create_devm`: the driver binds the device, perhaps once more.
  private mutating func shrinkerCreateDevm(_ event: borrowing PagemapEvent) {
    devices.note(event.drm, name: event.device)
    if let drm = event.drm { devices.bind(drm) }
  }

  /// `drm_pagemap_shrinker_add`: the released pagemap waits on the list.
  private mutating func shrinkerAdd(_ event: borrowing PagemapEvent) {
    guard let address = event.dpagemap else { return }
    let note = EventNote(event, .dpagemap, .cache, .num)
    // Only drm_pagemap_release does this to an active one: it went unrecorded.
    if pagemaps.state(of: address) == .active { pagemaps.recover(address, to: .releasing, note) }
    guard pagemaps.step(address, .queue, note) else { return }
    if let cache = event.cache, cache != 0 {
      pagemaps.learnCache(cache, of: address)
      if let shrinker = event.shrinker {
        adoptCache(cache)
        caches.learnShrinker(shrinker, of: cache)
      }
    }
    let cache = pagemaps.cache(of: address)
    let list = cache.flatMap { caches.shrinker(of: $0) } ?? event.shrinker
    pagemaps.learnShrinker(event.shrinker, list: list, of: address)
    if let list { shrinkers.add(list) }
  }

  /// `drm_pagemap_shrinker_cancel` returned: true where it took the pagemap off the list. One that
  /// was not known to be there was released, and put there, unrecorded.
  private mutating func shrinkerCancelReturn(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .shrinkerCancel)
    guard let address = event.dpagemap, address != 0 else { return }
    guard event.result == 1 else {
      let note = EventNote(event, .dpagemap, .result)
      guard event.result == 0, let serial = pagemaps.serial(of: address) else { return }
      if let cache = tasks.refused(
        Pagemap.Refused(address: address, serial: serial, note: note), by: TaskKey(event))
      {
        caches.clear(cache)
      }
      return
    }
    takeOffList(address)
  }

  /// `drm_pagemap_shrinker_count` returned.
  private mutating func shrinkerCountReturn(_ event: borrowing PagemapEvent) {
    guard let address = event.shrinker else { return }
    let note = EventNote(event, .shrinker, .result)
    learnShrinker(event)
    shrinkers.counted(address, note)
    noteUnseenAdds(event.result ?? 0, of: address, note)
    pagemaps.tidyList(of: address)
  }

  /// `drm_pagemap_shrinker_scan`.
  private mutating func shrinkerScan(_ event: borrowing PagemapEvent) {
    enter(event, object: event.shrinker ?? 0)
    learnShrinker(event)
  }

  /// `drm_pagemap_shrinker_scan` returned, and tells how many it took off. Where fewer ends were
  /// seen, the oldest of the list went unrecorded.
  private mutating func shrinkerScanReturn(_ event: borrowing PagemapEvent) {
    guard let call = leave(event, from: .shrinkerScan), let count = event[.count] else { return }
    let unseen = Int(clamping: count) - call.shrunk
    guard unseen > 0 else { return }
    let time = event.timestamp
    let listed = pagemaps.filterUnused {
      $0.state == .cached && shrinker(of: $0) == call.object
        && $0.fate.queued.map { $0.time <= time } ?? false
    }.sorted { ($0.fate.queued?.sequence ?? 0) < ($1.fate.queued?.sequence ?? 0) }
    for pagemap in listed.prefix(unseen) { takeOffList(pagemap.address) }
  }

  /// `drm_pagemap_shrinker_fini`. A pagemap that is left on the list although a lookup made another one
  /// instead of it was one of two.
  private mutating func shrinkerFini(_ event: borrowing PagemapEvent) {
    guard let address = event.shrinker, address != 0 else { return }
    if event.num ?? 0 != 0, let oldest = oldestListed(on: address),
      let second = successor(of: oldest)
    {
      news.observe(.secondPagemap(first: oldest, second: second))
    }
    if let shrinker = shrinkers.end(address) { news.tellEnd(of: shrinker, .shrinker, address) }
  }

  // MARK: Shared by the events

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

  /// The pagemap that is longest on a shrinker's list; nil where none is known.
  package func oldestListed(on address: UInt64) -> Pagemap? {
    pagemaps.filterUnused {
      $0.state == .cached && $0.home.cache != nil && shrinker(of: $0) == address
    }.first
  }

  /// The pagemap that a lookup made instead of this one; nil where none did.
  package func successor(of pagemap: Pagemap) -> Pagemap? {
    pagemaps.filter { $0.refused?.serial == pagemap.serial }.first
  }

  /// Notes a shrinker that lives, as far as a registered shrinker's own functions tell.
  private mutating func learnShrinker(_ event: borrowing PagemapEvent) {
    guard let address = event.shrinker, address != 0, !shrinkers.contains(address),
      shrinkers.hasRoom
    else { return }
    shrinkers.begin(address, serial: lives.takeSerial())
  }

  /// A pagemap was taken off its list, by a lookup or by a scan.
  private mutating func takeOffList(_ address: UInt64) {
    if let list = pagemaps.look(at: address, { shrinker(of: $0) }) ?? nil { shrinkers.remove(list) }
    pagemaps.takeOffList(address)
  }

  /// A count above what is known to be on the list: what is being released got there unrecorded.
  private mutating func noteUnseenAdds(_ result: Int64, of address: UInt64, _ note: EventNote) {
    let listed = pagemaps.countUnused { $0.state == .cached && shrinker(of: $0) == address }
    guard result > Int64(listed) else { return }
    let unseen = Int(clamping: result) - listed
    let waiting = pagemaps.filterUnused { $0.state == .releasing && shrinker(of: $0) == address }
    for pagemap in waiting.prefix(unseen) { _ = pagemaps.step(pagemap.address, .queue, note) }
  }
}
