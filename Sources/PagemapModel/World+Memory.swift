import PagemapEvents

/// Device folios, mapped device memory, address spaces and devices: mm/memremap.c, mm/mmap.c,
/// mm/migrate_device.c and drivers/gpu/drm/drm_drv.c.
extension World {
  /// Takes in an event of the memory management. Answers false where it is none.
  mutating func applyToMemory(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .zoneDevicePageInit: initFolio(event)
    case .folioFree: freeFolio(event)
    case .folioSplit: splitFolio(event)
    case .memremapPages: mapDeviceMemory(event)
    case .memunmapPages: unmapDeviceMemory(event)
    case .memunmapPagesReturn: unmappedDeviceMemory(event)
    case .exitMmap: beginExit(event)
    case .exitMmapReturn: exited(event)
    case .drmDevUnplug: unplug(event)
    default: return false
    }
    return true
  }

  // MARK: Device folios

  /// The device folio of a `struct page`, live or free; nil where no event has named the page.
  package func folio(at page: UInt64) -> DeviceFolio? { folios[page] }

  /// `zone_device_page_init` in a migration to device memory: a folio's life begins.
  private mutating func initFolio(_ event: borrowing PagemapEvent) {
    guard let page = event.page, page != 0 else { return }
    knowsFolios = true
    if !moves.isEmpty { forgetMoves(of: page, order: event.order ?? 0) }
    var folio = DeviceFolio()
    folio.state = .lockedDestination
    folio.time = event.timestamp
    folio.sequence = event.sequence
    folio.cpu = event.cpu
    folio.pid = event.pid
    folio.order = UInt8(truncatingIfNeeded: min(event.order ?? 0, 20))
    let pages: UInt64 = 1 << UInt64(folio.order)
    let filled = tasks.withValue(of: task(of: event)) { $0.noteBirth(of: pages) } ?? nil
    // What the table has no room for must not be counted in its allocation: its end goes unseen.
    if let filled, !folios.isFull, let allocation = noteBirth(in: filled, folio.order) {
      folio.allocation = filled
      folio.allocationSerial = allocation
    }
    if folio.order > 0 { folios.forgetTails(of: page, order: folio.order) }
    if let previous = folios.begin(folio, at: page) {
      noteSecondInit(page, previous, event)
      endFolio(of: previous)
    }
    // Free folios are kept for their epochs' sake only; when there are many, they go.
    if folios.count > 2 * folios.liveCount + 16384 { folios.forgetFree() }
    if let pgmap = event.pgmap { learnVmemmap(page, pgmap) }
  }

  /// Notes that a folio is born in an allocation. Answers the allocation's serial number.
  private mutating func noteBirth(in address: UInt64, _ order: UInt8) -> UInt64? {
    let known = allocations.withValue(of: address) { allocation in
      allocation.liveFolios += 1
      allocation.hasFolios = true
      allocation.emptied = nil
      if order > 0 { allocation.hasLargeFolios = true }
      return (serial: allocation.serial, isCounted: allocation.isCounted)
    }
    guard let known else { return nil }
    if !known.isCounted, var allocation = allocations[address] {
      countZdd(of: &allocation)
      allocations[address] = allocation
    }
    return known.serial
  }

  /// `drm_pagemap_folio_free`: a folio's life ends, and it gives back its reference of the zdd.
  private mutating func freeFolio(_ event: borrowing PagemapEvent) {
    recordsFolioFree = true
    guard let page = event.folio, page != 0 else { return }
    if !faultRuns.isEmpty { endFaultRuns(of: page, order: event.order ?? 0) }
    if !moves.isEmpty { forgetMoves(of: page, order: event.order ?? 0) }
    let pages: UInt64 = 1 << min(event.order ?? 0, 20)
    var owner: UInt64?
    let freed = folios.end(at: page)
    if let freed { checkFree(page, freed, event) }
    if let freed, freed.isLive {
      endFolio(of: freed, EventNote(event, .folio, .zdd, .zddRef))
      owner = freed.allocation == 0 ? nil : freed.allocation
    }
    if let zdd = event.zdd, zdd != 0 {
      checkZdd(zdd, of: owner, event)
      owner = noteZdd(zdd, of: owner, event) ?? owner
    }
    count(pages: pages, freedFrom: owner, event)
  }

  /// A freed folio has moved or is unmapped: faults on any of its pages had an end.
  private mutating func endFaultRuns(of page: UInt64, order: UInt64) {
    faultRuns[page] = nil
    guard order > 0 else { return }
    let tails: UInt64 = 1 << min(order, 20)
    if tails < UInt64(faultRuns.count) {
      for tail in 1..<tails { faultRuns[page &+ tail * 64] = nil }
      return
    }
    let end = page &+ tails * 64
    for tail in faultRuns.keys.filter({ page < $0 && $0 < end }) { faultRuns[tail] = nil }
  }

  private mutating func endFolio(of folio: DeviceFolio, _ note: EventNote? = nil) {
    allocations.withValue(of: folio.allocation) { allocation in
      guard allocation.serial == folio.allocationSerial else { return }
      allocation.liveFolios -= 1
      allocation.emptied = allocation.liveFolios == 0 ? note : nil
    }
  }

  /// Learns from a freed folio which zdd it had. Answers the allocation, where it is known.
  private mutating func noteZdd(_ zdd: UInt64, of owner: UInt64?, _ event: borrowing PagemapEvent)
    -> UInt64?
  {
    let note = EventNote(event, .folio, .zdd, .zddRef)
    let references = event.zddRef
    let known = zdds.withValue(of: zdd) { data in
      if let references {
        data.references = references - 1
        data.last = note
      }
      let isLearned = data.allocation == nil && owner != nil
      if isLearned { data.allocation = owner }
      return (allocation: data.allocation, isLearned: isLearned)
    }
    if let known {
      if known.isLearned, let owner { allocations[owner]?.zdd = zdd }
      return known.allocation
    }
    zdds[zdd] = ZoneDeviceData(
      allocation: owner, pgmap: event.pgmap, first: note,
      references: event.zddRef.map { $0 - 1 }, last: note, epoch: epochs.begin(zdd),
      serial: takeSerial())
    if let owner { allocations[owner]?.zdd = zdd }
    return owner
  }

  /// Counts the pages of a freed folio for the direction their content took.
  private mutating func count(
    pages: UInt64, freedFrom owner: UInt64?, _ event: borrowing PagemapEvent
  ) {
    let isCounted = tasks.withValue(of: task(of: event)) { $0.noteDeath(of: pages, in: owner) }
    guard isCounted != true, event.isMigrated == 1 else { return }
    let direction = owner.flatMap { owner in
      allocations.withValue(of: owner) { $0.lastDirection } ?? nil
    }
    statistics.movedToSystem(pages, direction ?? .deviceToSystemByFault)
    if recordsActivity { tasks.withValue(of: task(of: event)) { $0.noteMoved(pages) } }
  }

  /// `drm_pagemap_folio_split`: another folio of the same zdd.
  private mutating func splitFolio(_ event: borrowing PagemapEvent) {
    // The last call of a split has no new folio: it is about the rest of the old one.
    guard let old = event.folio, let new = event.newFolio, new != 0,
      let known = folios.split(old, into: new)
    else { return }
    allocations[known.allocation]?.liveFolios += 1
  }

  // MARK: Moves, where page arrays show them

  /// `migrate_vma_pages` or `migrate_device_pages` returned: entries that are still to be migrated
  /// were. A device page moves once in a life.
  mutating func moved(_ event: borrowing PagemapEvent) {
    // Only where a page's number is known can its free be told from another one's.
    guard vmemmap != nil, event.arrays.count(.source) > 0 else { return }
    let note = EventNote(event, .start, .npages)
    var kept: UInt32?
    for place in 0..<event.arrays.count(.source) {
      guard let entry = event.arrays.entry(.source, place),
        entry & (PageArrays.valid | PageArrays.migrate) == PageArrays.valid | PageArrays.migrate
      else { continue }
      let pfn = PageArrays.pfn(entry)
      guard isDevicePage(pfn) else { continue }
      let number = kept ?? moves.keep(note)
      kept = number
      guard let first = moves.move(pfn, number) else { continue }
      reportMove(of: pfn, first: first, second: note)
    }
  }

  /// Tells the rules of a device page whose content moved or was copied a second time.
  mutating func reportMove(of pfn: UInt64, first: EventNote, second: EventNote) {
    let folio = vmemmap.flatMap { folios[$0 &+ pfn &* 64] }
    let allocation = folio.flatMap { allocations[$0.allocation] }
    observations.append(
      .movedTwice(
        DoubleMove(
          pfn: pfn, first: first, second: second, allocation: allocation,
          device: allocation?.pagemap.flatMap { pagemaps[$0]?.device })))
  }

  private func isDevicePage(_ pfn: UInt64) -> Bool {
    deviceFrames.contains(pfn)
  }

  private mutating func forgetMoves(of page: UInt64, order: UInt64) {
    guard let vmemmap, page >= vmemmap else { return }
    let pfn = (page - vmemmap) / 64
    moves.forget(pfn, count: 1 << min(order, 12))
  }

  /// Learns where the kernel's array of `struct page` begins: a page of a pagemap whose physical
  /// range is known tells it, since the array's base is a multiple of 1 GiB.
  private mutating func learnVmemmap(_ page: UInt64, _ pgmap: UInt64) {
    guard vmemmap == nil, let range = pgmaps[pgmap] else { return }
    let lowest = page &- (range.start >> 12) &* 64
    vmemmap = lowest & ~((1 << 30) - 1)
  }

  // MARK: Device memory and devices

  private mutating func mapDeviceMemory(_ event: borrowing PagemapEvent) {
    if let pgmap = event.pgmap { endedMappings.forget(pgmap) }
    guard let pgmap = event.pgmap, let start = event.start, let end = event.end, end >= start,
      event.pagemapType ?? 1 == 1, pgmaps.count < Self.pagemapLimit
    else { return }
    let (size, overflow) = (end - start).addingReportingOverflow(1)
    let bytes = overflow ? 0 : size / 4096 * 64
    let note = EventNote(event, .pgmap, .start, .owner)
    if let old = pgmaps[pgmap] { unindex(old, pgmap) }
    deviceFrames.add(start >> 12, end >> 12)
    if let owner = event.owner { pgmapsOfOwner.add(pgmap, to: owner) }
    pgmaps[pgmap] = DevicePagemap(
      start: start, end: end, pageBytes: bytes, owner: event.owner, mapped: note)
    statistics.holdPageStructs(bytes, at: event.timestamp)
    noteMemoryActivity(event)
    guard let owner = event.owner, owner != 0 else { return }
    for address in pagemaps(ofPgmap: pgmap) {
      guard let pagemap = pagemaps[address] else { continue }
      if let own = pagemap.owner, own != owner, pagemap.state == .active {
        report(
          Breach(
            .ownerMismatch, reference(pagemap), pagemap, note, since: pagemap.created,
            "the pagemap is made"))
      }
      if pagemap.owner == nil {
        pagemaps[address]?.owner = owner
        index(address, owner: owner)
      }
    }
  }

  /// `memunmap_pages` of memory that is mapped, once: it waits for the last folio.
  private mutating func unmapDeviceMemory(_ event: borrowing PagemapEvent) {
    enter(event, object: event.pgmap ?? 0)
    guard let pgmap = event.pgmap else { return }
    pgmaps[pgmap]?.unmapping = EventNote(event, .pgmap)
    guard pgmaps[pgmap] == nil, let end = endedMappings[pgmap] else { return }
    report(
      Breach(
        .unmappedTwice, ObjectReference(kind: .pagemap, address: end.detail, epoch: end.epoch),
        serial: end.serial, note: EventNote(event, .pgmap), since: end.note, "it is unmapped"))
  }

  private mutating func unmappedDeviceMemory(_ event: borrowing PagemapEvent) {
    let call = leave(event, from: .memunmapPages)
    guard let pgmap = event.pgmap ?? call?.object, pgmap != 0 else { return }
    let note = EventNote(event, .pgmap)
    for address in pagemaps(ofPgmap: pgmap) {
      guard let pagemap = pagemaps[address] else { continue }
      pagemaps[address]?.unmapped = note
      endedMappings.note(
        pgmap, .init(note: note, epoch: pagemap.epoch, serial: pagemap.serial, detail: address))
    }
    guard let known = pgmaps.removeValue(forKey: pgmap) else { return }
    unindex(known, pgmap)
    statistics.releasePageStructs(known.pageBytes, at: event.timestamp)
    noteMemoryActivity(event)
    if let call { statistics.tornDown(from: call.note.time, to: event.timestamp) }
  }

  private mutating func unplug(_ event: borrowing PagemapEvent) {
    guard let drm = event.drm, drm != 0 else { return }
    noteDevice(drm, name: event.device)
    devices[drm]?.unplugged = EventNote(event, .drm)
  }

  // MARK: Address spaces

  private mutating func beginExit(_ event: borrowing PagemapEvent) {
    recordsExitEntry = true
    guard let mm = event.mm, allocationsOfMM.contains(mm) else { return }
    exitedMMs[mm] = EventNote(event, .mm)
  }

  /// `exit_mmap` returned: the process's mappings are gone for good.
  private mutating func exited(_ event: borrowing PagemapEvent) {
    recordsExit = true
    guard let mm = event.mm else { return }
    for parent in elders.removeAll(of: mm) { heirs[parent]?.living.removeAll { $0 == mm } }
    guard allocationsOfMM.contains(mm) else {
      exitedMMs[mm] = nil
      return
    }
    let note = EventNote(event, .mm)
    for address in allocationsOfMM[mm] { allocations[address]?.mmExited = note }
    exitedMMs[mm] = nil
  }
}
