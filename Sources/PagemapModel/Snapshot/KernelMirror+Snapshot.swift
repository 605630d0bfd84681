package import PagemapEvents

/// The one place that turns the model into snapshots. Each kind of object has a function here.
extension KernelMirror {
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
    state.liveFolios = recording.knowsFolios ? UInt64(folios.liveCount) : nil
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
    case .device: devices.inOrder.map(\.key)
    case .cache: caches.sorted.map(\.key)
    case .shrinker:
      Set(caches.sorted.compactMap(\.value.shrinker)).union(shrinkers.addresses).sorted()
    case .pagemap: pagemaps.addresses
    case .deviceHold: Set(deviceHolds.all.map(\.pagemap.address)).sorted()
    case .ownerGroup: owners.allGroups.map(\.key)
    case .peer: owners.allPeers.map(\.key)
    case .deviceAllocation: allocations.addresses
    case .zdd: zdds.sorted.map(\.key)
    case .gpusvm: svms.gpusvmAddresses
    case .svmRange: svms.rangeAddresses
    case .svmPages: svms.pagesAddresses
    case .vm: vms.addresses
    case .folio: []
    case .task: tasks.all.map(\.key.address)
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
    case .ownerGroup: owners.group(at: address).map(snapshot)
    case .peer: owners.peer(at: address).map(snapshot)
    case .deviceAllocation: allocations[address].map { snapshot(of: $0, pages) }
    case .zdd: zdds[address].map { snapshot(of: $0, address) }
    case .gpusvm: svms.gpusvm(at: address).map { snapshot(of: $0, address) }
    case .svmRange: svms.range(at: address).map { snapshot(of: $0, address) }
    case .svmPages: svms.pages(at: address).map { snapshot(of: $0, address) }
    case .vm: vms[address].map { snapshot(of: $0, address) }
    case .folio: folios[address].flatMap { snapshot(of: $0, address) }
    case .task: Int32(exactly: Int64(bitPattern: address)).flatMap { task(TaskKey(number: $0)) }
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
    for allocation in allocations.filter({ $0.state != .offered }) {
      let isKnown = recording.knowsFolios && (allocation.folios.areKnown || !allocation.isAdopted)
      let live = pages[allocation.serial] ?? 0
      guard !isKnown || live > 0 else { continue }
      let device = device(of: allocation, names)
      let place = found.firstIndex { $0.mm == allocation.origin.mm && $0.device == device }
      if place == nil { found.append(Residency(mm: allocation.origin.mm, device: device)) }
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
    for allocation in allocations.filter({ $0.state != .offered }) {
      guard let first = allocation.origin.start, let last = allocation.origin.end, first < end,
        start < last,
        mm == nil || allocation.origin.mm == mm
      else { continue }
      let isKnown = recording.knowsFolios && (allocation.folios.areKnown || !allocation.isAdopted)
      let live = pages[allocation.serial] ?? 0
      guard !isKnown || live > 0 else { continue }
      parts.append(
        ResidentPart(
          mm: allocation.origin.mm, start: max(first, start), end: min(last, end),
          device: device(of: allocation, names), allocation: allocation.address,
          epoch: allocation.epoch, pages: isKnown ? live : nil, allocationStart: first,
          allocationEnd: last))
    }
    return parts.sorted {
      ($0.mm ?? 0, $0.start, $0.allocation) < ($1.mm ?? 0, $1.start, $1.allocation)
    }
  }

  private func device(of allocation: DeviceAllocation, _ names: Names) -> String? {
    self.device(of: allocation).flatMap { names[$0] }
  }
}
