package import PagemapEvents

extension PagemapEvent {
  /// Calls `body` with every value of the event that is an address, or a word of flags.
  @inline(__always)
  package func forEachAddress(_ body: (UInt64) -> Void) {
    var rest = present
    while rest != 0 {
      let bit = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
      rest &= rest - 1
      guard let field = Field(rawValue: bit), let value = self[field], value != 0,
        field.style == .hexadecimal
      else { continue }
      body(value)
    }
  }
}

/// Which objects an event may change, told without looking at all of them.
extension KernelMirror {
  /// The addresses of all objects that the event could change: those it names, those that its task
  /// is busy with, and what these refer to.
  package func addressesTouched(by event: borrowing PagemapEvent) -> Set<UInt64> {
    var addresses: Set<UInt64> = []
    event.forEachAddress { addresses.insert($0) }
    addresses.formUnion(addressesInHand(of: TaskKey(event)))
    addresses.formUnion(foliosInHand(of: event))
    switch event.kind {
    case .exitMmapReturn:
      let mm = event.mm
      addresses.formUnion(allocations.filter { $0.origin.mm == mm }.map(\.address))
    case .memremapPages, .memunmapPagesReturn:
      for pgmap in addresses { addresses.formUnion(pagemaps.ofPgmap(pgmap)) }
    case .devUnholdWork: addresses.formUnion(deviceHolds.queued.map(\.address))
    default: break
    }
    var edge = addresses
    for _ in 0..<3 {
      edge = Set(edge.flatMap(neighbours)).subtracting(addresses)
      addresses.formUnion(edge)
    }
    return addresses
  }

  /// What a task's open calls and its lookup are about.
  private func addressesInHand(of key: TaskKey) -> [UInt64] {
    guard let task = tasks[key] else { return [] }
    let others = [task.lookup?.cache, task.lookup?.result, task.creating, task.joining]
    return (task.calls.map(\.object) + others.compactMap(\.self)).filter { $0 != 0 }
  }

  /// The device folios that an event's page arrays name, and those that its task's migration has
  /// collected.
  private func foliosInHand(of event: borrowing PagemapEvent) -> [UInt64] {
    guard let vmemmap = recording.vmemmap.value else { return [] }
    let frames = event.arrays.lockedFrames + (migrations.pass(of: TaskKey(event))?.collected ?? [])
    return frames.filter { devices.isDeviceFrame($0) }.map { vmemmap &+ $0 &* 64 }
  }

  /// What the objects at an address refer to.
  private func neighbours(of address: UInt64) -> [UInt64] {
    var found: [UInt64] = []
    for kind in Rooms.kinds where !kind.isOfTasks {
      kind.addNeighbours(of: address, in: self, to: &found)
    }
    return found
  }

  /// A number that differs, almost surely, when an object of these kinds at the address differs in
  /// what a difference of snapshots would show. It costs a look-up for each kind.
  package func mark(of address: UInt64, _ kinds: [ObjectSnapshot.Kind]) -> Int {
    var hasher = Hasher()
    for kind in kinds { Rooms.byName[kind]?.mix(at: address, in: self, &hasher) }
    return hasher.finalize()
  }
}
