/// The shrinkers: one per device.
package struct ShrinkerRoom: Sendable {
  private var table = ObjectTable<Shrinker>()
  private static let limit = 4096

  /// How many live.
  var count: Int { table.count }
  /// A copy of the shrinker at an address; nil where there is none.
  package subscript(address: UInt64) -> Shrinker? { table[address] }
  /// The addresses, in no order that means anything.
  var addresses: [UInt64] { table.addresses }
  /// Whether a shrinker is known.
  package func contains(_ address: UInt64) -> Bool { table.contains(address) }

  /// Whether one more would be kept.
  var hasRoom: Bool { table.count < Self.limit }

  /// A shrinker that lives, as far as a registered shrinker's own functions tell.
  mutating func begin(_ address: UInt64, serial: UInt64) {
    table.insert(Shrinker(serial: serial), at: address)
  }

  /// A pagemap was put on the list.
  mutating func add(_ address: UInt64) { _ = table.with(address) { $0.step(.add) } }

  /// A pagemap was taken off the list.
  mutating func remove(_ address: UInt64) { _ = table.with(address) { $0.step(.remove) } }

  /// `drm_pagemap_shrinker_count` returned.
  mutating func counted(_ address: UInt64, _ note: EventNote) {
    _ = table.with(address) { $0.lastCount = note }
  }

  /// `drm_pagemap_shrinker_fini`. Answers the shrinker as it is then; nil where none was known.
  mutating func end(_ address: UInt64) -> Shrinker? {
    guard var shrinker = table.remove(address) else { return nil }
    shrinker.step(.finish)
    return shrinker
  }
}
