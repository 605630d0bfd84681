/// A `struct drm_pagemap_zdd` (drivers/gpu/drm/drm_pagemap.c).
package struct ZoneDeviceData: Sendable {
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
      .init(.bound, on: .destroy, to: .ended, by: "drm_pagemap_zdd_destroy"),
    ])

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

/// Objects that ended a moment ago, by address: an event that still names one came too late.
///
/// Addresses are reused within milliseconds, so an entry is only evidence together with proof that
/// nothing could have begun a new life there.
struct RecentlyEnded {
  /// The end of one object.
  struct End {
    var note: EventNote
    var epoch: UInt32
    var serial: UInt64
    /// What else is to be known: of a zdd how many migrations to the device had been entered by then,
    /// since only these make new zdds; of a peer its owner.
    var detail: UInt64
  }

  private var ends: [UInt64: End] = [:]
  private var order: [UInt64] = []
  private static let limit = 512

  subscript(address: UInt64) -> End? { ends[address] }

  var isEmpty: Bool { ends.isEmpty }

  mutating func note(_ address: UInt64, _ end: End) {
    if ends.updateValue(end, forKey: address) == nil { order.append(address) }
    guard order.count > Self.limit else { return }
    for old in order.prefix(Self.limit / 2) { ends[old] = nil }
    order.removeFirst(Self.limit / 2)
  }

  /// A new life began there.
  mutating func forget(_ address: UInt64) {
    guard !ends.isEmpty, ends.removeValue(forKey: address) != nil else { return }
    order.removeAll { $0 == address }
  }
}
