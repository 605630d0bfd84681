import PagemapEvents

/// The holds that pagemaps have of their providers, by the serial number of the pagemap's life.
package struct DeviceHoldRoom: Sendable {
  private var table = ObjectTable<DeviceHold>()
  private static let limit = 4096

  /// How many there are.
  var count: Int { table.count }
  /// Whether there is none.
  var isEmpty: Bool { table.isEmpty }
  /// The holds, the oldest life's first.
  package var all: [DeviceHold] { table.sorted.map(\.value) }

  /// The last reference of a pagemap went: its hold waits for the work that drops it.
  mutating func queue(_ hold: DeviceHold) {
    guard table.count < Self.limit else { return }
    var hold = hold
    hold.step(.queue)
    table.insert(hold, at: hold.pagemap.serial)
  }

  /// `drm_pagemap_dev_unhold_work` drops all holds that are queued.
  mutating func drop() { table.removeAll() }
}

/// The work that drops holds: drivers/gpu/drm/drm_pagemap.c.
extension KernelMirror {
  static let deviceHoldSteps: [StepRow] = [
    .on(.devUnholdWork) { mirror, _ in mirror.deviceHolds.drop() }
  ]

  /// A release queues the hold of the provider for the work that drops it.
  mutating func holdProvider(of address: UInt64, _ note: EventNote) {
    guard recording.proves(.devUnholdWork), let pagemap = pagemaps[address] else { return }
    deviceHolds.queue(DeviceHold(pagemap: pagemap, released: note))
  }
}
