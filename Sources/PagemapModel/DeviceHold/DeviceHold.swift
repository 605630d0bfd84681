/// A `struct drm_pagemap_dev_hold`: a pagemap's hold of its provider's device and module, one for
/// each life of the pagemap. It is dropped by a work item that serves all holds that are queued
/// then, on any CPU, perhaps when the pagemap was destroyed or revived long ago.
/// `drm_pagemap_dev_hold` begins it.
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
  /// The pagemap's address, and which life of it this hold is of.
  package let address: UInt64
  package let epoch: UInt32
  /// The serial number of that life.
  package let serial: UInt64
  /// The device's name, as an index of `Names`, and the pagemap's owner group, as the release found them.
  package var device: UInt64?
  package var owner: UInt64?
  /// The release; nil while the pagemap lives.
  package var released: EventNote?

  init(of pagemap: borrowing Pagemap) {
    (address, epoch, serial) = (pagemap.address, pagemap.epoch, pagemap.serial)
    (device, owner) = (pagemap.home.device, pagemap.home.owner)
  }
}
