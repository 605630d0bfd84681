import PagemapEvents

/// Device folios: mm/memremap.c and drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  static let folioSteps: [StepRow] = [
    .on(.zoneDevicePageInit) { $0.zoneDevicePageInit($1) },
    .on(.folioFree) { $0.folioFree($1) },
    .on(.folioSplit) { $0.folioSplit($1) },
  ]

  /// The page that an event names is looked up once, ahead of the rules' looks, and so is its zdd.
  @inline(__always)
  mutating func meet(_ event: borrowing PagemapEvent) {
    switch event.kind {
    case .zoneDevicePageInit, .migrateToRam: folios.meet(event.page ?? 0)
    case .folioFree:
      folios.meet(event.folio ?? 0)
      meetZdd(event)
    default: break
    }
  }

  /// `zone_device_page_init` in a migration to device memory: a folio's life begins.
  private mutating func zoneDevicePageInit(_ event: borrowing PagemapEvent) {
    guard let page = event.page, page != 0 else { return }
    forgetMoves(of: page, order: event.order ?? 0)
    var folio = DeviceFolio()
    folio.step(.initialise)
    folio.time = event.timestamp
    folio.sequence = event.sequence
    folio.cpu = event.cpu
    folio.pid = event.pid
    folio.order = UInt8(truncatingIfNeeded: min(event.order ?? 0, 20))
    let filled = tasks.noteBirth(of: 1 << UInt64(folio.order), by: TaskKey(event))
    // What the table has no room for must not be counted in its allocation: its end goes unseen.
    if let filled, !folios.isFull, let life = allocations.gainFolio(filled, order: folio.order) {
      if !life.isCounted { countZdd(of: filled) }
      if let zdd = life.zdd { zdds.get(zdd) }
      folio.allocation = filled
      folio.allocationSerial = life.serial
    }
    if let previous = folios.begin(folio, at: page) {
      if recording.proves(.folioFree), previous.allocation != 0 {
        allocations.doubtFolios(previous.allocation)
        if let filled { allocations.doubtFolios(filled) }
      }
      allocations.loseFolio(previous.allocation, life: previous.allocationSerial, nil)
    }
    folios.makeRoom()
    if let pgmap = event.pgmap { learnVmemmap(page, pgmap) }
  }

  /// `drm_pagemap_folio_free`: a folio's life ends, and it gives back its reference of the zdd.
  private mutating func folioFree(_ event: borrowing PagemapEvent) {
    guard let page = event.folio, page != 0 else { return }
    migrations.endRuns(of: page, order: event.order ?? 0)
    forgetMoves(of: page, order: event.order ?? 0)
    let pages: UInt64 = 1 << min(event.order ?? 0, 20)
    var owner: UInt64?
    if let freed = folios.end(at: page) {
      if freed.isLive {
        tellEnd(of: freed, page)
        allocations.loseFolio(
          freed.allocation, life: freed.allocationSerial, EventNote(event, .folio, .zdd, .zddRef))
        owner = freed.allocation == 0 ? nil : freed.allocation
      } else if recording.proves(.zoneDevicePageInit), freed.allocation != 0 {
        allocations.doubtFolios(freed.allocation)
      }
    }
    if let zdd = event.zdd, zdd != 0 {
      forgetEarlierEnd(of: zdd)
      owner = putZdd(zdd, of: owner, event) ?? owner
    }
    count(pages: pages, freedFrom: owner, event)
  }

  private mutating func tellEnd(of folio: DeviceFolio, _ page: UInt64) {
    guard news.recordsEndings else { return }
    var folio = folio
    if !folio.step(.free) { folio.recover(to: .free) }
    news.tellEnd(of: folio, .folio, page, epoch: folio.epoch)
  }

  /// Counts the pages of a freed folio for the direction their content took.
  private mutating func count(
    pages: UInt64, freedFrom owner: UInt64?, _ event: borrowing PagemapEvent
  ) {
    let key = TaskKey(event)
    guard !tasks.noteDeath(of: pages, in: owner, by: key), event.isMigrated == 1 else { return }
    let direction = owner.flatMap { owner in
      allocations.look(at: owner) { $0.touches.lastDirection } ?? nil
    }
    statistics.movedToSystem(pages, direction ?? .deviceToSystemByFault)
    if news.recordsActivity { tasks.noteMoved(pages, by: key) }
  }

  /// `drm_pagemap_folio_split`: another folio of the same zdd.
  private mutating func folioSplit(_ event: borrowing PagemapEvent) {
    // The last call of a split has no new folio: it is about the rest of the old one.
    guard let old = event.folio, let new = event.newFolio, new != 0,
      let known = folios.split(old, into: new)
    else { return }
    allocations.gainSplit(known.allocation)
    if let zdd = allocations.zdd(of: known.allocation) { zdds.get(zdd) }
  }

  // MARK: Moves, where page arrays show them

  /// `migrate_vma_pages` or `migrate_device_pages` returned: entries that are still to be migrated
  /// were. A device page moves once in a life.
  mutating func moveFolios(_ event: borrowing PagemapEvent) {
    // Only where a page's number is known can its free be told from another one's.
    guard let vmemmap = recording.vmemmap.value, event.arrays.count(.source) > 0 else { return }
    let note = EventNote(event, .start, .npages)
    let frames = event.arrays.lockedFrames.filter { devices.isDeviceFrame($0) }
    for (frame, first) in folios.move(frames, note) { observeMove(of: frame, first, note) }
    for frame in frames { folios.step(.move, of: vmemmap &+ frame &* 64) }
  }

  /// A migration collects page frames. Answers those that are of device folios, where it will be seen
  /// what becomes of them.
  mutating func collect(_ frames: [UInt64]) -> [UInt64] {
    guard let vmemmap = recording.vmemmap.value, !frames.isEmpty else { return [] }
    let own = frames.filter { devices.isDeviceFrame($0) }
    for frame in own { folios.step(.collect, of: vmemmap &+ frame &* 64) }
    return own
  }

  /// A migration leaves page frames that it has collected where they are.
  mutating func restore(_ frames: [UInt64]) {
    guard let vmemmap = recording.vmemmap.value else { return }
    for frame in frames { folios.step(.restore, of: vmemmap &+ frame &* 64) }
  }

  private mutating func forgetMoves(of page: UInt64, order: UInt64) {
    guard !folios.hasNoMoves, let vmemmap = recording.vmemmap.value, page >= vmemmap else { return }
    folios.forgetMoves(of: (page - vmemmap) / 64, count: 1 << min(order, 12))
  }

  /// Learns where the kernel's array of `struct page` begins: a page of a pagemap whose physical
  /// range is known tells it, since the array's base is a multiple of 1 GiB.
  private mutating func learnVmemmap(_ page: UInt64, _ pgmap: UInt64) {
    guard recording.vmemmap.value == nil, let range = devices.memory(at: pgmap) else { return }
    let lowest = page &- (range.start >> 12) &* 64
    recording.learnVmemmap(lowest & ~((1 << 30) - 1))
  }

  /// Tells the rules of a device page whose content moved or was copied a second time.
  mutating func observeMove(of frame: UInt64, _ first: EventNote, _ second: EventNote) {
    let folio = recording.vmemmap.value.flatMap { folios[$0 &+ frame &* 64] }
    let allocation = folio.flatMap { allocations[$0.allocation] }
    news.observe(
      .movedTwice(
        DoubleMove(
          pfn: frame, first: first, second: second, allocation: allocation,
          device: allocation.flatMap { device(of: $0) })))
  }

  /// A page whose content has moved is copied once more: what is copied is stale.
  mutating func observeSecondCopy(_ event: borrowing PagemapEvent, _ note: EventNote) {
    guard let vmemmap = recording.vmemmap.value, !folios.hasNoMoves else { return }
    for place in 0..<event.arrays.count(.pages) {
      // A page without a destination is named, and not copied: a retired one that was skipped.
      guard let page = event.arrays.entry(.pages, place), page >= vmemmap,
        event.arrays.entry(.addresses, place) ?? 0 != 0
      else { continue }
      let frame = (page - vmemmap) / 64
      if let first = folios.move(of: frame) { observeMove(of: frame, first, note) }
    }
  }
}
