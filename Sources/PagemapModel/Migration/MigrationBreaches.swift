import PagemapEvents

/// What the steps of a migration rule out: mm/migrate_device.c and drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  // MARK: Collect, move, finalize

  /// An eviction makes three passes at most.
  mutating func checkAttempts(
    _ passes: Int, of call: OpenCall, _ key: TaskKey, _ note: EventNote
  ) {
    guard passes > 3, call.kind == .evictToRam else { return }
    reportStep(
      .evictionIncomplete, key, note, since: call.note, "the eviction begins", in: call,
      found: Int64(passes))
  }

  /// Collected pages that were not finalized when the next pass begins, or when the call returns.
  mutating func reportUnfinished(
    _ pass: MigrationPass, _ key: TaskKey, _ note: EventNote, in call: OpenCall? = nil
  ) {
    guard recording.proves(pass.isVMA ? .migrateVmaFinalize : .migrateDeviceFinalize),
      let since = pass.since
    else { return }
    reportStep(.notFinalized, key, note, since: since, "pages are locked from here on", in: call)
  }

  /// A move behind a copy that failed, or behind the end of the pass.
  mutating func checkMove(
    _ pass: MigrationPass?, _ moved: [UInt64], _ key: TaskKey, _ note: EventNote
  ) {
    guard let pass else { return }
    if let failed = pass.failedCopy, !moved.isEmpty {
      reportStep(.movedAfterFailedCopy, key, note, since: failed, "the copy fails")
    }
    if pass.recordsStart, pass.state == .idle, pass.passes > 0, let finalized = pass.finalized {
      reportStep(.notFinalized, key, note, since: finalized, "the pass ended here")
    }
  }

  /// The call has returned: nothing may be left locked or mapped.
  mutating func checkLeft(
    _ pass: MigrationPass, of call: OpenCall, _ key: TaskKey, _ note: EventNote
  ) {
    if pass.state != .idle { reportUnfinished(pass, key, note, in: call) }
    guard let mapped = pass.mapped else { return }
    // Where no unmap was ever seen, the compiler may have left no function to probe.
    reportStep(
      .mappingKept, key, note, since: mapped, "pages are mapped", in: call,
      isAmbiguous: !recording.seesUnmap)
  }

  // MARK: Copy

  /// A copy in the wrong direction, outside the stretch in which pages are locked, or of nothing.
  mutating func checkCopy(
    of call: OpenCall, _ key: TaskKey, _ kind: PagemapEvent.Kind, _ note: EventNote
  ) {
    if kind == .copyToDevmem, call.kind != .migrateToDevmem {
      reportStep(.copyDirection, key, note, since: call.note, "pages are to go to RAM", in: call)
    }
    guard let pass = migrations.pass(of: key) else { return }
    if !pass.allows(.copy), let since = pass.finalized ?? pass.since, pass.recordsStart {
      reportStep(
        .copyOutsideMigration, key, note, since: since,
        pass.finalized == nil ? "the moves are decided" : "the pass ended here", in: call)
    }
    if let nothing = pass.populatedNothing {
      reportStep(.copiedNothing, key, note, since: nothing, "no page is to be migrated", in: call)
    }
  }

  /// A CPU fault leaves pages where they are until their timeslice is over.
  mutating func checkTimeslice(of call: OpenCall, _ note: EventNote) {
    guard call.kind == .migrateToRam, let allocation = allocations[call.object],
      allocation.serial == call.serial, let end = allocation.timeslice.noEarlier, note.time < end,
      let bound = allocation.bound
    else { return }
    var breach = Breach(
      .movedInTimeslice, reference(allocation), serial: allocation.serial, note: note,
      since: bound, "the timeslice begins")
    breach.device = device(of: allocation)
    breach.provedSince = min(breach.provedSince, allocation.created.time)
    breach.earlier.append((call.note, "the CPU fault"))
    breach.expected = Int64(clamping: end)
    news.report(breach)
  }

  // MARK: What was populated

  /// The arrays of what was mapped: where they are whole and empty, nothing was populated.
  mutating func checkMapped(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let call = tasks.migration(of: key), call.kind != .migrateToDevmem,
      isWhole(event, .mapped)
    else { return }
    for place in 0..<event.arrays.count(.mapped)
    where (event.arrays.entry(.mapped, place) ?? 0) & PageArrays.valid != 0 { return }
    let note = EventNote(event, .npages, .result)
    reportStep(.copiedNothing, key, note, since: call.note, "the migration begins", in: call)
  }

  /// `drm_pagemap_migrate_populate_ram_pfn` counts from 0 in every attempt.
  mutating func checkPopulated(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let count = event.mpages, count != 0, count <= event.npages ?? .max,
      let call = tasks.migration(of: key)
    else { return }
    reportStep(
      .copiedNothing, key, EventNote(event, .npages, .mpages), since: call.note,
      "the migration begins", in: call, found: Int64(clamping: count))
  }

  // MARK: Between devices

  /// `drm_pagemap_migrate_range` moves pages of another device only within one owner group.
  mutating func checkSource(_ event: borrowing PagemapEvent) {
    guard let source = event[.sourcePagemap], source != 0,
      let allocation = allocations[event.devmem ?? 0], let target = allocation.pagemap,
      source != target, let foreign = pagemaps[source], let from = foreign.home.owner,
      let owner = pagemaps.owner(of: target), from != owner
    else { return }
    let own = pagemaps[target]
    var breach = Breach(
      .foreignMigration, reference(allocation), serial: allocation.serial,
      note: EventNote(event, .devmem, .sourcePagemap), since: foreign.created,
      "the source's pagemap")
    breach.device = foreign.home.device
    breach.provedSince = min(
      foreign.created.time, allocation.created.time, own?.created.time ?? .max)
    breach.isAmbiguous = foreign.isAdopted || own?.isAdopted != false
    news.report(breach)
  }

  // MARK: Words

  /// A breach about the device allocation that the task works on, or the task where none is known.
  mutating func reportStep(
    _ kind: Breach.Kind, _ key: TaskKey, _ note: EventNote, since earlier: EventNote,
    _ remark: StaticString, in call: OpenCall? = nil, found: Int64 = 0, isAmbiguous: Bool = false
  ) {
    let call = call ?? tasks.migration(of: key)
    let (object, cause, device) = subject(of: call, note)
    var breach = Breach(kind, object, cause, note: note, since: earlier, remark)
    breach.device = device
    breach.found = found
    breach.isAmbiguous = breach.isAmbiguous || isAmbiguous
    if let call {
      breach.provedSince = min(breach.provedSince, call.note.time)
      if call.note.sequence != earlier.sequence {
        breach.earlier.insert((call.note, "the call begins"), at: 0)
      }
    }
    news.report(breach)
  }

  private func subject(of call: OpenCall?, _ note: EventNote) -> (ObjectReference, Cause, UInt64?) {
    let task = ObjectReference(
      kind: .task, address: UInt64(UInt32(bitPattern: note.pid)), epoch: 1)
    guard let call else { return (task, .event(note.sequence), nil) }
    if let allocation = allocations[call.object], allocation.serial == call.serial {
      return (reference(allocation), .life(allocation.serial), device(of: allocation))
    }
    guard call.serial != 0 else { return (task, .call(call.note.sequence), nil) }
    // It ended within the call.
    var object = ObjectReference(
      kind: .deviceAllocation, address: call.object, epoch: lives.epoch(of: call.object))
    object.mm = call.mm == 0 ? nil : call.mm
    return (object, .life(call.serial), nil)
  }
}
