import PagemapEvents

/// The holds that pagemaps have of their providers: of those that live, and of those that were released
/// and wait for the work.
package struct DeviceHoldRoom: Sendable {
  /// Those of pagemaps that live, by the pagemap's address.
  private var held = ObjectTable<DeviceHold>()
  /// Those that wait to be dropped, by the serial number of the pagemap's life.
  private var waiting = ObjectTable<DeviceHold>()
  private static let limit = 4096

  /// How many wait to be dropped.
  var count: Int { waiting.count }
  /// Those that wait to be dropped, the oldest life's first.
  package var queued: [DeviceHold] { waiting.sorted.map(\.value) }

  /// The addresses of the pagemaps that have any, lowest first.
  var addresses: [UInt64] {
    Set(held.addresses).union(queued.map(\.address)).sorted()
  }

  /// The holds of all lives of a pagemap's address, the oldest life's first.
  func all(at address: UInt64) -> [DeviceHold] {
    guard !waiting.isEmpty || !held.isEmpty else { return [] }
    let known = waiting.filter { $0.address == address }.sorted { $0.serial < $1.serial }
    return held[address].map { known + [$0] } ?? known
  }

  /// A pagemap's life begins, and its provider is held.
  mutating func begin(_ hold: DeviceHold) { held.insert(hold, at: hold.address) }

  /// The pagemap is gone without a release that was recorded, or could not be made.
  mutating func forget(_ address: UInt64) { held.remove(address) }

  /// The last reference of a pagemap went: its hold waits for the work that drops it.
  mutating func queue(of pagemap: borrowing Pagemap, _ note: EventNote) {
    held.remove(pagemap.address)
    guard waiting.count < Self.limit else { return }
    var hold = DeviceHold(of: pagemap)
    hold.released = note
    hold.step(.queue)
    waiting.insert(hold, at: hold.serial)
  }

  /// `drm_pagemap_dev_unhold_work` drops all that wait. Answers them as they are then.
  mutating func drop() -> [DeviceHold] {
    guard !waiting.isEmpty else { return [] }
    defer { waiting.removeAll() }
    return queued.map { hold in
      var hold = hold
      hold.step(.drop)
      return hold
    }
  }
}
