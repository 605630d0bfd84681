/// A `struct drm_pagemap_dev_hold`: a pagemap's hold of its provider's device and module, one for
/// each life (drivers/gpu/drm/drm_pagemap.c).
package struct DeviceHold: MachineObject {
  /// Where it stands.
  package enum State: UInt8, CaseIterable, Sendable {
    /// The pagemap lives, and the provider with it.
    case held
    /// The pagemap was released: the hold waits for the work that drops it.
    case queued
    /// The work dropped it.
    case dropped
  }

  /// What takes a hold from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_pagemap_release` queues it.
    case queue
    /// `drm_pagemap_dev_unhold_work` drops it.
    case drop
  }

  /// The life of a drm_pagemap_dev_hold. `drm_pagemap_dev_hold` begins it in the state `held`.
  package static let machine = StateMachine<State, Trigger>(
    "drm_pagemap_dev_hold", in: "drivers/gpu/drm/drm_pagemap.c",
    steps: [
      .init(.held, on: .queue, to: .queued, by: "drm_pagemap_release"),
      .init(.queued, on: .drop, to: .dropped, by: "drm_pagemap_dev_unhold_work"),
    ])

  /// Where it stands.
  package var state: State = .held
  /// The pagemap as it was when it was released.
  package var pagemap: Pagemap
  /// The release.
  package var released: EventNote
}
