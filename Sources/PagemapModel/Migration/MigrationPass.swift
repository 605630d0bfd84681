/// One pass of a task through the page migration of mm, within `drm_pagemap_migrate_to_devmem`,
/// `drm_pagemap_migrate_to_ram` or `drm_pagemap_evict_to_ram`. A call makes one pass, an eviction
/// up to three. The source pages are locked and unmapped from collecting to finalizing, and copies
/// belong between collecting and moving. A setup that collects nothing is followed by nothing.
package struct MigrationPass: MachineObject {
  /// Where the pass stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// No page is collected.
    case idle
    /// Source pages are locked and unmapped.
    case collected
    /// The moves are decided: what could move has moved.
    case moved
  }

  /// What takes a pass from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `migrate_vma_setup` or `migrate_device_pfns` collects pages.
    case collect
    /// The driver copies.
    case copy
    /// `migrate_vma_pages` or `migrate_device_pages`.
    case move
    /// `migrate_vma_finalize` or `migrate_device_finalize`.
    case finalize
  }

  /// The steps of a pass.
  package static let machine = StateMachine<State, Trigger>(
    "migration", in: "mm/migrate_device.c",
    steps: [
      .init(.idle, on: .collect, to: .collected, by: "migrate_vma_setup"),
      .init(.idle, on: .collect, to: .collected, by: "migrate_device_pfns"),
      .init(.collected, on: .copy, to: .collected, by: "copy_to_devmem, copy_to_ram"),
      .init(.collected, on: .move, to: .moved, by: "migrate_vma_pages"),
      .init(.collected, on: .move, to: .moved, by: "migrate_device_pages"),
      .init(.moved, on: .finalize, to: .idle, by: "migrate_vma_finalize"),
      .init(.moved, on: .finalize, to: .idle, by: "migrate_device_finalize"),
    ])

  /// The call that it is part of, by the place of that one's entry in the trace: a call within a
  /// call has passes of its own.
  package var call: UInt64
  /// Whether it goes by addresses of a process (`migrate_vma_setup`) or by page frames
  /// (`migrate_device_pfns`): they are finalized by different functions.
  package var isVMA = true
  /// Where it stands.
  package var state: State = .idle
  /// The event that brought it there.
  package var since: EventNote?
  /// The event that finalized the last pass.
  package var finalized: EventNote?
  /// Pages are mapped for DMA since this event (`drm_pagemap_migrate_map_system_pages`).
  package var mapped: EventNote?
  /// The array that names the mapped pages was cleared by this event, while they were mapped
  /// (`drm_pagemap_migration_unlock_put_pages`).
  package var cleared: EventNote?
  /// A copy of this pass failed.
  package var failedCopy: EventNote?
  /// This pass populated no page of system memory, as the first entries of its arrays show.
  package var populatedNothing: EventNote?
  /// Whether its beginning was recorded.
  package var recordsStart = false
  /// How many passes the call has begun.
  package var passes = 0
  /// Page frames that this pass has locked, as far as the arrays show.
  var locked: [UInt64] = []
  /// Page frames of device folios that it has collected and not moved, as far as the arrays show.
  var collected: [UInt64] = []

  init(in call: UInt64) { self.call = call }
}

extension MigrationPass {
  /// A pass begins: `note` collects pages, none where `isEmpty`. Setup that collects nothing locks
  /// nothing.
  mutating func begin(isVMA: Bool, isEmpty: Bool, _ note: EventNote) {
    let count = passes + 1
    self = MigrationPass(in: call)
    self.isVMA = isVMA
    passes = count
    recordsStart = true
    guard !isEmpty else { return }
    step(.collect)
    since = note
  }

  /// The moves are decided.
  mutating func move(isVMA: Bool, _ note: EventNote) {
    if !step(.move) { recover(to: .moved) }
    self.isVMA = isVMA
    since = note
    failedCopy = nil
  }

  /// The pages are unlocked.
  mutating func finalize(_ note: EventNote) {
    if !step(.finalize) { recover(to: .idle) }
    since = nil
    finalized = note
    locked = []
    collected = []
    populatedNothing = nil
  }
}
