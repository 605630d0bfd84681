import PagemapEvents

/// What the life of a zdd rules out: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  /// A zdd whose last reference went has no folios left, and ends once.
  mutating func noteZddEnd(
    _ event: borrowing PagemapEvent, _ note: EventNote, of allocation: DeviceAllocation?
  ) {
    guard let address = event.zdd, address != 0 else { return }
    let zdd = zdds[address]
    if let end = zdds.end(of: address), end.detail == zdds.migrationsEntered, zdd == nil {
      reportZdd(.zddEndedTwice, address, end, note)
    }
    let end = RecentlyEnded.End(
      note: note, epoch: zdd?.epoch ?? 1, serial: zdd?.serial ?? lives.takeSerial(),
      detail: zdds.migrationsEntered)
    // A migration that another task is in may get this address for its zdd.
    if isMigrating(otherThan: TaskKey(event)) {
      zdds.forgetEnd(of: address)
    } else {
      zdds.noteEnd(of: address, end)
    }
    if let allocation { checkFolios(of: address, allocation, end) }
  }

  private mutating func checkFolios(
    of address: UInt64, _ allocation: DeviceAllocation, _ end: RecentlyEnded.End
  ) {
    guard recording.knowsFolios, recording.proves(.folioFree), allocation.folios.live > 0,
      !allocation.folios.areUnsure
    else { return }
    var breach = Breach(
      .zddEndedWithFolios, ObjectReference(kind: .zdd, address: address, epoch: end.epoch),
      serial: end.serial, note: end.note, since: allocation.created, "its allocation is offered")
    breach.object.mm = allocation.origin.mm
    breach.device = allocation.pagemap.flatMap { pagemaps.device(of: $0) }
    breach.found = Int64(allocation.folios.live)
    // One free may have gone unrecorded. If the folio lives, its free is still to come.
    if allocation.folios.live == 1 { breach.isAmbiguous = true }
    news.report(breach)
  }

  private func isMigrating(otherThan key: TaskKey) -> Bool {
    for other in tasks.callers where other != key {
      if tasks.isInCall(other, where: { $0.kind == .migrateToDevmem || $0.kind == .populateMM }) {
        return true
      }
    }
    return false
  }

  /// A freed folio's zdd lives, and is one of the folio's own pagemap.
  mutating func checkZdd(_ address: UInt64, of owner: UInt64?, _ event: borrowing PagemapEvent) {
    if zdds.hasEnds, let end = zdds.end(of: address) {
      guard end.detail == zdds.migrationsEntered else { return zdds.forgetEnd(of: address) }
      reportZdd(.zddEndedWithFolios, address, end, EventNote(event, .folio, .zdd, .zddRef))
    }
    // The folios of a zdd are freed one after another, and no other can take its address meanwhile.
    let question = ZoneDeviceDataRoom.Question(
      zdd: address, pgmap: event.pgmap, migrations: zdds.migrationsEntered)
    if zdds.isRight(question) { return }
    // The allocation that the zdd is known to bind; without live folios it may be an earlier one's.
    guard let pgmap = event.pgmap, let bound = zdds.allocation(of: address) else { return }
    if pgmap == self.pgmap(ofAllocation: bound, address) { return zdds.noteRight(question) }
    guard let allocation = allocations[bound],
      bound == owner || allocation.folios.live > 0,
      allocation.zdd == address, let pagemap = allocation.pagemap.flatMap({ pagemaps[$0] }),
      pagemap.serial == allocation.pagemapSerial, let own = pagemap.home.pgmap, own != pgmap
    else { return }
    var breach = Breach(
      .zddOfOtherPagemap, ObjectReference(kind: .zdd, address: address, epoch: 1),
      serial: allocation.serial, note: EventNote(event, .folio, .zdd, .pgmap),
      since: allocation.created, "its allocation is offered")
    breach.device = pagemap.home.device
    news.report(breach)
  }

  /// The device memory of an allocation that a zdd binds; nil where it is not known.
  private func pgmap(ofAllocation owner: UInt64, _ zdd: UInt64) -> UInt64? {
    let pagemap = allocations.look(at: owner) { $0.zdd == zdd ? $0.pagemap : nil } ?? nil
    return pagemap.flatMap { pagemaps.pgmap(of: $0) }
  }

  private mutating func reportZdd(
    _ kind: Breach.Kind, _ address: UInt64, _ end: RecentlyEnded.End, _ note: EventNote
  ) {
    news.report(
      Breach(
        kind, ObjectReference(kind: .zdd, address: address, epoch: end.epoch), serial: end.serial,
        note: note, since: end.note, "its last reference goes"))
  }
}
