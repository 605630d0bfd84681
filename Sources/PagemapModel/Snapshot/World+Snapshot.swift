package import PagemapEvents

/// The one place that turns the model into snapshots. Each kind of object has a function here.
extension World {
  /// All that the model knows right now. `names` are the device names that events refer to.
  package func snapshot(names: Names) -> WorldSnapshot {
    let pages = livePages()
    var state = WorldSnapshot()
    for kind in ObjectSnapshot.Kind.allCases where kind != .folio {
      for address in addresses(of: kind) {
        if let object = object(kind, at: address, names, pages) { state.objects.append(object) }
      }
    }
    state.residency = residency(names, pages)
    state.liveFolios = knowsFolios ? UInt64(folios.liveCount) : nil
    return state
  }

  /// The objects that are at an address now, of whatever kind; tasks have no address.
  package func objects(at address: UInt64, names: Names) -> [ObjectSnapshot] {
    ObjectSnapshot.Kind.allCases.compactMap { kind in
      kind == .task ? nil : object(kind, at: address, names, nil)
    }
  }

  /// The addresses of a kind's objects, in the order that a state shows them.
  private func addresses(of kind: ObjectSnapshot.Kind) -> [UInt64] {
    switch kind {
    case .device: devices.sorted { $0.value.order < $1.value.order }.map(\.key)
    case .cache: caches.keys.sorted()
    case .shrinker: Set(caches.values.compactMap(\.shrinker)).union(shrinkers.keys).sorted()
    case .pagemap: pagemaps.keys.sorted()
    case .deviceHold: Set(deviceHolds.values.map(\.pagemap.address)).sorted()
    case .ownerGroup: groups.keys.sorted()
    case .peer: peers.keys.sorted()
    case .deviceAllocation: allocations.keys.sorted()
    case .zdd: zdds.keys.sorted()
    case .gpusvm: gpusvms.keys.sorted()
    case .svmRange: ranges.keys.sorted()
    case .svmPages: svmPages.keys.sorted()
    case .vm: vms.keys.sorted()
    case .folio: []
    case .task: tasks.keys.sorted().map { UInt64(bitPattern: Int64($0)) }
    }
  }

  /// The object of a kind at an address; nil where there is none. `pages` are the live pages of
  /// allocations by serial number, where they were counted.
  private func object(
    _ kind: ObjectSnapshot.Kind, at address: UInt64, _ names: Names, _ pages: [UInt64: UInt64]?
  ) -> ObjectSnapshot? {
    switch kind {
    case .device: devices[address].map { snapshot(of: $0, address, names) }
    case .cache: caches[address].map { snapshot(of: $0, address) }
    case .shrinker: shrinker(at: address)
    case .pagemap: pagemaps[address].map { snapshot(of: $0, names) }
    case .deviceHold: deviceHolds.isEmpty ? nil : deviceHold(at: address, names)
    case .ownerGroup: groups[address].map(snapshot)
    case .peer: peers[address].map(snapshot)
    case .deviceAllocation: allocations[address].map { snapshot(of: $0, pages) }
    case .zdd: zdds[address].map { snapshot(of: $0, address) }
    case .gpusvm: gpusvms[address].map { snapshot(of: $0, address) }
    case .svmRange: ranges[address].map { snapshot(of: $0, address) }
    case .svmPages: svmPages[address].map { svmPages(address, holding: $0) }
    case .vm: vms[address].map { snapshot(of: $0, address) }
    case .folio: folios[address].flatMap { snapshot(of: $0, address) }
    case .task: Int32(exactly: Int64(bitPattern: address)).flatMap(task)
    }
  }

  /// Live base pages of every allocation, by its serial number.
  private func livePages() -> [UInt64: UInt64] {
    var pages: [UInt64: UInt64] = [:]
    folios.forEachLive { _, folio in
      guard folio.allocationSerial != 0 else { return }
      pages[folio.allocationSerial, default: 0] += 1 << UInt64(folio.order)
    }
    return pages
  }

  // MARK: Residency

  private func residency(_ names: Names, _ pages: [UInt64: UInt64]) -> [Residency] {
    var found: [Residency] = []
    for allocation in allocations.values where allocation.state != .offered {
      let isKnown = knowsFolios && (allocation.hasFolios || !allocation.isAdopted)
      let live = pages[allocation.serial] ?? 0
      guard !isKnown || live > 0 else { continue }
      let device = device(of: allocation, names)
      let place = found.firstIndex { $0.mm == allocation.mm && $0.device == device }
      if place == nil { found.append(Residency(mm: allocation.mm, device: device)) }
      let index = place ?? found.count - 1
      found[index].allocations += 1
      found[index].pages += live
      if !isKnown { found[index].unknownAllocations += 1 }
    }
    return found.sorted { ($0.mm ?? 0, $0.device ?? "") < ($1.mm ?? 0, $1.device ?? "") }
  }

  /// Which allocations hold pages of a range of virtual addresses, by address space, then address.
  /// `mm` is the address space; nil for all.
  package func residents(
    from start: UInt64, to end: UInt64, mm: UInt64?, names: Names
  ) -> [ResidentPart] {
    let pages = livePages()
    var parts: [ResidentPart] = []
    for allocation in allocations.values where allocation.state != .offered {
      guard let first = allocation.start, let last = allocation.end, first < end, start < last,
        mm == nil || allocation.mm == mm
      else { continue }
      let isKnown = knowsFolios && (allocation.hasFolios || !allocation.isAdopted)
      let live = pages[allocation.serial] ?? 0
      guard !isKnown || live > 0 else { continue }
      parts.append(
        ResidentPart(
          mm: allocation.mm, start: max(first, start), end: min(last, end),
          device: device(of: allocation, names), allocation: allocation.address,
          epoch: allocation.epoch, pages: isKnown ? live : nil, allocationStart: first,
          allocationEnd: last))
    }
    return parts.sorted {
      ($0.mm ?? 0, $0.start, $0.allocation) < ($1.mm ?? 0, $1.start, $1.allocation)
    }
  }

  private func device(of allocation: DeviceAllocation, _ names: Names) -> String? {
    allocation.pagemap.flatMap { pagemaps[$0]?.device }.flatMap { names[$0] }
  }
}
