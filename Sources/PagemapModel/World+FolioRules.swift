import PagemapEvents

/// What the life of device folios and zdds rules out: mm/memremap.c and drivers/gpu/drm/drm_pagemap.c.
extension World {
  // MARK: Folios

  /// `zone_device_page_init` of a page whose folio lives.
  mutating func noteSecondInit(
    _ page: UInt64, _ folio: DeviceFolio, _ event: borrowing PagemapEvent
  ) {
    guard records.folioFree, folio.allocation != 0 else { return }
    for owner in [folio.allocation, tasks[task(of: event)]?.filled] {
      allocations.withValue(of: owner ?? 0) { $0.isMuddled = true }
    }
    reportFolio(
      .initWhileLive, page, folio, EventNote(event, .page, .pgmap, .order), isEnded: false)
  }

  /// `drm_pagemap_folio_free`: once in a life, not under a CPU fault and not while it is locked.
  mutating func checkFree(_ page: UInt64, _ folio: DeviceFolio, _ event: borrowing PagemapEvent) {
    guard folio.isLive else {
      let note = EventNote(event, .folio, .zdd, .zddRef)
      if records.pageInit, folio.allocation != 0 {
        allocations.withValue(of: folio.allocation) { $0.isMuddled = true }
        reportFolio(.freedTwice, page, folio, note, isEnded: true)
      }
      return
    }
    let end = page &+ (64 << min(event.order ?? 0, 20))
    if !faultingPages.isEmpty, records.faultReturn, let call = openFault(on: page, to: end) {
      let note = EventNote(event, .folio, .zdd, .zddRef)
      suspect(
        breach(.freedUnderFault, page, folio, note, isEnded: false, during: call), in: call)
    }
    guard locksFrames, let vmemmap, page >= vmemmap else { return }
    let frame = (page - vmemmap) / 64
    for (_, walk) in walks where walk.locked.contains(frame) {
      // What was locked in an earlier life of the page was freed behind a gap.
      if let since = walk.since, since.time >= folio.time {
        let note = EventNote(event, .folio, .zdd, .zddRef)
        reportFolio(.freedWhileLocked, page, folio, note, isEnded: false, during: since)
      }
    }
  }

  private func openFault(on page: UInt64, to end: UInt64) -> EventNote? {
    faultingPages.first { $0.page >= page && $0.page < end }?.note
  }

  /// A CPU fault holds a reference of its page: it cannot be free.
  mutating func checkFaultingPage(_ page: UInt64, _ note: EventNote) {
    guard let folio = folios[page], !folio.isLive, folio.allocation != 0, records.pageInit else {
      return
    }
    reportFolio(.faultOnFree, page, folio, note, isEnded: true)
  }

  private mutating func reportFolio(
    _ kind: Breach.Kind, _ page: UInt64, _ folio: DeviceFolio, _ note: EventNote, isEnded: Bool,
    during call: EventNote? = nil
  ) {
    report(breach(kind, page, folio, note, isEnded: isEnded, during: call))
  }

  private func breach(
    _ kind: Breach.Kind, _ page: UInt64, _ folio: DeviceFolio, _ note: EventNote, isEnded: Bool,
    during call: EventNote?
  ) -> Breach {
    let allocation = allocations[folio.allocation].flatMap {
      $0.serial == folio.allocationSerial ? $0 : nil
    }
    var object = ObjectReference(kind: .folio, address: page, epoch: folio.epoch)
    object.mm = allocation?.mm
    let birth = EventNote(
      kind: .zoneDevicePageInit, sequence: folio.sequence, time: folio.time, cpu: folio.cpu,
      pid: folio.pid)
    // What befalls several folios of an allocation has one cause.
    let serial = folio.allocation == 0 ? ~page &- UInt64(folio.epoch) : folio.allocationSerial
    var breach = Breach(
      kind, object, serial: serial, note: note, since: birth,
      isEnded ? "its life began here, and ended since" : "its life begins")
    if let call { breach.earlier.append((call, "this call has it")) }
    breach.device = allocation?.pagemap.flatMap { pagemaps[$0]?.device }
    return breach
  }

  // MARK: zdds

  /// A zdd whose last reference went has no folios left, and ends once.
  mutating func noteZddEnd(
    _ event: borrowing PagemapEvent, _ note: EventNote, of allocation: DeviceAllocation?
  ) {
    guard let address = event.zdd, address != 0 else { return }
    let zdd = zdds[address]
    if let end = endedZdds[address], end.detail == migrationsEntered, zdd == nil {
      reportZdd(.zddEndedTwice, address, end, note)
    }
    let serial = zdd?.serial ?? takeSerial()
    let end = RecentlyEnded.End(
      note: note, epoch: zdd?.epoch ?? 1, serial: serial, detail: migrationsEntered)
    // A migration that another task is in may get this address for its zdd.
    if isMigrating(otherThan: task(of: event)) {
      endedZdds.forget(address)
    } else {
      endedZdds.note(address, end)
    }
    guard let allocation, knowsFolios, records.folioFree, allocation.liveFolios > 0,
      !allocation.isMuddled
    else { return }
    var breach = Breach(
      .zddEndedWithFolios, ObjectReference(kind: .zdd, address: address, epoch: end.epoch),
      serial: serial, note: note, since: allocation.created, "its allocation is offered")
    breach.object.mm = allocation.mm
    breach.device = allocation.pagemap.flatMap { pagemaps[$0]?.device }
    breach.found = Int64(allocation.liveFolios)
    // One free may have gone unrecorded. If the folio lives, its free is still to come.
    if allocation.liveFolios == 1 { breach.isAmbiguous = true }
    report(breach)
  }

  private func isMigrating(otherThan key: Int32) -> Bool {
    tasks.contains { other, state in
      other != key
        && state.calls.contains { $0.kind == .migrateToDevmem || $0.kind == .populateMM }
    }
  }

  /// A freed folio's zdd lives, and is one of the folio's own pagemap.
  mutating func checkZdd(_ address: UInt64, of owner: UInt64?, _ event: borrowing PagemapEvent) {
    if !endedZdds.isEmpty, let end = endedZdds[address] {
      guard end.detail == migrationsEntered else { return endedZdds.forget(address) }
      reportZdd(.zddEndedWithFolios, address, end, EventNote(event, .folio, .zdd, .zddRef))
    }
    // The folios of a zdd are freed one after another, and no other can take its address meanwhile.
    let asked = (zdd: address, pgmap: event.pgmap, migrations: migrationsEntered)
    if let right = rightZdd, right == asked { return }
    // The allocation that the zdd is known to bind; without live folios it may be an earlier one's.
    let bound = zdds.withValue(of: address) { $0.allocation } ?? nil
    guard let pgmap = event.pgmap, let bound else { return }
    if pgmap == self.pgmap(ofAllocation: bound, address) {
      rightZdd = asked
      return
    }
    guard let allocation = allocations[bound],
      bound == owner || allocation.liveFolios > 0,
      allocation.zdd == address, let pagemap = allocation.pagemap.flatMap({ pagemaps[$0] }),
      pagemap.serial == allocation.pagemapSerial, let own = pagemap.pgmap, own != pgmap
    else { return }
    var breach = Breach(
      .zddOfOtherPagemap, ObjectReference(kind: .zdd, address: address, epoch: 1),
      serial: allocation.serial, note: EventNote(event, .folio, .zdd, .pgmap),
      since: allocation.created, "its allocation is offered")
    breach.device = pagemap.device
    report(breach)
  }

  /// The device memory of an allocation that a zdd binds; nil where it is not known.
  private mutating func pgmap(ofAllocation owner: UInt64, _ zdd: UInt64) -> UInt64? {
    let pagemap = allocations.withValue(of: owner) { $0.zdd == zdd ? $0.pagemap : nil } ?? nil
    return pagemap.flatMap { address in pagemaps.withValue(of: address) { $0.pgmap } ?? nil }
  }

  private mutating func reportZdd(
    _ kind: Breach.Kind, _ address: UInt64, _ end: RecentlyEnded.End, _ note: EventNote
  ) {
    report(
      Breach(
        kind, ObjectReference(kind: .zdd, address: address, epoch: end.epoch), serial: end.serial,
        note: note, since: end.note, "its last reference goes"))
  }

  // MARK: Allocations

  /// The driver gets an allocation back: once in its life.
  mutating func giveBack(_ event: borrowing PagemapEvent) {
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .done)
    if let end = endedAllocations[address] {
      // Two probes of one function.
      guard !end.note.isTwin(of: event) else { return }
      report(
        Breach(
          .allocationRelease,
          ObjectReference(kind: .deviceAllocation, address: address, epoch: end.epoch),
          serial: end.serial, note: note, since: end.note, "the driver has it back"))
      return
    }
    let known = allocations[address]
    endedAllocations.note(
      address,
      .init(
        note: note, epoch: known?.epoch ?? 1, serial: known?.serial ?? takeSerial(), detail: 0))
  }
}
