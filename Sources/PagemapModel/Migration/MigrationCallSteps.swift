import PagemapEvents

/// Migrations as calls, from entry to return: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  static let migrationCallSteps: [StepRow] = [
    .on(.populateMM) { $0.populateMM($1) },
    .on(.populateMMReturn) { $0.populateMMReturn($1) },
    .on(.migrateToDevmem) { $0.migrateToDevmem($1) },
    .on(.migrateToDevmemReturn) { $0.migrateToDevmemReturn($1) },
    .on(.migrateToRam) { $0.migrateToRam($1) },
    .on(.migrateToRamReturn) { $0.migrateToRamReturn($1) },
    .on(.migrateToRamWindowReturn) { $0.statistics.faultWindowReturned($1) },
    .on(.evictToRam) { $0.evictToRam($1) },
    .on(.evictToRamReturn) { $0.evictToRamReturn($1) },
  ]

  // MARK: To the device

  /// `drm_pagemap_populate_mm`.
  private mutating func populateMM(_ event: borrowing PagemapEvent) {
    guard let pagemap = event.dpagemap, pagemap != 0 else { return }
    let note = EventNote(event, .dpagemap, .ref, .start, .end)
    noteLookupLeft(event)
    tasks.populates(TaskKey(event))
    adoptPagemap(pagemap, note)
    var call = OpenCall(kind: event.kind, note: note, object: pagemap)
    call.unplugged = isUnplugged(pagemap)
    enter(call, event)
    if checkUse(pagemap, note, event.ref) { samplePagemap(event) }
  }

  private mutating func populateMMReturn(_ event: borrowing PagemapEvent) {
    _ = leave(event, from: .populateMM)
    samplePagemap(event)
  }

  private func isUnplugged(_ pagemap: UInt64) -> Bool {
    devices.isUnplugged(pagemaps.drm(of: pagemap))
  }

  /// `drm_pagemap_migrate_to_devmem`.
  private mutating func migrateToDevmem(_ event: borrowing PagemapEvent) {
    zdds.enterMigration()
    guard let address = event.devmem, address != 0 else { return }
    let note = EventNote(event, .devmem, .dpagemap, .start, .end)
    if let pagemap = event.dpagemap, pagemap != 0 {
      adoptPagemap(pagemap, note)
      if checkUse(pagemap, note, event.ref) { samplePagemap(event) }
    }
    adoptAllocation(address, note)
    describe(address, event, onlyNew: false)
    allocations.bind(address, event.start, event.end, event.pid, event.timestamp)
    setMM(event.mm, of: address)

    var call = OpenCall(kind: event.kind, note: note, object: address)
    call.start = event.start ?? 0
    call.end = event.end ?? 0
    call.mm = event.mm ?? 0
    call.timesliceMs = event.timesliceMs ?? 0
    let known = allocations.look(at: address) { (serial: $0.serial, pagemap: $0.pagemap) }
    call.serial = known?.serial ?? 0
    if let pagemap = known?.pagemap { call.unplugged = isUnplugged(pagemap) }
    call.overlapped = tasks.noteOverlaps(of: call, by: TaskKey(event))
    enter(call, event)
    statistics.entered(.toDevice)
  }

  private mutating func migrateToDevmemReturn(_ event: borrowing PagemapEvent) {
    let populate = tasks.call(of: TaskKey(event)) { $0.kind == .populateMM }?.note.time
    guard let call = leave(event, from: .migrateToDevmem) else { return }
    endPass(event, call)
    folios.finalize(of: call.serial, by: event.pid)
    let note = EventNote(event, .devmem, .start, .end, .result)
    let result = event.result ?? 0
    let life = allocations.look(at: call.object) { (epoch: $0.epoch, pagemap: $0.pagemap) }
    settle(call, result, note)
    migrations.ended(call, pid: event.pid, at: event.timestamp)
    let pagemap = life?.pagemap ?? call.note.value(of: .dpagemap)
    let device = pagemap.flatMap { pagemaps.device(of: $0) }
    let drm = pagemap.flatMap { pagemaps.drm(of: $0) }
    let pages = call.pagesBorn >= call.pagesFreed ? call.pagesBorn - call.pagesFreed : 0
    let report = MigrationCall(
      entry: call.note, returned: note, result: result, mm: call.mm, start: call.start,
      end: call.end, allocation: call.object, allocationEpoch: life?.epoch ?? 1,
      pagemap: pagemap ?? 0, device: device, timesliceMs: call.timesliceMs, pages: pages,
      pagesAreKnown: recording.knowsFolios, zddEnded: call.zddEnded,
      unpluggedAt: call.unplugged ? drm.flatMap { devices.unplugged($0)?.time } : nil,
      populateEntry: populate, overlapped: call.overlapped)
    statistics.migrated(report, call)
    tellCall(
      call, call.pagesFromDevices > 0 ? .deviceToDevice : .systemToDevice, event,
      pages: report.movedPages, pagemap: pagemap)
    news.observe(.migrationReturned(report))
  }

  /// What became of an allocation when the migration into it returned.
  private mutating func settle(_ call: OpenCall, _ result: Int64, _ note: EventNote) {
    guard let allocation = allocations.migrated(call, result, note) else { return }
    if result == 0 {
      if let zdd = allocation.zdd { zdds.bind(zdd) }
      return countZdd(of: call.object)
    }
    guard allocation.folios.live == 0 else { return }
    // No zdd end was seen: either the call failed before there was a zdd, or, where page inits
    // are not recorded, pages that raced keep it ("Raced while finalizing migration").
    guard !recording.knowsFolios, result == -16 else {
      return drop(call.object, isDetached: true)
    }
    allocations.fail(call.object)
  }

  // MARK: To system memory

  /// `drm_pagemap_migrate_to_ram`: the CPU faults on a device page.
  private mutating func migrateToRam(_ event: borrowing PagemapEvent) {
    guard let page = event.page, page != 0 else { return }
    let note = EventNote(event, .page, .address, .zdd, .devmem)
    var call = OpenCall(kind: event.kind, note: note, object: event.devmem ?? 0)
    call.mm = event.mm ?? 0
    call.page = page
    migrations.beginFault(on: page, by: TaskKey(event), note)
    if let address = event.devmem, address != 0 { touchByFault(event, address, note) }
    let allocation = event.devmem.flatMap { allocations[$0] }
    call.serial = allocation?.serial ?? 0
    // A fault collects all pages of its window, those of other allocations in it, too.
    let size = max(allocation?.origin.size ?? 4096, 4096)
    call.start = (event.address ?? 0) / size * size
    call.end = call.start &+ size
    enter(call, event)
    statistics.entered(.byFault)
    observeFault(event, page, allocation, note)
  }

  private mutating func touchByFault(
    _ event: borrowing PagemapEvent, _ address: UInt64, _ note: EventNote
  ) {
    adoptAllocation(address, note)
    describe(address, event, onlyNew: true)
    allocations.beginFault(address, event.pid, event.timestamp)
    if let mm = event.mm, mm != 0, let own = allocations.look(at: address, { $0.origin.mm }) ?? nil,
      own != mm
    {
      addressSpaces.share(own, with: mm)
    }
    if let zdd = event.zdd, zdd != 0 {
      name(zdd, of: address, note)
      zdds.sample(zdd, event.zddRef)
    }
  }

  private mutating func observeFault(
    _ event: borrowing PagemapEvent, _ page: UInt64, _ allocation: DeviceAllocation?,
    _ note: EventNote
  ) {
    // A timeslice ends by jiffies, which may lag behind the trace's clock.
    let timesliceEnd = (allocation?.timeslice.end).map { $0 &+ Self.jiffiesLag } ?? 0
    let isInTimeslice = note.time < timesliceEnd
    if migrations.hasRun(of: page) { statistics.faultsWithoutProgress += 1 }
    let address = event.address ?? 0
    let run = migrations.fault(
      on: page, at: address, note, isNew: isInTimeslice, keeps: recording.has(.folioFree))
    news.observe(
      .cpuFault(
        CPUFault(
          note: note, page: page, pageEpoch: folios.epoch(of: page) ?? 1, address: address,
          mm: event.mm ?? 0, device: allocation.flatMap { device(of: $0) },
          rangeStart: allocation?.origin.start, rangeMM: allocation?.origin.mm,
          allocationSerial: allocation?.serial ?? 0,
          isInTimeslice: isInTimeslice, timesliceIsKnown: allocation?.hasReturned ?? false,
          run: run)))
  }

  private mutating func migrateToRamReturn(_ event: borrowing PagemapEvent) {
    guard let call = leave(event, from: .migrateToRam) else { return }
    let key = TaskKey(event)
    migrations.endFault(of: key)
    migrations.ended(call, pid: event.pid, at: event.timestamp &+ Self.faultTail)
    // A fault that collects nothing has met a timeslice that is not over.
    if recording.proves(.migrateVmaSetupReturn),
      migrations.pass(of: key, in: call.note.sequence) == nil
    {
      migrations.endRun(of: call.page)
    }
    endPass(event, call)
    allocations.endFault(call.object, event.pid, event.timestamp)
    statistics.left(.byFault, entered: call.note.time, at: event.timestamp)
    tellCall(call, .deviceToSystemByFault, event, pages: call.pagesFreed)
  }

  /// How far jiffies may lag behind, in nanoseconds: two of 10 ms.
  private static var jiffiesLag: UInt64 { 20_000_000 }

  /// How long a task may take from the return of a fault to the put of its page, in nanoseconds.
  static var faultTail: UInt64 { 10_000_000 }
}
