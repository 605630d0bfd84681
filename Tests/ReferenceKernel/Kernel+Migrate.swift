/// The arrays of one migration, as mm/migrate_device.c works on them.
///
/// An entry stands for a page, or for a large folio at its head; what the kernel leaves empty behind
/// a head is not kept.
final class Migration: @unchecked Sendable {
  struct Entry {
    /// Where it is mapped, for migrations of a virtual range.
    var address: UInt64
    /// Base pages that the entry covers.
    var pages: UInt64
    var source: Folio?
    var target: Folio?
    /// `MIGRATE_PFN_MIGRATE` of the source.
    var migrates = false
    /// `MIGRATE_PFN_WRITE` of the source.
    var isWritable = false
  }

  var entries: [Entry] = []
  /// `migrate->fault_page`
  var faultFolio: Folio?
  /// The address of the `struct migrate_vma`, on the stack.
  var address: UInt64 = 0
  var start: UInt64 = 0
  var pages: UInt64 = 0

  var collected: UInt64 { entries.reduce(0) { $0 + ($1.migrates ? $1.pages : 0) } }

  // MARK: The arrays as probes read them

  static func entry(_ folio: Folio?, _ migrates: Bool, _ isWritable: Bool) -> UInt64 {
    guard let folio else { return migrates ? 2 : 0 }
    return folio.frame << 6 | 1 | (migrates ? 2 : 0) | (isWritable ? 8 : 0)
      | (folio.order > 0 ? 16 : 0)
  }

  /// The first 16 entries of an array, under the names that start with `prefix`.
  func array(_ prefix: String, _ value: (Entry) -> UInt64) -> [(String, UInt64)] {
    var fields: [(String, UInt64)] = []
    var place: UInt64 = 0
    for entry in entries where place < 16 {
      fields.append((prefix + "\(place)", value(entry)))
      place += entry.pages
    }
    return fields
  }

  var sources: [(String, UInt64)] {
    array("s") {
      Self.entry($0.source, $0.migrates, $0.isWritable)
        | ($0.source == nil && $0.migrates && $0.pages > 1 ? 16 : 0)
    }
  }
  var targets: [(String, UInt64)] {
    array("d") { $0.target.map { Self.entry($0, false, false) } ?? 0 }
  }
}

/// mm/migrate_device.c.
extension Kernel {
  // MARK: migrate_vma_setup

  /// `migrate_vma_setup`: collects, locks and unmaps.
  ///
  /// - Parameters:
  ///   - owner: whose device pages are taken (`pgmap_owner`).
  ///   - takesSystem: whether pages of system memory and holes are taken.
  func setUp(
    _ task: KernelTask, _ migration: Migration, _ mm: AddressSpace, _ start: UInt64,
    _ end: UInt64, owner: Owner?, takesSystem: Bool
  ) async throws {
    migration.address = 0xff2f_a71f_8000_0000 + UInt64(task.pid) * 0x4000 + 0x880
    migration.start = start
    migration.pages = (end - start) / 4096
    try await emit(task, "migrate_vma_setup") {
      [
        ("args", migration.address), ("start", start), ("end", end),
        ("owner", owner?.address ?? 0), ("flags", takesSystem ? 0xf : 0xe),
        ("fault_page", migration.faultFolio?.page ?? 0),
      ]
    }
    try await invalidate(task, mm, start, end, event: 6)
    collect(migration, mm, start, end, owner, takesSystem)
    mm.invalidations -= 1
    try await step(task)
    try await unmap(task, migration)
    try await emit(task, "migrate_vma_setup_ret") {
      [
        ("args", migration.address), ("cpages", migration.collected),
        ("npages", migration.pages), ("start", start), ("ret", 0),
      ]
    }
  }

  /// `migrate_vma_collect`, page by page under the page table's lock.
  private func collect(
    _ migration: Migration, _ mm: AddressSpace, _ start: UInt64, _ end: UInt64, _ owner: Owner?,
    _ takesSystem: Bool
  ) {
    var address = start
    while address < end {
      guard let mapping = mm.entries[address] else {
        // An empty page-table page is one entry, flagged as compound.
        let order = mm.windows.first { $0.start <= address && address < $0.end }?.order ?? 0
        migration.entries.append(.init(address: address, pages: 1 << order, migrates: true))
        address += 4096 << order
        continue
      }
      let folio = mapping.folio
      var entry = Migration.Entry(address: address, pages: folio.pages, isWritable: true)
      let isWanted = folio.zdd.map { $0.pagemap.peer.owner === owner } ?? takesSystem
      if !mapping.isMigrating, isWanted, folio === migration.faultFolio || !folio.isLocked {
        folio.isLocked = true
        folio.references += 1
        replaceByMigrationEntry(mapping)
        entry.source = folio
        entry.migrates = true
      }
      migration.entries.append(entry)
      address += folio.pages * 4096
    }
  }

  /// `migrate_device_unmap`: what others hold stays where it is.
  private func unmap(_ task: KernelTask, _ migration: Migration) async throws {
    let mapped = migration.entries.flatMap { $0.source?.mappings ?? [] }.filter {
      !$0.isMigrating
    }
    var spaces: [AddressSpace] = []
    for mapping in mapped where !spaces.contains(where: { $0 === mapping.mm }) {
      spaces.append(mapping.mm)
    }
    for mm in spaces {
      try await invalidate(
        task, mm, 0, .max, event: 1, only: mapped.filter { $0.mm === mm }.map(\.address))
    }
    defer { for mm in spaces { mm.invalidations -= 1 } }
    for place in migration.entries.indices {
      guard let folio = migration.entries[place].source else { continue }
      tryToMigrate(folio)
      let extra =
        1 + (folio === migration.faultFolio ? 1 : 0) + (folio.zdd != nil ? 1 : 0)
      guard folio.references - extra > folio.mapCount else { continue }
      migration.entries[place].migrates = false
    }
    for place in migration.entries.indices where !migration.entries[place].migrates {
      guard let folio = migration.entries[place].source else { continue }
      removeMigrationEntries(folio, folio)
      migration.entries[place].source = nil
      if folio !== migration.faultFolio { folio.isLocked = false }
      try await put(task, folio)
    }
  }

  /// `migrate_device_pfns`: by page frame, whoever maps them.
  func setUpFrames(_ task: KernelTask, _ migration: Migration, _ devmem: Devmem) async throws {
    migration.pages = devmem.pages
    var offset: UInt64 = 0
    while offset < devmem.pages {
      let folio = devmem.pagemap.device.folios[devmem.firstFrame + offset]
      let pages = folio?.pages ?? 1
      var entry = Migration.Entry(address: 0, pages: pages)
      if let folio, folio.references > 0, !folio.isLocked {
        folio.isLocked = true
        folio.references += 1
        entry.source = folio
        entry.migrates = true
      }
      migration.entries.append(entry)
      offset += pages
    }
    try await step(task)
    try await unmap(task, migration)
    try await emit(task, "migrate_device_pfns_ret") {
      [("npages", devmem.pages), ("ret", 0)] + migration.sources
    }
  }

  // MARK: migrate_vma_pages, migrate_device_pages

  /// `__migrate_device_pages`: content and state go from source to target.
  func movePages(_ task: KernelTask, _ migration: Migration, _ mm: AddressSpace?) async throws {
    if mm == nil {
      try await emit(task, "migrate_device_pages") {
        [("npages", migration.pages)] + migration.sources + migration.targets
      }
    }
    for place in migration.entries.indices {
      let entry = migration.entries[place]
      guard entry.target != nil else {
        migration.entries[place].migrates = false
        continue
      }
      guard let source = entry.source else {
        // A hole is filled, unless somebody else was faster.
        if entry.migrates, let mm, mm.entries[entry.address] != nil {
          migration.entries[place].migrates = false
        } else if entry.migrates, let mm, let target = entry.target {
          map(target, mm, entry.address)
        }
        continue
      }
      let expected = 1 + (source === migration.faultFolio ? 1 : 0)
      if entry.migrates, source.references != expected { migration.entries[place].migrates = false }
      // Others look at pages of system memory now and then.
      if source.zdd == nil, random.oneIn(50) { migration.entries[place].migrates = false }
    }
    if mm == nil {
      try await emit(task, "migrate_device_pages_ret") {
        [("npages", migration.pages)] + migration.sources
      }
    } else {
      try await emit(task, "migrate_vma_pages_ret") {
        [
          ("migrate", migration.address), ("start", migration.start),
          ("npages", migration.pages),
        ] + migration.sources + migration.targets
      }
    }
  }

  // MARK: migrate_vma_finalize, migrate_device_finalize

  /// `__migrate_device_finalize`: page tables get what there is to map, locks and references go.
  func finalise(_ task: KernelTask, _ migration: Migration, isRange: Bool) async throws {
    if isRange {
      try await emit(task, "migrate_vma_finalize") { [("migrate", migration.address)] }
    } else {
      try await emit(task, "migrate_device_finalize") { [("npages", migration.pages)] }
    }
    for entry in migration.entries {
      guard let source = entry.source else {
        if let target = entry.target { try await unlockAndPut(task, target) }
        continue
      }
      var target = source
      if let wanted = entry.target {
        if entry.migrates { target = wanted } else { try await unlockAndPut(task, wanted) }
      }
      removeMigrationEntries(source, target)
      if source !== migration.faultFolio { source.isLocked = false }
      try await put(task, source)
      if target !== source { try await unlockAndPut(task, target) }
    }
  }

  /// `drm_pagemap_migration_unlock_put_folio`, and what finalising does with a target.
  func unlockAndPut(_ task: KernelTask, _ folio: Folio) async throws {
    folio.isLocked = false
    try await put(task, folio)
  }
}
