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
  /// Whether the life is over, though the model still knows of it.
  package var isOver = false
  /// Whether it is known to be older than the recording.
  package var isAdopted = false
  /// The device's name, as an index of `Names`.
  package var device: UInt64?
}

extension ObjectLife {
  /// Names of states, made once: they are asked for at every event.
  struct StateNames: Sendable {
    private let pagemap = Pagemap.State.allCases.map { "\($0)" }
    private let allocation = DeviceAllocation.State.allCases.map { "\($0)" }

    subscript(state: Pagemap.State) -> String { pagemap[Int(state.rawValue)] }
    subscript(state: DeviceAllocation.State) -> String { allocation[Int(state.rawValue)] }
    subscript(state: GPUSVM.State) -> String { state == .live ? "live" : "finished" }
    subscript(state: SVMRange.State) -> String { state == .inTree ? "inTree" : "removed" }
    subscript(state: XeVM.State) -> String {
      switch state {
      case .open: "open"
      case .closed: "closed"
      case .finished: "finished"
      }
    }
  }

  static let names = StateNames()
}

extension KernelMirror {
  /// The kinds whose lives are told apart. Folios are too many, and tasks have none.
  package static let kindsWithLives: [ObjectSnapshot.Kind] = [
    .cache, .shrinker, .pagemap, .ownerGroup, .peer, .deviceAllocation, .zdd, .gpusvm, .svmRange,
    .vm,
  ]

  /// The life of this kind that an address has now; nil where there is none.
  package func life(of kind: ObjectSnapshot.Kind, at address: UInt64) -> ObjectLife? {
    func life(
      _ epoch: UInt32?, _ serial: UInt64, _ state: String? = nil, isOver: Bool = false
    ) -> ObjectLife {
      ObjectLife(
        kind: kind, address: address, epoch: epoch, serial: serial, state: state, isOver: isOver)
    }
    switch kind {
    case .cache: return caches[address].map { life(nil, $0.serial) }
    case .shrinker: return shrinkers[address].map { life(nil, $0.serial) }
    case .pagemap:
      return pagemaps[address].map { pagemap in
        var life = life(
          pagemap.epoch, pagemap.serial, ObjectLife.names[pagemap.state],
          isOver: pagemap.state == .destroyed)
        life.isAdopted = pagemap.isAdopted
        life.device = pagemap.home.device
        return life
      }
    case .ownerGroup: return owners.group(at: address).map { life($0.epoch, UInt64($0.epoch)) }
    case .peer:
      return owners.peer(at: address).map {
        life($0.epoch, $0.serial, $0.role == .vm ? "vm" : "pagemap")
      }
    case .deviceAllocation:
      return allocations[address].map { allocation in
        var life = life(
          allocation.epoch, allocation.serial, ObjectLife.names[allocation.state],
          isOver: allocation.state == .detached)
        life.isAdopted = allocation.isAdopted
        life.device = allocation.pagemap.flatMap { pagemaps.device(of: $0) }
        return life
      }
    case .zdd: return zdds[address].map { life($0.epoch, $0.serial) }
    case .gpusvm:
      return svms.gpusvm(at: address).map {
        life($0.epoch, $0.serial, ObjectLife.names[$0.state], isOver: $0.state == .finished)
      }
    case .svmRange:
      return svms.range(at: address).map {
        life($0.epoch, $0.serial, ObjectLife.names[$0.state], isOver: $0.state == .removed)
      }
    case .vm:
      return vms[address].map {
        life($0.epoch, $0.serial, ObjectLife.names[$0.state], isOver: $0.state == .finished)
      }
    case .device, .deviceHold, .svmPages, .folio, .task: return nil
    }
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
