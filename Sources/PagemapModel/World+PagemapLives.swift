import PagemapEvents

/// What the state machine of a drm_pagemap rules out: drivers/gpu/drm/drm_pagemap.c and
/// drivers/gpu/drm/drm_pagemap_util.c.
extension World {
  /// `drm_pagemap_release` of a pagemap that has no life to lose.
  mutating func noteSecondRelease(of pagemap: Pagemap, _ note: EventNote) {
    guard let end = pagemap.released ?? pagemap.destroyedBy else { return }
    report(
      Breach(
        .releasedTwice, reference(pagemap), pagemap, note, since: end, "its last reference goes"))
  }

  /// `drm_pagemap_reinit` gives a life only to a pagemap that was taken off the list.
  mutating func checkReinit(of pagemap: Pagemap, _ event: borrowing PagemapEvent, _ note: EventNote)
  {
    guard Pagemap.machine.next(pagemap.state, .reinit) == nil else { return }
    // drm_pagemap_init calls it with a count of 1 and without a cache, a lookup with 0 and its own:
    // the first means that the entry of drm_pagemap_init went unrecorded.
    if event.ref == 1, event.cache == 0 { return }
    let since: EventNote
    switch pagemap.state {
    case .active where !pagemap.isAdopted && pagemap.sample?.value ?? 0 > 0:
      since = pagemap.sample?.note ?? pagemap.created
    case .cached where records.cancel && !isCancelling(pagemap, event):
      since = pagemap.queued ?? pagemap.created
    case .destroyed: since = pagemap.destroyedBy ?? pagemap.created
    default: return
    }
    report(
      Breach(
        .reinitInUse, reference(pagemap), pagemap, note, since: since,
        "from here on it is not free to begin a new life"))
  }

  /// Whether the event's task entered `drm_pagemap_shrinker_cancel` of the pagemap and was not seen
  /// to leave it: the return that tells whether it took the pagemap off went unrecorded.
  private func isCancelling(_ pagemap: Pagemap, _ event: borrowing PagemapEvent) -> Bool {
    tasks[task(of: event)]?.calls.contains {
      $0.kind == .shrinkerCancel && $0.object == pagemap.address
    } ?? false
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
      || (pagemap.state == .cached && pagemap.queued?.pid == note.pid && !isShrinking
        && records.cancel)
    if maySleep, isShrinking || isReleasing {
      report(
        Breach(
          .sleepingDestroy, reference(pagemap), pagemap, note, since: pagemap.released,
          "its last reference goes"))
    }
    guard !isReleasing,
      Pagemap.machine.next(pagemap.state, isShrinking ? .shrink : .destroy) == nil
    else { return }
    switch pagemap.state {
    case .active where !pagemap.isAdopted && recordsRelease && pagemap.sample?.value ?? 0 > 0:
      report(
        Breach(
          .destroyedInUse, reference(pagemap), pagemap, note, since: pagemap.sample?.note,
          "it has references"))
    case .destroyed:
      report(
        Breach(
          .destroyedTwice, reference(pagemap), pagemap, note, since: pagemap.destroyedBy,
          "destroyed"))
    case .cached where records.cancel:
      listedDestroys[task(of: event), default: []].append(
        Breach(
          .destroyedOnList, reference(pagemap), pagemap, note, since: pagemap.queued,
          "it is put on the shrinker's list"))
    default: break
    }
  }

  /// Whoever destroyed what is on the list goes on: where that is the return of a scan, the scan's
  /// entry went unrecorded, and it took the pagemap off itself.
  mutating func settleListedDestroys(_ event: borrowing PagemapEvent) {
    switch event.kind {
    case .pagemapDestroy, .pagemapDestroyReturn, .driverDestroy, .driverDestroyReturn: return
    default: break
    }
    guard let breaches = listedDestroys.removeValue(forKey: task(of: event)),
      event.kind != .shrinkerScanReturn
    else { return }
    for breach in breaches { report(breach) }
  }

  // MARK: The provider's hold

  /// A release queues the hold of the provider for the work that drops it.
  mutating func holdProvider(of pagemap: Pagemap, _ note: EventNote) {
    guard records.unhold, deviceHolds.count < 4096 else { return }
    deviceHolds[pagemap.serial] = DeviceHold(pagemap: pagemap, released: note)
  }

  /// `drm_pagemap_dev_unhold_work` drops all holds that are queued.
  mutating func dropHolds(_ event: borrowing PagemapEvent) {
    deviceHolds.removeAll()
  }
}

extension Breach {
  /// A breach of a pagemap's life.
  init(
    _ kind: Kind, _ object: ObjectReference, _ pagemap: Pagemap, _ note: EventNote,
    since earlier: EventNote?, _ remark: StaticString
  ) {
    self.init(kind, object, serial: pagemap.serial, note: note, since: earlier, remark)
    device = pagemap.device
    provedSince = min(provedSince, pagemap.created.time)
  }
}
