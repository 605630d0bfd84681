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
    .on(.migrateUnmapPages) { $0.migrateUnmapPages($1) },
    .on(.unmapArrays) { $0.migrateUnmapPages($1) },
    .on(.migrationUnlockPutPages) { $0.migrationUnlockPutPages($1) },
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
    let hasFailed = event.result ?? 0 != 0
    migrations.collect(
      key, in: entry, isVMA: isVMA, isEmpty: hasFailed || (isVMA && event.cpages ?? 0 == 0), note)
    guard !hasFailed else { return }
    let frames = event.arrays.lockedFrames
    let locked = !isVMA && recording.proves(.migrateDeviceFinalize) ? frames : []
    if !locked.isEmpty { recording.learnLockedFrames() }
    let sources = collect(frames)
    if !locked.isEmpty || !sources.isEmpty {
      migrations.lock(key, in: entry, locked, collected: sources)
    }
    if !isVMA, frames.isEmpty, event.npages ?? 0 > 0,
      event.npages ?? 0 <= UInt64(event.arrays.count(.source))
    {
      migrations.populatedNothing(key, in: entry, note)
    }
  }

  /// `migrate_vma_pages` or `migrate_device_pages` returned: entries that are still to be migrated
  /// were.
  private mutating func moved(_ event: borrowing PagemapEvent) {
    let key = TaskKey(event)
    if let call = tasks.migration(of: key) {
      let note = EventNote(event, .start, .npages)
      let frames = event.arrays.lockedFrames
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
  }

  // MARK: Copy

  private mutating func copy(_ event: borrowing PagemapEvent) {
    if event.kind == .copyToRam {
      observeSecondCopy(event, EventNote(event, .npages, .direction))
    }
    let key = TaskKey(event)
    if tasks.migration(of: key) != nil { migrations.copy(key) }
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
    migrations.map(key, in: call.note.sequence, EventNote(event, .npages, .direction))
  }

  /// `drm_pagemap_migrate_unmap_pages`.
  private mutating func migrateUnmapPages(_ event: borrowing PagemapEvent) {
    migrations.unmap(TaskKey(event))
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
