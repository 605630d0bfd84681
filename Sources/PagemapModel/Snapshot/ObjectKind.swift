import PagemapEvents

/// A kind of objects as its room describes it: how to find them, and what is known of one.
///
/// Snapshots, differences, marks, lives and what objects refer to all come from the description, so that
/// a new property is one line of it.
package protocol ObjectKind: Sendable {
  /// Its name: `device-allocation`.
  var kind: ObjectSnapshot.Kind { get }
  /// The name of an array of such objects for machines: `deviceAllocations`.
  var array: String { get }
  /// The heading of a list of such objects for people: `Device allocations`.
  var title: String { get }
  /// The machine that they step through; nil where they have no states.
  var machine: MachinePicture? { get }
  /// Whether they are told apart by their task, and not by an address.
  var isOfTasks: Bool { get }
  /// Whether a whole state lists them, and whether a difference tells what became of them.
  var isListed: Bool { get }
  var isCompared: Bool { get }
  /// Whether their lives are told apart and followed.
  var hasLives: Bool { get }

  /// The addresses of all of them, in the order that a state shows them.
  func addresses(in mirror: borrowing KernelMirror) -> [UInt64]
  /// How many live; nil where that is not told.
  func count(in mirror: borrowing KernelMirror) -> Int?
  /// Adds those at an address: as a rule one at most.
  func add(
    at address: UInt64, in mirror: borrowing KernelMirror, _ context: SnapshotContext,
    to objects: inout [ObjectSnapshot])
  /// Mixes in what tells the object at an address from itself behind a change of it.
  func mix(at address: UInt64, in mirror: borrowing KernelMirror, _ hasher: inout Hasher)
  /// The life that an address has now; nil where there is none.
  func life(at address: UInt64, in mirror: borrowing KernelMirror) -> ObjectLife?
  /// Adds the addresses that the object at an address refers to.
  func addNeighbours(
    of address: UInt64, in mirror: borrowing KernelMirror, to addresses: inout [UInt64])
}

/// What values of a snapshot need besides the mirror.
package struct SnapshotContext: Sendable {
  /// The device names that events refer to.
  var names: Names
  /// The live pages of allocations by serial number, where they were counted.
  var pages: [UInt64: UInt64]?
}

/// The description of a kind of objects.
struct ObjectDescription<Object: Sendable>: ObjectKind {
  let kind: ObjectSnapshot.Kind
  let array: String
  let title: String
  var machine: MachinePicture?
  var isOfTasks = false
  var isListed = true
  var isCompared = true
  var hasLives = false
  /// The addresses of all, and the object at one of them.
  var all: @Sendable (borrowing KernelMirror) -> [UInt64]
  var find: @Sendable (borrowing KernelMirror, UInt64) -> Object?
  /// More than one object at an address, where there may be several.
  var findSeveral: (@Sendable (borrowing KernelMirror, UInt64) -> [Object])?
  /// How many live.
  var live: @Sendable (borrowing KernelMirror) -> Int? = { _ in nil }
  /// Where it stands.
  var state: @Sendable (Object) -> String? = { _ in nil }
  /// What it stands for, of kinds that have roles.
  var role: @Sendable (Object) -> String? = { _ in nil }
  /// Which life of the address it is.
  var epoch: @Sendable (Object) -> UInt32? = { _ in nil }
  /// What no other life of any object of the trace has; nil where the object is not followed.
  var serial: @Sendable (Object) -> UInt64? = { _ in nil }
  /// Whether its life is over, though the model still knows of it.
  var isOver: @Sendable (Object) -> Bool = { _ in false }
  /// Whether it is known to be older than the recording.
  var isAdopted: @Sendable (Object) -> Bool = { _ in false }
  /// Its device's name, as an index of `Names`.
  var device: @Sendable (Object, borrowing KernelMirror) -> UInt64? = { _, _ in nil }
  /// What is known of it.
  var properties: [ObjectProperty<Object>]

  func addresses(in mirror: borrowing KernelMirror) -> [UInt64] { all(mirror) }
  func count(in mirror: borrowing KernelMirror) -> Int? { live(mirror) }

  func add(
    at address: UInt64, in mirror: borrowing KernelMirror, _ context: SnapshotContext,
    to objects: inout [ObjectSnapshot]
  ) {
    if let findSeveral {
      for object in findSeveral(mirror, address) {
        objects.append(snapshot(of: object, address, mirror, context))
      }
    } else if let object = find(mirror, address) {
      objects.append(snapshot(of: object, address, mirror, context))
    }
  }

  private func snapshot(
    of object: Object, _ address: UInt64, _ mirror: borrowing KernelMirror,
    _ context: SnapshotContext
  ) -> ObjectSnapshot {
    var known: [ObjectSnapshot.Property] = []
    known.reserveCapacity(properties.count)
    for property in properties {
      known.append(
        .init(
          property.name, property.label, property.value(object, mirror, context),
          isQuiet: property.isQuiet))
    }
    return ObjectSnapshot(
      kind, address, epoch: epoch(object), state: state(object), isOver: isOver(object), known)
  }

  func mix(at address: UInt64, in mirror: borrowing KernelMirror, _ hasher: inout Hasher) {
    let several = findSeveral?(mirror, address)
    for object in several ?? find(mirror, address).map({ [$0] }) ?? [] {
      hasher.combine(epoch(object))
      hasher.combine(serial(object))
      hasher.combine(state(object))
      for property in properties where !property.isQuiet {
        if let mix = property.mix {
          mix(object, &hasher)
        } else {
          hasher.combine(property.value(object, mirror, .init(names: Names(), pages: nil)))
        }
      }
    }
  }

  func life(at address: UInt64, in mirror: borrowing KernelMirror) -> ObjectLife? {
    guard let object = find(mirror, address), let serial = serial(object) else { return nil }
    return ObjectLife(
      kind: kind, address: address, epoch: epoch(object), serial: serial, state: state(object),
      role: role(object), isOver: isOver(object), isAdopted: isAdopted(object),
      device: device(object, mirror))
  }

  func addNeighbours(
    of address: UInt64, in mirror: borrowing KernelMirror, to addresses: inout [UInt64]
  ) {
    guard let object = find(mirror, address) else { return }
    for property in properties where property.isFollowed {
      switch property.value(object, mirror, .init(names: Names(), pages: nil)) {
      case .address(let address): addresses.append(address)
      case .addresses(let several): addresses += several
      default: break
      }
    }
  }
}

extension ObjectDescription where Object: MachineObject {
  /// The description of objects that step through a machine: it tells their states.
  init(
    _ kind: ObjectSnapshot.Kind, array: String, title: String,
    all: @escaping @Sendable (borrowing KernelMirror) -> [UInt64],
    find: @escaping @Sendable (borrowing KernelMirror, UInt64) -> Object?,
    properties: [ObjectProperty<Object>]
  ) {
    (self.kind, self.array, self.title) = (kind, array, title)
    (self.all, self.find, self.properties) = (all, find, properties)
    machine = Object.machine.picture
    state = { Object.machine.name(of: $0.state) }
  }
}

extension ObjectDescription {
  /// The description with some of what it leaves open.
  func with(_ change: (inout Self) -> Void) -> Self {
    var copy = self
    change(&copy)
    return copy
  }
}
