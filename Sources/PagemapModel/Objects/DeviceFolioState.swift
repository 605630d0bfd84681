extension DeviceFolio {
  /// Where a device folio stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// No reference: the driver may use the page again.
    case free
    /// Initialised and locked: the destination of a migration.
    case lockedDestination
    /// In the page tables of a process.
    case mapped
    /// Locked and unmapped: the source of a migration.
    case source
    /// Its content has moved; references keep the folio alive, and it must not move again.
    case retired
  }

  /// What takes a folio from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `zone_device_page_init`.
    case initialise
    /// The migration to the device finalizes.
    case finalize
    /// `migrate_vma_setup` or `migrate_device_pfns` collects it.
    case collect
    /// The migration leaves it where it is.
    case restore
    /// Its content moves.
    case move
    /// `drm_pagemap_folio_free`.
    case free
  }

  /// One epoch of a device folio.
  package static let machine = StateMachine<State, Trigger>(
    "device folio", in: "mm/memremap.c",
    steps: [
      .init(.free, on: .initialise, to: .lockedDestination, by: "zone_device_page_init"),
      .init(.lockedDestination, on: .finalize, to: .mapped, by: "migrate_vma_finalize"),
      .init(.lockedDestination, on: .free, to: .free, by: "drm_pagemap_folio_free"),
      .init(.mapped, on: .collect, to: .source, by: "migrate_vma_setup"),
      .init(.mapped, on: .collect, to: .source, by: "migrate_device_pfns"),
      .init(.source, on: .restore, to: .mapped, by: "migrate_vma_finalize"),
      .init(.source, on: .move, to: .retired, by: "drm_pagemap_retire_migrated_pages"),
      .init(.mapped, .retired, on: .free, to: .free, by: "drm_pagemap_folio_free"),
    ])
}
