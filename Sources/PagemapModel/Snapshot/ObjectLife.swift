package import PagemapEvents

/// One life of one object, as it stands behind an event.
package struct ObjectLife: Hashable, Sendable {
  /// What it is.
  package var kind: ObjectSnapshot.Kind
  /// Its address.
  package var address: UInt64
  /// Which life of the address; nil for kinds whose lives are not counted.
  package var epoch: UInt32?
  /// What tells this life from the others of the address.
  package var serial: UInt64
  /// Where it stands, for kinds that have states: `active`.
  package var state: String?
  /// What it stands for, of kinds of objects that have roles: `vm`.
  package var role: String?
  /// Whether the life is over, though the model still knows of it.
  package var isOver = false
  /// Whether it is known to be older than the recording.
  package var isAdopted = false
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
}

extension KernelMirror {
  /// The kinds whose lives are told apart. Folios are too many, and tasks have none.
  package static let kindsWithLives: [ObjectSnapshot.Kind] = followed.map(\.kind)
  private static let followed = Rooms.kinds.filter(\.hasLives)

  /// The life of this kind that an address has now; nil where there is none.
  package func life(of kind: ObjectSnapshot.Kind, at address: UInt64) -> ObjectLife? {
    Rooms.byName[kind]?.life(at: address, in: self)
  }

  /// The lives that an address has now, of all kinds whose lives are told apart.
  package func lives(at address: UInt64) -> [ObjectLife] {
    Self.followed.compactMap { $0.life(at: address, in: self) }
  }

  /// Adds the addresses whose lives an event may begin, change or end: those it names, those that
  /// its task is busy with, and allocations and their zdds by each other.
  package func addLives(touchedBy event: borrowing PagemapEvent, to addresses: inout Set<UInt64>) {
    event.forEachAddress { addresses.insert($0) }
    for call in tasks[TaskKey(event)]?.calls ?? [] where call.object != 0 {
      addresses.insert(call.object)
    }
    for address in addresses {
      if let allocation = zdds.allocation(of: address), allocation != 0 {
        addresses.insert(allocation)
      }
      if let zdd = allocations.zdd(of: address) { addresses.insert(zdd) }
    }
  }
}
