/// The GPUs, and the memory of theirs that is mapped.
package struct DeviceRoom: Sendable {
  private var table = ObjectTable<Device>()
  private var memory = ObjectTable<MappedMemory>()
  private var memoryOfOwner = MemberIndex()
  private var frames = DeviceFrames()
  /// More devices, or stretches of memory, are not kept.
  private static let limit = 1 << 16

  // MARK: Devices

  /// How many devices it knows.
  var count: Int { table.count }

  /// A device by its `struct drm_device`; nil where no event has named it.
  package subscript(drm: UInt64) -> Device? { table[drm] }

  /// The name of a device as an index of `Names`; nil where it is not known.
  func name(of drm: UInt64) -> UInt64? { table.look(at: drm) { $0.name } ?? nil }

  /// Whether a device was unplugged and not bound again.
  package func isUnplugged(_ drm: UInt64?) -> Bool { drm.map { unplugged($0) != nil } ?? false }

  /// The unplug of a device that was not bound again.
  package func unplugged(_ drm: UInt64) -> EventNote? {
    table.look(at: drm) { $0.unplugged } ?? nil
  }

  /// All devices with their addresses, in the order they appeared.
  var inOrder: [(key: UInt64, value: Device)] {
    table.sorted.sorted { $0.value.order < $1.value.order }
  }

  /// Makes sure that a device is known.
  mutating func note(_ drm: UInt64?, name: UInt64?) {
    guard let drm, drm != 0 else { return }
    if !table.contains(drm) {
      guard table.count < Self.limit else { return }
      table.insert(Device(name: name, order: table.count), at: drm)
    } else if let name {
      _ = table.with(drm) { $0.name = name }
    }
  }

  /// A pagemap is initialised for a device.
  mutating func countPagemap(of drm: UInt64) { _ = table.with(drm) { $0.pagemaps += 1 } }

  /// `drm_dev_unplug`.
  mutating func unplug(_ drm: UInt64, _ note: EventNote) {
    _ = table.with(drm) { device in
      device.step(.unplug)
      device.unplugged = note
    }
  }

  /// The driver binds a device, perhaps once more.
  mutating func bind(_ drm: UInt64) {
    _ = table.with(drm) { device in
      device.step(.bind)
      device.unplugged = nil
    }
  }

  // MARK: Device memory

  /// Whether there is room for one stretch more.
  package var hasRoomForMemory: Bool { memory.count < Self.limit }

  /// The memory behind a `struct dev_pagemap`; nil where its mapping was not recorded.
  package func memory(at pgmap: UInt64) -> MappedMemory? { memory[pgmap] }

  /// The end of memory that was mapped there; nil where none is known.
  package func end(ofMemory pgmap: UInt64) -> RecentlyEnded.End? { memory.ended[pgmap] }

  /// Memory will be mapped there, or was.
  mutating func forgetEnd(ofMemory pgmap: UInt64) { memory.ended.forget(pgmap) }

  /// `memunmap_pages` has returned for the memory of a pagemap's life.
  mutating func noteEnd(ofMemory pgmap: UInt64, _ end: RecentlyEnded.End) {
    memory.ended.note(pgmap, end)
  }

  /// The mapped memory that names an owner group, by `struct dev_pagemap`.
  package func memory(ofOwner owner: UInt64) -> [(pgmap: UInt64, memory: MappedMemory)] {
    memoryOfOwner[owner].compactMap { pgmap in memory[pgmap].map { (pgmap, $0) } }
      .filter { $0.1.owner == owner }
  }

  /// Whether a page frame is device memory.
  func isDeviceFrame(_ frame: UInt64) -> Bool { frames.contains(frame) }

  /// `memremap_pages`.
  mutating func map(_ mapping: MappedMemory, at pgmap: UInt64) {
    if let old = memory[pgmap] { unindex(old, pgmap) }
    frames.add(mapping.start >> 12, mapping.end >> 12)
    if let owner = mapping.owner { memoryOfOwner.add(pgmap, to: owner) }
    memory.insert(mapping, at: pgmap)
  }

  /// `memunmap_pages` was entered.
  mutating func beginUnmap(_ pgmap: UInt64, _ note: EventNote) {
    _ = memory.with(pgmap) { $0.unmapping = note }
  }

  /// `memunmap_pages` has returned. Answers the memory; nil where its mapping was not recorded.
  mutating func unmap(_ pgmap: UInt64) -> MappedMemory? {
    guard let known = memory.remove(pgmap) else { return nil }
    unindex(known, pgmap)
    return known
  }

  private mutating func unindex(_ known: MappedMemory, _ pgmap: UInt64) {
    frames.remove(known.start >> 12, known.end >> 12)
    if let owner = known.owner { memoryOfOwner.remove(pgmap, from: owner) }
  }
}
