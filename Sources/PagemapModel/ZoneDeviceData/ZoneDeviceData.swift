/// A `struct drm_pagemap_zdd`: what the `zone_device_data` of device folios points to. A migration
/// to the device allocates it with one reference of its own, and it holds one reference of the
/// pagemap; every folio adds one. When the last goes, the device allocation goes back to the driver
/// and the pagemap is put. Its allocation and its gets are inlined: the model learns its address
/// from a folio that is freed, a CPU fault, or its end.
package struct ZoneDeviceData: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// Allocated by a migration to the device, which holds one reference.
    case unbound
    /// It owns the device allocation; every device folio of it holds a reference.
    case bound
    /// The last reference went: the allocation goes back to the driver, one pagemap reference is put.
    case ended
  }

  /// What takes a zdd from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// The migration hands it the allocation.
    case bind
    /// A folio is initialised with it, or split off one that has it.
    case get
    /// A folio is freed, or the migration returns.
    case put
    /// `drm_pagemap_zdd_destroy`.
    case destroy
  }

  /// The life of a drm_pagemap_zdd. `drm_pagemap_zdd_alloc`, inlined, begins it.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap_zdd", in: "drivers/gpu/drm/drm_pagemap.c",
    steps: [
      .init(.unbound, on: .bind, to: .bound, by: "drm_pagemap_migrate_to_devmem"),
      .init(.bound, on: .get, to: .bound, by: "drm_pagemap_get_devmem_page"),
      .init(.bound, on: .get, to: .bound, by: "drm_pagemap_folio_split"),
      .init(.bound, on: .put, to: .bound, by: "drm_pagemap_folio_free"),
      .init(.bound, on: .put, to: .bound, by: "drm_pagemap_migrate_to_devmem"),
      .init(.unbound, .bound, on: .destroy, to: .ended, by: "drm_pagemap_zdd_destroy"),
    ])

  /// Where it stands.
  package var state: State = .unbound
  /// The allocation it binds; nil where no event has told.
  package var allocation: UInt64?
  /// The pages' `struct dev_pagemap`, where a freed folio told it.
  package var pgmap: UInt64?
  /// The event that first named it.
  package var first: EventNote
  /// References left behind the last event that sampled its count.
  package var references: Int64?
  /// The last event that named it.
  package var last: EventNote
  /// Which life of the address.
  package var epoch: UInt32
  /// Unlike every other life of any object of the trace.
  package var serial: UInt64
}
