import PagemapEvents

/// The steps of a migration within one task: mm/migrate_device.c, and what drm_pagemap.c does
/// between them.
extension World {
  /// Takes in a step of a migration. Answers false where the event is for others as well.
  mutating func applyToMigrationSteps(_ event: borrowing PagemapEvent) -> Bool {
    switch event.kind {
    case .migrateVmaSetupReturn: collected(event, isVMA: true)
    case .migrateDevicePfnsReturn: collected(event, isVMA: false)
    case .copyToDevmem, .copyToRam, .xeSvmCopy: copy(event)
    case .copyToDevmemReturn, .copyToRamReturn, .xeSvmCopyReturn: copied(event)
    case .migrateVmaPagesReturn, .migrateDevicePagesReturn:
      noteMove(event)
      return false
    case .migrateVmaFinalize, .migrateDeviceFinalize: finalize(event)
    case .migrateMapSystemPages: mapPages(event)
    case .mapArraysReturn: mappedPages(event)
    case .migrateUnmapPages, .unmapArrays: unmapPages(event)
    case .migrationUnlockPutPages: clearPages(event)
    case .populateRamPfnMpages: populateRam(event)
    case .migrateRange: checkSource(event)
    default: return false
    }
    return true
  }

  /// The drm_pagemap call that the task's steps belong to; nil where it is in none.
  private func migration(of key: Int32) -> OpenCall? {
    tasks[key]?.calls.last(where: \.kind.isMigration)
  }

  // MARK: Collect, move, finalize

  /// The task's pass in this call, a new one where it has none.
  private func walk(of key: Int32, in call: OpenCall) -> MigrationWalk {
    guard let walk = walks[key], walk.call == call.note.sequence else {
      return MigrationWalk(in: call.note.sequence)
    }
    return walk
  }

  private mutating func collected(_ event: borrowing PagemapEvent, isVMA: Bool) {
    let key = task(of: event)
    guard let call = migration(of: key) else { return }
    let note =
      isVMA
      ? EventNote(event, .start, .cpages, .npages, .result) : EventNote(event, .npages, .result)
    var walk = walk(of: key, in: call)
    if walk.state != .idle { reportUnfinished(walk, key, note) }
    let passes = walk.passes
    walk = MigrationWalk(in: call.note.sequence)
    walk.isVMA = isVMA
    walk.passes = passes + 1
    walk.recordsStart = true
    if walk.passes > 3, call.kind == .evictToRam {
      reportStep(
        .evictionIncomplete, key, note, since: call.note, "the eviction begins", in: call,
        found: Int64(walk.passes))
    }
    // A setup that collects nothing locks nothing.
    if event.result ?? 0 == 0, !isVMA || event.cpages ?? 0 > 0 {
      walk.state = .collected
      walk.since = note
    }
    if !isVMA, event.result ?? 0 == 0 {
      if records.deviceFinalize {
        walk.locked = lockedFrames(event)
        if !walk.locked.isEmpty { locksFrames = true }
      }
      if isWhole(event, .source), lockedFrames(event).isEmpty { walk.populatedNothing = note }
    }
    walks[key] = walk
  }

  /// Page frames whose entries say that they are locked for migration.
  private func lockedFrames(_ event: borrowing PagemapEvent) -> [UInt64] {
    var frames: [UInt64] = []
    let marked = PageArrays.valid | PageArrays.migrate
    for place in 0..<event.arrays.count(.source) {
      guard let entry = event.arrays.entry(.source, place), entry & marked == marked else {
        continue
      }
      frames.append(PageArrays.pfn(entry))
    }
    return frames
  }

  /// Whether the recorded entries are all that the array has.
  private func isWhole(_ event: borrowing PagemapEvent, _ role: PageArrays.Role) -> Bool {
    guard let pages = event.npages, pages > 0 else { return false }
    return pages <= UInt64(event.arrays.count(role))
  }

  private mutating func noteMove(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let call = migration(of: key) else { return }
    let note = EventNote(event, .start, .npages)
    var walk = walk(of: key, in: call)
    if let failed = walk.failedCopy, !lockedFrames(event).isEmpty {
      reportStep(.movedAfterFailedCopy, key, note, since: failed, "the copy fails")
    }
    if walk.recordsStart, walk.state == .idle, walk.passes > 0, let finalized = walk.finalized {
      reportStep(.notFinalized, key, note, since: finalized, "the pass ended here")
    }
    walk.state = .moved
    walk.isVMA = event.kind == .migrateVmaPagesReturn
    walk.since = note
    walk.failedCopy = nil
    walks[key] = walk
  }

  private mutating func finalize(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let call = migration(of: key) else { return }
    let note = EventNote(event, .npages)
    var walk = walk(of: key, in: call)
    walk.state = .idle
    walk.since = nil
    walk.finalized = note
    walk.locked = []
    walk.populatedNothing = nil
    walks[key] = walk
  }

  /// The call that the steps belong to has returned: nothing may be left locked or mapped.
  mutating func endWalk(_ event: borrowing PagemapEvent, _ call: OpenCall) {
    let key = task(of: event)
    guard !walks.isEmpty, let walk = walks[key], walk.call == call.note.sequence else { return }
    let note = EventNote(event, .devmem, .page, .result)
    if walk.state != .idle { reportUnfinished(walk, key, note, in: call) }
    if let mapped = walk.mapped {
      // Where no unmap was ever seen, the compiler may have left no function to probe.
      reportStep(
        .mappingKept, key, note, since: mapped, "pages are mapped", in: call,
        isAmbiguous: !seesUnmap)
    }
    walks[key] = nil
  }

  private mutating func reportUnfinished(
    _ walk: MigrationWalk, _ key: Int32, _ note: EventNote, in call: OpenCall? = nil
  ) {
    guard walk.isVMA ? records.finalize : records.deviceFinalize, let since = walk.since else {
      return
    }
    reportStep(.notFinalized, key, note, since: since, "pages are locked from here on", in: call)
  }

  // MARK: Copy

  private mutating func copy(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    let note = EventNote(event, .npages, .direction)
    if event.kind == .copyToRam { checkSecondCopy(event, note) }
    guard let call = migration(of: key) else { return }
    checkTimeslice(of: call, note)
    if event.kind == .copyToDevmem, call.kind != .migrateToDevmem {
      reportStep(.copyDirection, key, note, since: call.note, "pages are to go to RAM", in: call)
    }
    guard let walk = walks[key] else { return }
    if walk.state != .collected, let since = walk.finalized ?? walk.since, walk.recordsStart {
      reportStep(
        .copyOutsideMigration, key, note, since: since,
        walk.finalized == nil ? "the moves are decided" : "the pass ended here", in: call)
    }
    if let nothing = walk.populatedNothing {
      reportStep(
        .copiedNothing, key, note, since: nothing, "no page is to be migrated", in: call)
    }
  }

  private mutating func copied(_ event: borrowing PagemapEvent) {
    guard let result = event.result, result < 0 else { return }
    let note = EventNote(event, .npages, .result)
    walks.withValue(of: task(of: event)) { $0.failedCopy = note }
  }

  /// A page whose content has moved is copied once more: what is copied is stale.
  private mutating func checkSecondCopy(_ event: borrowing PagemapEvent, _ note: EventNote) {
    guard let vmemmap, !moves.isEmpty else { return }
    for place in 0..<event.arrays.count(.pages) {
      // A page without a destination is named, and not copied: a retired one that was skipped.
      guard let page = event.arrays.entry(.pages, place), page >= vmemmap,
        event.arrays.entry(.addresses, place) ?? 0 != 0
      else { continue }
      let pfn = (page - vmemmap) / 64
      guard let first = moves[pfn] else { continue }
      reportMove(of: pfn, first: first, second: note)
    }
  }

  /// A CPU fault leaves pages where they are until their timeslice is over.
  private mutating func checkTimeslice(of call: OpenCall, _ note: EventNote) {
    guard call.kind == .migrateToRam, let allocation = allocations[call.object],
      allocation.serial == call.serial, let end = allocation.timesliceNoEarlier, note.time < end,
      let bound = allocation.bound
    else { return }
    var breach = Breach(
      .movedInTimeslice, reference(allocation), serial: allocation.serial, note: note,
      since: bound, "the timeslice begins")
    breach.device = allocation.pagemap.flatMap { pagemaps[$0]?.device }
    breach.provedSince = min(breach.provedSince, allocation.created.time)
    breach.earlier.append((call.note, "the CPU fault"))
    breach.expected = Int64(clamping: end)
    report(breach)
  }

  // MARK: Map and unmap

  private mutating func mapPages(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let call = migration(of: key) else { return }
    let note = EventNote(event, .npages, .direction)
    checkTimeslice(of: call, note)
    var walk = walk(of: key, in: call)
    walk.mapped = note
    walk.cleared = nil
    walks[key] = walk
    if let nothing = walk.populatedNothing {
      reportStep(.copiedNothing, key, note, since: nothing, "no page is to be migrated", in: call)
    }
  }

  /// The arrays of what was mapped: where they are whole and empty, nothing was populated.
  private mutating func mappedPages(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let call = migration(of: key), call.kind != .migrateToDevmem, isWhole(event, .mapped)
    else { return }
    for place in 0..<event.arrays.count(.mapped)
    where (event.arrays.entry(.mapped, place) ?? 0) & PageArrays.valid != 0 { return }
    let note = EventNote(event, .npages, .result)
    reportStep(
      .copiedNothing, key, note, since: call.note, "the migration begins", in: call)
  }

  private mutating func unmapPages(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    seesUnmap = true
    let walk = walks.withValue(of: key) { walk in
      defer { (walk.mapped, walk.cleared) = (nil, nil) }
      return (isMapped: walk.mapped != nil, cleared: walk.cleared)
    }
    if let walk, walk.isMapped, let cleared = walk.cleared {
      reportStep(
        .clearedBeforeUnmap, key, EventNote(event, .npages, .direction), since: cleared,
        "the array that names the mapped pages is cleared")
    }
  }

  /// `drm_pagemap_migration_unlock_put_pages` clears the array that it works on: that of the pages
  /// that are mapped, on the way to system memory.
  private mutating func clearPages(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let call = migration(of: key), call.kind != .migrateToDevmem else { return }
    let note = EventNote(event, .npages)
    walks.withValue(of: key) { walk in
      if walk.mapped != nil { walk.cleared = note }
    }
  }

  /// `drm_pagemap_migrate_populate_ram_pfn` counts from 0 in every attempt.
  private mutating func populateRam(_ event: borrowing PagemapEvent) {
    let key = task(of: event)
    guard let count = event.mpages, count != 0, count <= event.npages ?? .max,
      let call = migration(of: key)
    else { return }
    reportStep(
      .copiedNothing, key, EventNote(event, .npages, .mpages), since: call.note,
      "the migration begins", in: call, found: Int64(clamping: count))
  }

  // MARK: Between devices

  /// `drm_pagemap_migrate_range` moves pages of another device only within one owner group.
  private mutating func checkSource(_ event: borrowing PagemapEvent) {
    guard let source = event[.sourcePagemap], source != 0,
      let allocation = allocations[event.devmem ?? 0], let target = allocation.pagemap,
      source != target, let from = pagemaps[source]?.owner, let owner = pagemaps[target]?.owner,
      from != owner, let foreign = pagemaps[source]
    else { return }
    var breach = Breach(
      .foreignMigration, reference(allocation), serial: allocation.serial,
      note: EventNote(event, .devmem, .sourcePagemap), since: foreign.created,
      "the source's pagemap")
    breach.device = foreign.device
    breach.provedSince = min(
      foreign.created.time, allocation.created.time, pagemaps[target]?.created.time ?? .max)
    breach.isAmbiguous = foreign.isAdopted || pagemaps[target]?.isAdopted != false
    report(breach)
  }

  // MARK: Words

  /// A breach about the device allocation that the task works on, or the task where none is known.
  mutating func reportStep(
    _ kind: Breach.Kind, _ key: Int32, _ note: EventNote, since earlier: EventNote,
    _ remark: StaticString, in call: OpenCall? = nil, found: Int64 = 0, isAmbiguous: Bool = false
  ) {
    let call = call ?? migration(of: key)
    var object = ObjectReference(
      kind: .task, address: UInt64(UInt32(bitPattern: note.pid)), epoch: 1)
    var serial = call?.note.sequence.addingReportingOverflow(1 << 62).partialValue ?? takeSerial()
    var device: UInt64?
    if let call, let allocation = allocations[call.object], allocation.serial == call.serial {
      object = reference(allocation)
      serial = allocation.serial
      device = allocation.pagemap.flatMap { pagemaps[$0]?.device }
    } else if let call, call.serial != 0 {
      // It ended within the call.
      object = ObjectReference(
        kind: .deviceAllocation, address: call.object, epoch: epochs.current(call.object))
      object.mm = call.mm == 0 ? nil : call.mm
      serial = call.serial
    }
    var breach = Breach(kind, object, serial: serial, note: note, since: earlier, remark)
    breach.device = device
    breach.found = found
    breach.isAmbiguous = breach.isAmbiguous || isAmbiguous
    if let call {
      breach.provedSince = min(breach.provedSince, call.note.time)
      if call.note.sequence != earlier.sequence {
        breach.earlier.insert((call.note, "the call begins"), at: 0)
      }
    }
    report(breach)
  }

  /// A device allocation as a breach names it.
  func reference(_ allocation: DeviceAllocation) -> ObjectReference {
    var reference = ObjectReference(
      kind: .deviceAllocation, address: allocation.address, epoch: allocation.epoch)
    reference.mm = allocation.mm
    return reference
  }
}

extension PagemapEvent.Kind {
  /// Whether it is the entry of a function that migrates pages.
  var isMigration: Bool {
    switch self {
    case .migrateToDevmem, .migrateToRam, .evictToRam: true
    default: false
    }
  }
}
