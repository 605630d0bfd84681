import PagemapEvents

/// The steps of a migration within one task: mm/migrate_device.c, and what drm_pagemap.c does
/// between them.
extension KernelMirror {
  static let migrationSteps: [StepRow] = [
    .on(.migrateVmaSetupReturn) { $0.collected($1, isVMA: true) },
    .on(.migrateDevicePfnsReturn) { $0.collected($1, isVMA: false) },
    .on(.copyToDevmem) { $0.copy($1) },
    .on(.copyToRam) { $0.copy($1) },
    .on(.xeSvmCopy) { $0.copy($1) },
    .on(.copyToDevmemReturn) { $0.copied($1) },
    .on(.copyToRamReturn) { $0.copied($1) },
    .on(.xeSvmCopyReturn) { $0.copied($1) },
    .on(.migrateVmaPagesReturn) { $0.moved($1) },
    .on(.migrateDevicePagesReturn) { $0.moved($1) },
    .on(.migrateVmaFinalize) { $0.finalize($1) },
    .on(.migrateDeviceFinalize) { $0.finalize($1) },
    .on(.migrateMapSystemPages) { $0.migrateMapSystemPages($1) },
    .on(.mapArraysReturn) { $0.checkMapped($1) },
    .on(.migrateUnmapPages) { $0.migrateUnmapPages($1) },
    .on(.unmapArrays) { $0.migrateUnmapPages($1) },
    .on(.migrationUnlockPutPages) { $0.migrationUnlockPutPages($1) },
    .on(.populateRamPfnMpages) { $0.checkPopulated($1) },
    .on(.migrateRange) { $0.checkSource($1) },
  ]

  // MARK: Collect, move, finalize

  /// `migrate_vma_setup` or `migrate_device_pfns` returned.
  private mutating func collected(_ event: borrowing PagemapEvent, isVMA: Bool) {
    let key = TaskKey(event)
    guard let call = tasks.migration(of: key) else { return }
    let entry = call.note.sequence
    let note =
      isVMA
      ? EventNote(event, .start, .cpages, .npages, .result) : EventNote(event, .npages, .result)
    if let open = migrations.pass(of: key, in: entry), open.state != .idle {
      reportUnfinished(open, key, note)
    }
    let hasFailed = event.result ?? 0 != 0
    let passes = migrations.collect(
      key, in: entry, isVMA: isVMA, isEmpty: hasFailed || (isVMA && event.cpages ?? 0 == 0), note)
    checkAttempts(passes, of: call, key, note)
    guard !hasFailed else { return }
    let frames = lockedFrames(event)
    let locked = !isVMA && recording.proves(.migrateDeviceFinalize) ? frames : []
    if !locked.isEmpty { recording.learnLockedFrames() }
    let sources = collect(frames)
    if !locked.isEmpty || !sources.isEmpty {
      migrations.lock(key, in: entry, locked, collected: sources)
    }
    if !isVMA, isWhole(event, .source), frames.isEmpty {
      migrations.populatedNothing(key, in: entry, note)
    }
  }

  /// Page frames whose entries say that they are locked for migration, or moved.
  func lockedFrames(_ event: borrowing PagemapEvent) -> [UInt64] {
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
  func isWhole(_ event: borrowing PagemapEvent, _ role: PageArrays.Role) -> Bool {
    guard let pages = event.npages, pages > 0 else { return false }
    return pages <= UInt64(event.arrays.count(role))
  }

  /// `migrate_vma_pages` or `migrate_device_pages` returned: entries that are still to be migrated
  /// were.
  private mutating func moved(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    if let call = tasks.migration(of: key) {
      let note = EventNote(event, .start, .npages)
      let frames = lockedFrames(event)
      checkMove(migrations.pass(of: key, in: call.note.sequence), frames, key, note)
      migrations.move(
        key, in: call.note.sequence, isVMA: event.kind == .migrateVmaPagesReturn, note,
        moved: frames)
    }
    moveFolios(event)
  }

  /// `migrate_vma_finalize` or `migrate_device_finalize`.
  private mutating func finalize(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let call = tasks.migration(of: key) else { return }
    let kept = migrations.finalize(key, in: call.note.sequence, EventNote(event, .npages))
    restore(kept)
    if call.kind == .migrateToDevmem { folios.finalize(of: call.serial, by: event.pid) }
  }

  /// The call that the steps belong to has returned: nothing may be left locked or mapped.
  mutating func endPass(_ event: borrowing PagemapEvent, _ call: OpenCall) {
    let key = TaskKey(event)
    guard let pass = migrations.end(key, in: call.note.sequence) else { return }
    restore(pass.collected)
    checkLeft(pass, of: call, key, EventNote(event, .devmem, .page, .result))
  }

  // MARK: Copy

  private mutating func copy(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    let note = EventNote(event, .npages, .direction)
    if event.kind == .copyToRam { checkSecondCopy(event, note) }
    guard let call = tasks.migration(of: key) else { return }
    checkTimeslice(of: call, note)
    checkCopy(of: call, key, event.kind, note)
    migrations.copy(key)
  }

  private mutating func copied(_ event: borrowing PagemapEvent) {
    guard let result = event.result, result < 0 else { return }
    migrations.copyFailed(TaskKey(event), EventNote(event, .npages, .result))
  }

  // MARK: Map and unmap

  /// `drm_pagemap_migrate_map_system_pages`.
  private mutating func migrateMapSystemPages(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let call = tasks.migration(of: key) else { return }
    let note = EventNote(event, .npages, .direction)
    checkTimeslice(of: call, note)
    migrations.map(key, in: call.note.sequence, note)
    if let nothing = migrations.pass(of: key)?.populatedNothing {
      reportStep(.copiedNothing, key, note, since: nothing, "no page is to be migrated", in: call)
    }
  }

  /// `drm_pagemap_migrate_unmap_pages`.
  private mutating func migrateUnmapPages(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    if let pass = migrations.unmap(key), pass.isMapped, let cleared = pass.cleared {
      reportStep(
        .clearedBeforeUnmap, key, EventNote(event, .npages, .direction), since: cleared,
        "the array that names the mapped pages is cleared")
    }
  }

  /// `drm_pagemap_migration_unlock_put_pages` clears the array that it works on: that of the pages
  /// that are mapped, on the way to system memory.
  private mutating func migrationUnlockPutPages(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    guard let call = tasks.migration(of: key), call.kind != .migrateToDevmem else { return }
    migrations.clear(key, EventNote(event, .npages))
  }

  // MARK: For rules

  /// Passes through the page migration that tasks have begun and not finalized, by the task,
  /// each with the call that it is part of.
  package var openPasses: [(pass: MigrationPass, call: OpenCall)] {
    migrations.all.compactMap { key, pass in
      guard pass.state != .idle, let call = tasks.migration(of: key) else { return nil }
      return (pass, call)
    }
  }
}
