import PagemapEvents

/// What the life of a drm_pagemap rules out: drivers/gpu/drm/drm_pagemap.c and
/// drivers/gpu/drm/drm_pagemap_util.c.
extension KernelMirror {
  /// Tells the rules where a pagemap is used without a reference. Answers whether it has any.
  mutating func checkUse(_ address: UInt64, _ note: EventNote, _ ref: Int64?) -> Bool {
    let isUsable = pagemaps.look(at: address) { $0.state == .active && ref ?? 1 > 0 }
    if isUsable == true { return true }
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

  /// `drm_pagemap_release` of a pagemap that has no life to lose.
  mutating func noteSecondRelease(of pagemap: Pagemap, _ note: EventNote) {
    guard let end = pagemap.fate.released ?? pagemap.fate.destroyed else { return }
    news.report(
      Breach(
        .releasedTwice, reference(pagemap), pagemap, note, since: end, "its last reference goes"))
  }

  /// `drm_pagemap_reinit` gives a life only to a pagemap that was taken off the list.
  mutating func checkReinit(of pagemap: Pagemap, _ event: borrowing PagemapEvent, _ note: EventNote)
  {
    guard !pagemap.allows(.reinit) else { return }
    // drm_pagemap_init calls it with a count of 1 and without a cache, a lookup with 0 and its own:
    // the first means that the entry of drm_pagemap_init went unrecorded.
    if event.ref == 1, event.cache == 0 { return }
    let since: EventNote
    switch pagemap.state {
    case .active where !pagemap.isAdopted && pagemap.references.sample?.value ?? 0 > 0:
      since = pagemap.references.sample?.note ?? pagemap.created
    case .cached where recording.recordsCancel && !isCancelling(pagemap, event):
      since = pagemap.fate.queued ?? pagemap.created
    case .destroyed: since = pagemap.fate.destroyed ?? pagemap.created
    default: return
    }
    news.report(
      Breach(
        .reinitInUse, reference(pagemap), pagemap, note, since: since,
        "from here on it is not free to begin a new life"))
  }

  /// Whether the event's task entered `drm_pagemap_shrinker_cancel` of the pagemap and was not seen
  /// to leave it: the return that tells whether it took the pagemap off went unrecorded.
  private func isCancelling(_ pagemap: Pagemap, _ event: borrowing PagemapEvent) -> Bool {
    tasks.isInCall(TaskKey(event)) { $0.kind == .shrinkerCancel && $0.object == pagemap.address }
  }

  /// `drm_pagemap_destroy` is for a pagemap whose last reference went, by the task that released it
  /// or took it off the shrinker's list, once.
  mutating func checkDestroy(
    of pagemap: Pagemap, _ event: borrowing PagemapEvent, _ note: EventNote, isShrinking: Bool
  ) {
    let maySleep = event.isAtomic == 0
    if pagemap.state == .cached, isCancelling(pagemap, event) { return }
    let isReleasing =
      pagemap.state == .releasing
      || (pagemap.state == .cached && pagemap.fate.queued?.pid == note.pid && !isShrinking
        && recording.recordsCancel)
    if maySleep, isShrinking || isReleasing {
      news.report(
        Breach(
          .sleepingDestroy, reference(pagemap), pagemap, note, since: pagemap.fate.released,
          "its last reference goes"))
    }
    guard !isReleasing, !pagemap.allows(isShrinking ? .shrink : .destroy) else { return }
    switch pagemap.state {
    case .active
    where !pagemap.isAdopted && recording.recordsRelease
      && pagemap.references.sample?.value ?? 0 > 0:
      news.report(
        Breach(
          .destroyedInUse, reference(pagemap), pagemap, note,
          since: pagemap.references.sample?.note, "it has references"))
    case .destroyed:
      news.report(
        Breach(
          .destroyedTwice, reference(pagemap), pagemap, note, since: pagemap.fate.destroyed,
          "destroyed"))
    case .cached where recording.recordsCancel:
      news.keepListedDestroy(
        Breach(
          .destroyedOnList, reference(pagemap), pagemap, note, since: pagemap.fate.queued,
          "it is put on the shrinker's list"), of: TaskKey(event))
    default: break
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
  mutating func noteSecondPagemap(_ second: Pagemap, in address: UInt64) {
    guard let cache = caches[address], let held = cache.pagemap, held != second.address,
      let first = pagemaps[held], first.serial == cache.pagemapSerial,
      first.state == .active, (first.references.sample?.value ?? 1) >= 1
    else { return }
    news.observe(.secondPagemap(first: first, second: second))
  }

  /// A pagemap as a breach names it.
  func reference(_ pagemap: Pagemap) -> ObjectReference {
    var reference = ObjectReference(
      kind: .pagemap, address: pagemap.address, epoch: pagemap.epoch)
    reference.owner = pagemap.home.owner
    return reference
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

  /// A breach of a pagemap's life.
  init(
    _ kind: Kind, _ object: ObjectReference, _ pagemap: Pagemap, _ note: EventNote,
    since earlier: EventNote?, _ remark: StaticString
  ) {
    self.init(kind, object, serial: pagemap.serial, note: note, since: earlier, remark)
    device = pagemap.home.device
    provedSince = min(provedSince, pagemap.created.time)
  }
}
