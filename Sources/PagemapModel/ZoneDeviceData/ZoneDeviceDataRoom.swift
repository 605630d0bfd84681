/// The zdds that live, as far as events named them: most are known once a folio of theirs is freed.
package struct ZoneDeviceDataRoom: Sendable {
  private var table = ObjectTable<ZoneDeviceData>()
  /// Migrations to the device that were entered, and allocations offered for them: only these make
  /// new zdds.
  package private(set) var migrationsEntered: UInt64 = 0
  /// Whether the zdd that a freed folio names is of the folio's own pagemap, as far as that is known ahead
  /// of the event's steps.
  package private(set) var isNamedRight = false
  /// Whether the end of any zdd is known.
  package private(set) var hasEnds = false
  /// The last zdd that was found to be one of its folio's own pagemap.
  private var right: Question?

  /// A zdd, the device memory of a folio that has it, and how many migrations had been entered by then.
  private struct Question: Equatable, Sendable {
    var zdd: UInt64
    var pgmap: UInt64
    var migrations: UInt64
  }

  // MARK: Looking

  /// How many live.
  var count: Int { table.count }
  /// A copy of the zdd at an address; nil where none is known.
  package subscript(address: UInt64) -> ZoneDeviceData? { table[address] }
  /// All zdds with their addresses, lowest first.
  package var sorted: [(key: UInt64, value: ZoneDeviceData)] { table.sorted }

  /// The allocation that a zdd binds; nil where it is not known.
  package func allocation(of address: UInt64) -> UInt64? {
    table.look(at: address) { $0.allocation } ?? nil
  }

  /// Whether a zdd is known.
  func contains(_ address: UInt64) -> Bool { table.contains(address) }

  /// How a zdd that was at this address ended; nil where that is not known.
  package func end(of address: UInt64) -> RecentlyEnded.End? { table.ended[address] }

  // MARK: Lives

  /// A migration to the device is entered, or an allocation offered for one.
  mutating func enterMigration() { migrationsEntered &+= 1 }

  /// A life begins, or is met for the first time.
  mutating func begin(_ zdd: ZoneDeviceData, at address: UInt64) { table.insert(zdd, at: address) }

  /// A zdd may be at this address again.
  mutating func forgetEnd(of address: UInt64) {
    table.ended.forget(address)
    hasEnds = !table.ended.isEmpty
  }

  /// Keeps the end of a zdd's life.
  mutating func noteEnd(of address: UInt64, _ end: RecentlyEnded.End) {
    table.ended.note(address, end)
    hasEnds = true
  }

  /// `drm_pagemap_zdd_destroy`: the last reference went. Answers the zdd as it is then; nil where
  /// none is known.
  @discardableResult
  mutating func end(_ address: UInt64) -> ZoneDeviceData? {
    guard var zdd = table.remove(address) else { return nil }
    zdd.step(.destroy)
    return zdd
  }

  // MARK: Steps

  /// The allocation that a zdd binds is known.
  mutating func learnAllocation(_ allocation: UInt64, of address: UInt64) {
    _ = table.with(address) { $0.allocation = allocation }
  }

  /// The migration that made a zdd returned, or gave it a folio: it owns its allocation.
  mutating func bind(_ address: UInt64) { _ = table.with(address) { $0.step(.bind) } }

  /// A fault sampled its references.
  mutating func sample(_ address: UInt64, _ references: Int64?) {
    _ = table.with(address) { $0.references = references }
  }

  /// A folio is initialised with it, or split off one that has it.
  mutating func get(_ address: UInt64) {
    _ = table.with(address) { zdd in
      if zdd.state == .unbound { zdd.step(.bind) }
      zdd.step(.get)
    }
  }

  /// A folio of the allocation `owner` is freed, and gives its reference back; `count` is what the event
  /// sampled before. Answers the zdd's allocation and whether it was learned; nil where no such zdd is
  /// known.
  mutating func put(_ address: UInt64, count: Int64?, of owner: UInt64?, _ note: EventNote)
    -> (allocation: UInt64?, isLearned: Bool)?
  {
    table.with(address) { zdd in
      if zdd.state == .unbound { zdd.step(.bind) }
      zdd.step(.put)
      if let count {
        zdd.references = count &- 1
        zdd.last = note
      }
      let isLearned = zdd.allocation == nil && owner != nil
      if isLearned { zdd.allocation = owner }
      return (zdd.allocation, isLearned)
    }
  }

  // MARK: Folios' zdds

  /// A freed folio in this device memory names its zdd. Answers whether that was found to be of the folio's
  /// own pagemap, and no other can have its address since.
  @inline(__always)
  mutating func isRight(_ zdd: UInt64, of pgmap: UInt64) -> Bool {
    isNamedRight = right == Question(zdd: zdd, pgmap: pgmap, migrations: migrationsEntered)
    return isNamedRight
  }

  /// The zdd of a folio in this device memory is of the folio's own pagemap.
  mutating func noteRight(_ zdd: UInt64, of pgmap: UInt64) {
    right = Question(zdd: zdd, pgmap: pgmap, migrations: migrationsEntered)
    isNamedRight = true
  }
}
