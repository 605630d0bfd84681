/// A GPU, as its `struct drm_device`. `drm_dev_unplug` ends its use: `drm_dev_enter` fails from
/// there on, so that no pagemap of it is cached and none is migrated to. A driver may bind it again
/// at the same address.
package struct Device: MachineObject {
  /// Whether it is there.
  package enum State: UInt8, CaseIterable, Sendable {
    /// Bound by its driver.
    case present
    /// `drm_dev_unplug` was called: `drm_dev_enter` fails from here on.
    case unplugged
  }

  /// What takes a device from one state to the next.
  package enum Trigger: UInt8, CaseIterable, Sendable {
    /// `drm_dev_unplug`.
    case unplug
    /// The driver binds it, perhaps once more.
    case bind
  }

  /// The life of a drm_device, as far as pagemaps see it.
  package static let machine = StateMachine<State, Trigger>(
    "drm_device", in: "drivers/gpu/drm/drm_drv.c",
    steps: [
      .init(.present, .unplugged, on: .unplug, to: .unplugged, by: "drm_dev_unplug"),
      .init(
        .present, .unplugged, on: .bind, to: .present, by: "drm_pagemap_shrinker_create_devm"),
    ])

  /// Where it stands.
  package var state: State = .present
  /// Its name, as an index of `Names`.
  package var name: UInt64?
  /// Pagemaps initialised for it.
  package var pagemaps: UInt64 = 0
  /// `drm_dev_unplug` was called; nil behind the next binding.
  package var unplugged: EventNote?
  /// Its place in the order of appearance.
  package let order: Int
}

/// A `struct dev_pagemap` that is mapped (mm/memremap.c).
package struct MappedMemory: Sendable {
  /// Physical start and end (inclusive).
  let start: UInt64
  let end: UInt64
  /// Bytes of `struct page` behind it.
  let pageBytes: UInt64
  /// Its owner group.
  package let owner: UInt64?
  /// The event that mapped it.
  package let mapped: EventNote
  /// The entry of the `memunmap_pages` that unmaps it.
  package internal(set) var unmapping: EventNote?
}
