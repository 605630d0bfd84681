import PagemapEvents

/// What the life of device folios rules out: mm/memremap.c and drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  /// `zone_device_page_init` of a page whose folio lives.
  mutating func checkInit(
    of page: UInt64, _ folio: DeviceFolio, _ filled: UInt64?, _ event: borrowing PagemapEvent
  ) {
    guard recording.proves(.folioFree), folio.allocation != 0 else { return }
    allocations.doubtFolios(folio.allocation)
    if let filled { allocations.doubtFolios(filled) }
    report(.initWhileLive, page, folio, EventNote(event, .page, .pgmap, .order), isEnded: false)
  }

  /// `drm_pagemap_folio_free`: once in a life, not under a CPU fault and not while it is locked.
  mutating func checkFree(_ page: UInt64, _ folio: DeviceFolio, _ event: borrowing PagemapEvent) {
    guard folio.isLive else {
      guard recording.proves(.zoneDevicePageInit), folio.allocation != 0 else { return }
      allocations.doubtFolios(folio.allocation)
      return report(
        .freedTwice, page, folio, EventNote(event, .folio, .zdd, .zddRef), isEnded: true)
    }
    let end = page &+ (64 << min(event.order ?? 0, 20))
    if let call = migrations.fault(on: page, to: end), recording.proves(.migrateToRamReturn) {
      let note = EventNote(event, .folio, .zdd, .zddRef)
      news.suspect(
        breach(.freedUnderFault, page, folio, note, isEnded: false, during: call), in: call.sequence
      )
    }
    guard recording.locksFrames, let vmemmap = recording.vmemmap.value, page >= vmemmap else {
      return
    }
    for since in migrations.locks(of: (page - vmemmap) / 64) where since.time >= folio.time {
      // What was locked in an earlier life of the page was freed behind a gap.
      let note = EventNote(event, .folio, .zdd, .zddRef)
      report(.freedWhileLocked, page, folio, note, isEnded: false, during: since)
    }
  }

  /// A CPU fault holds a reference of its page: it cannot be free.
  mutating func checkFaultingPage(_ page: UInt64, _ note: EventNote) {
    guard let folio = folios[page], !folio.isLive, folio.allocation != 0,
      recording.proves(.zoneDevicePageInit)
    else { return }
    report(.faultOnFree, page, folio, note, isEnded: true)
  }

  private mutating func report(
    _ kind: Breach.Kind, _ page: UInt64, _ folio: DeviceFolio, _ note: EventNote, isEnded: Bool,
    during call: EventNote? = nil
  ) {
    news.report(breach(kind, page, folio, note, isEnded: isEnded, during: call))
  }

  private func breach(
    _ kind: Breach.Kind, _ page: UInt64, _ folio: DeviceFolio, _ note: EventNote, isEnded: Bool,
    during call: EventNote?
  ) -> Breach {
    let allocation = allocations[folio.allocation].flatMap {
      $0.serial == folio.allocationSerial ? $0 : nil
    }
    var object = ObjectReference(kind: .folio, address: page, epoch: folio.epoch)
    object.mm = allocation?.origin.mm
    let birth = EventNote(
      kind: .zoneDevicePageInit, sequence: folio.sequence, time: folio.time, cpu: folio.cpu,
      pid: folio.pid)
    // What befalls several folios of an allocation has one cause.
    let cause =
      folio.allocation == 0
      ? Cause.page(page, epoch: folio.epoch) : .life(folio.allocationSerial)
    var breach = Breach(
      kind, object, cause, note: note, since: birth,
      isEnded ? "its life began here, and ended since" : "its life begins")
    if let call { breach.earlier.append((call, "this call has it")) }
    breach.device = allocation.flatMap { device(of: $0) }
    return breach
  }

  // MARK: Moves

  /// Tells the rules of a device page whose content moved or was copied a second time.
  mutating func reportMove(of frame: UInt64, _ first: EventNote, _ second: EventNote) {
    let folio = recording.vmemmap.value.flatMap { folios[$0 &+ frame &* 64] }
    let allocation = folio.flatMap { allocations[$0.allocation] }
    news.observe(
      .movedTwice(
        DoubleMove(
          pfn: frame, first: first, second: second, allocation: allocation,
          device: allocation.flatMap { device(of: $0) })))
  }

  /// A page whose content has moved is copied once more: what is copied is stale.
  mutating func checkSecondCopy(_ event: borrowing PagemapEvent, _ note: EventNote) {
    guard let vmemmap = recording.vmemmap.value, !folios.hasNoMoves else { return }
    for place in 0..<event.arrays.count(.pages) {
      // A page without a destination is named, and not copied: a retired one that was skipped.
      guard let page = event.arrays.entry(.pages, place), page >= vmemmap,
        event.arrays.entry(.addresses, place) ?? 0 != 0
      else { continue }
      let frame = (page - vmemmap) / 64
      if let first = folios.move(of: frame) { reportMove(of: frame, first, note) }
    }
  }
}
