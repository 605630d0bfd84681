/// One epoch of a page of device memory, from `zone_device_page_init` to `drm_pagemap_folio_free`;
/// a large folio has an order, and splits into smaller ones. Its content may move once in an epoch:
/// a folio whose content has moved is retired and may only be skipped, unlocked and freed, by
/// whoever drops the last reference, in any task or a softirq.
package struct DeviceFolio: MachineObject, Equatable {
  /// The allocation it belongs to, by address and serial number; 0 where that is not known.
  package var allocation: UInt64 = 0
  package var allocationSerial: UInt64 = 0
  /// When it was initialised, and the place of that event in the trace.
  package var time: UInt64 = 0
  package var sequence: UInt64 = 0
  /// Where and by whom.
  package var cpu: UInt32 = 0
  package var pid: Int32 = 0
  /// Which life of the page this is, or was.
  package var epoch: UInt32 = 0
  /// log2 of its base pages, at most 31.
  package var order: UInt8 = 0
  /// Where it stands.
  package var state: State = .free

  package init() {}

  /// Whether it lives.
  package var isLive: Bool { state != .free }
}

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
