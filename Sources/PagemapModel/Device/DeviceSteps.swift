import PagemapEvents

/// Devices and their mapped memory: drivers/gpu/drm/drm_drv.c and mm/memremap.c.
extension KernelMirror {
  static let deviceSteps: [StepRow] = [
    .on(.memremapPages) { $0.memremapPages($1) },
    .on(.memunmapPages) { $0.memunmapPages($1) },
    .on(.memunmapPagesReturn) { $0.memunmapPagesReturn($1) },
    .on(.drmDevUnplug) { $0.drmDevUnplug($1) },
  ]

  /// `memremap_pages` of device-private memory.
  private mutating func memremapPages(_ event: borrowing PagemapEvent) {
    if let pgmap = event.pgmap { devices.forgetEnd(ofMemory: pgmap) }
    guard let pgmap = event.pgmap, let start = event.start, let end = event.end, end >= start,
      event.pagemapType ?? 1 == 1, devices.hasRoomForMemory
    else { return }
    let (size, overflow) = (end - start).addingReportingOverflow(1)
    let bytes = overflow ? 0 : size / 4096 * 64
    let note = EventNote(event, .pgmap, .start, .owner)
    devices.map(
      MappedMemory(start: start, end: end, pageBytes: bytes, owner: event.owner, mapped: note),
      at: pgmap)
    statistics.holdPageStructs(bytes, at: event.timestamp)
    tellMemory(event)
    guard let owner = event.owner, owner != 0 else { return }
    for address in pagemaps.ofPgmap(pgmap) {
      if pagemaps.owner(of: address) == nil { pagemaps.learnOwner(owner, of: address) }
    }
  }

  /// `memunmap_pages` of memory that is mapped, once: it waits for the last folio.
  private mutating func memunmapPages(_ event: borrowing PagemapEvent) {
    enter(event, object: event.pgmap ?? 0)
    guard let pgmap = event.pgmap else { return }
    devices.beginUnmap(pgmap, EventNote(event, .pgmap))
  }

  private mutating func memunmapPagesReturn(_ event: borrowing PagemapEvent) {
    let call = leave(event, from: .memunmapPages)
    guard let pgmap = event.pgmap ?? call?.object, pgmap != 0 else { return }
    let note = EventNote(event, .pgmap)
    for address in pagemaps.ofPgmap(pgmap) {
      guard let life = pagemaps.unmap(address, note) else { continue }
      devices.noteEnd(
        ofMemory: pgmap,
        .init(note: note, epoch: life.epoch, serial: life.serial, detail: address))
    }
    guard let known = devices.unmap(pgmap) else { return }
    statistics.releasePageStructs(known.pageBytes, at: event.timestamp)
    tellMemory(event)
    if let call { statistics.tornDown(from: call.note.time, to: event.timestamp) }
  }

  private mutating func drmDevUnplug(_ event: borrowing PagemapEvent) {
    guard let drm = event.drm, drm != 0 else { return }
    devices.note(drm, name: event.device)
    devices.unplug(drm, EventNote(event, .drm))
  }

  /// Tells how much memory pagemaps hold now.
  private mutating func tellMemory(_ event: borrowing PagemapEvent) {
    guard news.recordsActivity else { return }
    news.tell(.memory(time: event.timestamp, bytes: statistics.heldBytes))
  }
}
