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
    switch event.kind {
    case .exitMmapReturn:
      let mm = event.mm
      addresses.formUnion(allocations.filter { $0.origin.mm == mm }.map(\.address))
    case .memremapPages, .memunmapPagesReturn:
      for pgmap in addresses { addresses.formUnion(pagemaps.ofPgmap(pgmap)) }
    case .devUnholdWork: addresses.formUnion(deviceHolds.all.map(\.pagemap.address))
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

  /// What the objects at an address refer to.
  private func neighbours(of address: UInt64) -> [UInt64] {
    var found: [UInt64?] = []
    if let pagemap = pagemaps[address] {
      found += [pagemap.home.cache, pagemap.home.owner, pagemap.home.peer, pagemap.home.drm]
    }
    if let cache = caches[address] { found += [cache.pagemap, cache.shrinker] }
    if let peer = owners.peer(at: address) {
      found += [peer.owner, peer.pagemap]
      found += peer.slots.map(\.pagemap)
    }
    if let allocation = allocations[address] { found += [allocation.pagemap, allocation.zdd] }
    if let zdd = zdds[address] { found.append(zdd.allocation) }
    if let folio = folios[address] { found.append(folio.allocation) }
    if let pages = svms.pages(at: address) { found.append(pages.pagemap) }
    if let range = svms.range(at: address) { found.append(range.gpusvm) }
    return found.compactMap(\.self).filter { $0 != 0 }
  }

  /// A number that differs, almost surely, when an object of these kinds at the address differs in
  /// what a difference of snapshots would show. It costs a look-up for each kind.
  package func mark(of address: UInt64, _ kinds: [ObjectSnapshot.Kind]) -> Int {
    var hasher = Hasher()
    for kind in kinds {
      switch kind {
      case .pagemap: if let object = pagemaps[address] { Self.mix(object, &hasher) }
      case .deviceAllocation: if let object = allocations[address] { Self.mix(object, &hasher) }
      case .ownerGroup: if let object = owners.group(at: address) { Self.mix(object, &hasher) }
      case .peer:
        guard let peer = owners.peer(at: address) else { continue }
        hasher.combine(peer.serial)
        hasher.combine(peer.pagemap)
        for slot in peer.slots { hasher.combine(slot.pagemap) }
      case .zdd:
        guard let zdd = zdds[address] else { continue }
        hasher.combine(zdd.serial)
        hasher.combine(zdd.allocation)
        hasher.combine(zdd.references)
      case .device:
        hasher.combine(devices[address]?.pagemaps)
        hasher.combine(devices[address]?.unplugged?.sequence)
      case .cache:
        hasher.combine(caches[address]?.pagemap)
        hasher.combine(caches[address]?.shrinker)
      case .shrinker: hasher.combine(shrinkers[address]?.lastCount?.sequence)
      case .deviceHold:
        for hold in deviceHolds.all where hold.pagemap.address == address {
          hasher.combine(hold.pagemap.epoch)
        }
      case .gpusvm: hasher.combine(svms.gpusvm(at: address)?.state)
      case .svmRange: hasher.combine(svms.range(at: address)?.state)
      case .vm: hasher.combine(vms[address]?.state)
      case .svmPages:
        hasher.combine(svms.pages(at: address)?.pagemap)
        hasher.combine(svms.pages(at: address)?.flagged?.sequence)
      case .folio:
        hasher.combine(folios[address]?.state)
        hasher.combine(folios[address]?.epoch)
      case .task: break
      }
    }
    return hasher.finalize()
  }

  private static func mix(_ pagemap: Pagemap, _ hasher: inout Hasher) {
    hasher.combine(pagemap.serial)
    hasher.combine(pagemap.state)
    hasher.combine(pagemap.references.sample?.value)
    hasher.combine(pagemap.references.sample?.slack)
    hasher.combine(pagemap.references.explained)
    hasher.combine(pagemap.references.slots.count)
    hasher.combine(pagemap.references.zdds)
    hasher.combine(pagemap.home.device)
    hasher.combine(pagemap.home.drm)
    hasher.combine(pagemap.home.cache)
    hasher.combine(pagemap.home.owner)
    hasher.combine(pagemap.home.peer)
    hasher.combine(pagemap.home.pgmap)
    hasher.combine(pagemap.fate.unmapped?.sequence)
  }

  private static func mix(_ allocation: DeviceAllocation, _ hasher: inout Hasher) {
    hasher.combine(allocation.serial)
    hasher.combine(allocation.state)
    hasher.combine(allocation.folios.live)
    hasher.combine(allocation.folios.areKnown)
    hasher.combine(allocation.pagemap)
    hasher.combine(allocation.zdd)
    hasher.combine(allocation.origin.mm)
    hasher.combine(allocation.origin.start)
    hasher.combine(allocation.origin.end)
    hasher.combine(allocation.origin.size)
    hasher.combine(allocation.timeslice.end)
    hasher.combine(allocation.bound?.sequence)
    hasher.combine(allocation.stuck?.sequence)
    hasher.combine(allocation.mmExited?.sequence)
  }

  private static func mix(_ group: OwnerGroup, _ hasher: inout Hasher) {
    hasher.combine(group.epoch)
    hasher.combine(group.vmPeers)
    hasher.combine(group.pagemapPeers)
    hasher.combine(group.unknownPeers)
  }
}
