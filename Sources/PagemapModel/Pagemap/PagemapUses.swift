package import PagemapEvents

/// What rules are shown of the uses of a drm_pagemap, and how they find one: drivers/gpu/drm/drm_pagemap.c
/// and drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  /// Tells the rules where a pagemap is used without a reference. Answers whether it has any.
  mutating func checkUse(_ address: UInt64, _ note: EventNote, _ ref: Int64?) -> Bool {
    if ref ?? 1 > 0, pagemaps.state(of: address) == .active { return true }
    guard let pagemap = pagemaps[address] else { return false }
    if let ref, ref > 0, pagemap.state != .active, pagemap.state != .destroyed {
      // Only a reinit takes the count from 0 to 1: one went unrecorded, and the holders are not known.
      var home = pagemap.home
      home.shrinker = nil
      adopt(address, note, home: home)
      return true
    }
    if pagemap.state != .active {
      // With one stamp for both, the use may have come first.
      if let end = pagemap.fate.released ?? pagemap.fate.destroyed, end.time == note.time,
        end.cpu != note.cpu
      {
        return false
      }
      news.observe(.usedWithoutReference(use(of: pagemap, note)))
      return false
    }
    if let ref, ref < 0 || (ref == 0 && note.kind == .pagemapPut) {
      news.observe(.impossibleCount(use(of: pagemap, note)))
      return false
    }
    return true
  }

  private func use(of pagemap: Pagemap, _ note: EventNote) -> PagemapUse {
    PagemapUse(pagemap: pagemap, note: note, deficits: deficits.of(pagemap.serial))
  }

  /// The last reference goes while zdds or pages objects hold some. `pagemap` is as it was before.
  mutating func checkHolders(of pagemap: Pagemap, _ note: EventNote) {
    let zdds = recording.recordsZddEnd ? livingZdds(of: pagemap) : 0
    guard zdds > 0 || (pagemap.references.svmPages > 0 && recording.recordsPagesEnd) else { return }
    news.observe(.releasedWhileHeld(use(of: pagemap, note)))
  }

  /// Its zdds that surely live. Where folios are known one by one, a zdd without any has ended, even
  /// if no event told it.
  private func livingZdds(of pagemap: Pagemap) -> Int {
    guard pagemap.references.zdds > 0 else { return 0 }
    guard recording.knowsFolios else { return Int(pagemap.references.zdds) }
    return allocations.count {
      $0.isCounted && $0.pagemapSerial == pagemap.serial && $0.folios.live > 0
    }
  }

  /// Whoever destroyed what is on the list goes on: where that is the return of a scan, the scan's
  /// entry went unrecorded, and it took the pagemap off itself.
  mutating func settleListedDestroys(_ event: borrowing PagemapEvent) {
    guard news.hasListedDestroys else { return }
    switch event.kind {
    case .pagemapDestroy, .pagemapDestroyReturn, .driverDestroy, .driverDestroyReturn: return
    default: break
    }
    news.settleListedDestroys(of: TaskKey(event), isScan: event.kind == .shrinkerScanReturn)
  }

  /// Tells the rules where a cache gets a pagemap while its last one is active.
  mutating func observeSecondPagemap(_ second: Pagemap, in address: UInt64) {
    guard let cache = caches[address], let held = cache.pagemap, held != second.address,
      let first = pagemaps[held], first.serial == cache.pagemapSerial,
      first.state == .active, (first.references.sample?.value ?? 1) >= 1
    else { return }
    news.observe(.secondPagemap(first: first, second: second))
  }

  /// The pagemap that an event names, as the event's own steps find it: with what the event tells of where
  /// it belongs, and as it will be adopted where its life is older than the recording.
  package func found(by event: borrowing PagemapEvent, _ note: EventNote) -> Pagemap? {
    guard let address = event.dpagemap, address != 0 else { return nil }
    var pagemap = adopts(address) ? nil : pagemaps[address]
    if pagemap == nil {
      pagemap = Pagemap(
        address: address, epoch: lives.nextEpoch(of: address), serial: lives.nextSerial,
        isAdopted: true, created: note)
    }
    _ = pagemap?.home.learn(home(toldBy: event))
    return pagemap
  }
}

extension Breach {
  /// A breach of a pagemap's life, of the rule that looks: the `variant` of its breaches, the event that
  /// shows it, and the event that is at its beginning, with what that shows.
  package init(
    _ variant: Int = 0, of pagemap: Pagemap, note: EventNote, since earlier: EventNote?,
    _ remark: StaticString
  ) {
    var object = ObjectReference(
      kind: .pagemap, address: pagemap.address, epoch: pagemap.epoch)
    object.owner = pagemap.home.owner
    self.init(variant, object, .life(pagemap.serial), note: note, since: earlier, remark)
    device = pagemap.home.device
    provedSince = min(provedSince, pagemap.created.time)
  }
}
