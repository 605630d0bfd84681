/// A `struct drm_pagemap_shrinker`: the list of a device's pagemaps that have no references, for
/// reclaim under memory pressure. `drm_pagemap_shrinker_create_devm` makes it, before any cache, so
/// that devres ends it after the last of them.
package struct Shrinker: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// Registered with the kernel.
    case live
    /// `drm_pagemap_shrinker_fini` ran: the memory is freed.
    case finished
  }

  /// What takes a shrinker from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_shrinker_add` lengthens the list.
    case add
    /// `drm_pagemap_shrinker_cancel` or `drm_pagemap_shrinker_scan` shortens it.
    case remove
    /// `drm_pagemap_shrinker_fini`, with an empty list.
    case finish
  }

  /// The life of a drm_pagemap_shrinker. `drm_pagemap_shrinker_create_devm` begins it.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap_shrinker", in: "drivers/gpu/drm/drm_pagemap_util.c",
    steps: [
      .init(.live, on: .add, to: .live, by: "drm_pagemap_shrinker_add"),
      .init(.live, on: .remove, to: .live, by: "drm_pagemap_shrinker_cancel"),
      .init(.live, on: .remove, to: .live, by: "drm_pagemap_shrinker_scan"),
      .init(.live, on: .finish, to: .finished, by: "drm_pagemap_shrinker_fini"),
    ])

  /// Where it stands.
  package var state: State = .live
  /// Its `struct drm_device`, where it is known.
  package var drm: UInt64?
  /// The last count it gave.
  package var lastCount: EventNote?
  /// Unlike every other life of any object of the trace.
  package var serial: UInt64

  package init(serial: UInt64) { self.serial = serial }
}
