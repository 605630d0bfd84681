extension ObjectSnapshot.Kind {
  package static let cache = Self("cache")
}

extension CacheRoom: Room {
  static var steps: [StepRow] { KernelMirror.cacheSteps }
  static var kinds: [any ObjectKind] { [caches] }

  private static let caches = ObjectDescription<Cache>(
    .cache, array: "caches", title: "Caches",
    all: { $0.caches.addresses }, find: { $0.caches[$1] },
    properties: [
      .reference("pagemap", "pagemap") { $0.pagemap },
      .value("pagemapState", "which is") { cache, mirror, _ in
        mirror.stateOfPagemap(in: cache).map { .word($0) }
      }.quiet,
      .reference("shrinker", "shrinker") { $0.shrinker },
      .event("stored", "stored") { $0.stored }.quiet,
      .event("locked", "looked up by") { $0.holder?.note }.quiet,
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.caches.count }
    $0.serial = { $0.serial }
    $0.isOver = { $0.state == .finished }
  }
}

extension KernelMirror {
  /// Where the pagemap stands that a cache names; nil where that life of it is over.
  fileprivate func stateOfPagemap(in cache: Cache) -> String? {
    guard let address = cache.pagemap, let pagemap = pagemaps[address],
      pagemap.serial == cache.pagemapSerial
    else { return nil }
    return Pagemap.machine.name(of: pagemap.state)
  }
}
