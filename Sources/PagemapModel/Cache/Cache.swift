/// A `struct drm_pagemap_cache`: the slot that keeps the pagemap of one region of device memory, so
/// that the next VM finds it. `drm_pagemap_cache_create_devm` makes it. Lookups and the store of a
/// new pagemap are guarded by its `lookup_mutex`; the completion `queued` tells a lookup that the
/// slot's pagemap has reached the shrinker's list.
package struct Cache: MachineObject {
  /// What is in the slot.
  package enum State: UInt8, CaseIterable, Sendable {
    /// No pagemap.
    case empty
    /// A pagemap, in use or on the shrinker's list.
    case occupied
    /// `drm_pagemap_cache_fini` ran: the memory is freed.
    case finished
  }

  /// What takes a cache from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_cache_set_pagemap`.
    case set
    /// A lookup or the shrinker takes an unused pagemap out of the slot.
    case clear
    /// `drm_pagemap_cache_fini`.
    case finish
  }

  /// The life of a drm_pagemap_cache. `drm_pagemap_cache_create_devm` begins it in the state `empty`.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap_cache", in: "drivers/gpu/drm/drm_pagemap_util.c",
    steps: [
      .init(.empty, on: .set, to: .occupied, by: "drm_pagemap_cache_set_pagemap"),
      .init(.occupied, on: .clear, to: .empty, by: "drm_pagemap_get_from_cache"),
      .init(.occupied, on: .clear, to: .empty, by: "drm_pagemap_shrinker_scan"),
      .init(.empty, .occupied, on: .finish, to: .finished, by: "drm_pagemap_cache_fini"),
    ])

  /// Where it stands.
  package var state: State = .empty
  /// Unlike every other life of any object of the trace.
  package let serial: UInt64
  /// The pagemap last seen in it or made for it, by address and serial number.
  package var pagemap: UInt64?
  package var pagemapSerial: UInt64 = 0
  /// Its shrinker.
  package var shrinker: UInt64?
  /// The event that stored that pagemap in the slot.
  package var stored: EventNote?
  /// The event that showed the cache's creation; nil where it is older than the recording.
  package var created: EventNote?
  /// The task that holds `lookup_mutex`, and the return that gave it.
  package var holder: (task: TaskKey, note: EventNote)?
  /// The migration that its holder began with the lock; nil while it has begun none.
  package var kept: EventNote?
  /// The last unlock. Behind it, and behind the creation, every lock was recorded.
  package var unlocked: EventNote?

  init(serial: UInt64) { self.serial = serial }
}
