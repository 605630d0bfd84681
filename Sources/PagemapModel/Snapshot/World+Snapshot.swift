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
    state.liveFolios = knowsFolios ? UInt64(max(0, liveFolioCount)) : nil
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
    case .shrinker: Set(caches.values.compactMap(\.shrinker)).union(shrinkerCounts.keys).sorted()
    case .pagemap: pagemaps.keys.sorted()
    case .ownerGroup: groups.keys.sorted()
    case .peer: peers.keys.sorted()
    case .deviceAllocation: allocations.keys.sorted()
    case .zdd: zdds.keys.sorted()
    case .svmPages: svmPages.keys.sorted()
    case .folio: folios.keys.sorted()
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
    case .ownerGroup: groups[address].map(snapshot)
    case .peer: peers[address].map(snapshot)
    case .deviceAllocation: allocations[address].map { snapshot(of: $0, pages) }
    case .zdd: zdds[address].map { snapshot(of: $0, address) }
    case .svmPages:
      svmPages[address].map {
        ObjectSnapshot(.svmPages, address, [Property("pagemap", "pagemap", .address($0))])
      }
    case .folio: folios[address].flatMap { snapshot(of: $0, address) }
    case .task: Int32(exactly: Int64(bitPattern: address)).flatMap(task)
    }
  }

  private typealias Property = ObjectSnapshot.Property

  // MARK: Devices, caches, shrinkers

  private func snapshot(of device: Device, _ address: UInt64, _ names: Names) -> ObjectSnapshot {
    ObjectSnapshot(
      .device, address, state: device.unplugged == nil ? "present" : "unplugged",
      [
        Property("name", "name", word(device.name, names)),
        Property("pagemaps", "pagemaps made", .count(Int64(clamping: device.pagemaps))),
        Property("unplugged", "unplugged", event(device.unplugged), isQuiet: true),
      ])
  }

  private func snapshot(of cache: Cache, _ address: UInt64) -> ObjectSnapshot {
    let held = cache.pagemap.flatMap { pagemaps[$0] }
    let isSame = held?.serial == cache.pagemapSerial
    return ObjectSnapshot(
      .cache, address, state: cache.pagemap == nil ? "empty" : "filled",
      [
        Property("pagemap", "pagemap", pointer(cache.pagemap)),
        Property(
          "pagemapState", "which is", isSame ? held.map { .word("\($0.state)") } : nil,
          isQuiet: true),
        Property("shrinker", "shrinker", pointer(cache.shrinker)),
      ])
  }

  private func shrinker(at address: UInt64) -> ObjectSnapshot? {
    let count = shrinkerCounts[address]
    guard count != nil || caches.values.contains(where: { $0.shrinker == address }) else {
      return nil
    }
    let number = count?.keptFields.first { $0.field == .result }.map { Int64(bitPattern: $0.value) }
    return ObjectSnapshot(
      .shrinker, address, state: count == nil ? "uncounted" : "counted",
      [
        // SHRINK_EMPTY (include/linux/shrinker.h) is -2: there is nothing on the list.
        Property("queued", "queued pagemaps", number.map { .count($0 == -2 ? 0 : $0) }),
        Property("countedAt", "counted", event(count), isQuiet: true),
      ])
  }

  // MARK: Pagemaps and those who share them

  private func snapshot(of pagemap: Pagemap, _ names: Names) -> ObjectSnapshot {
    ObjectSnapshot(
      .pagemap, pagemap.address, epoch: pagemap.epoch, state: "\(pagemap.state)",
      [
        Property("device", "device", word(pagemap.device, names)),
        Property("drm", "drm", pointer(pagemap.drm)),
        Property("cache", "cache", pointer(pagemap.cache)),
        Property("owner", "owner", pointer(pagemap.owner)),
        Property("peer", "peer", pointer(pagemap.peer)),
        Property("pgmap", "pgmap", pointer(pagemap.pgmap)),
        Property("older", "older than the recording", .flag(pagemap.isAdopted)),
        Property("ledger", "refs", pagemap.sample.map { .ledger(ledger(of: pagemap, $0)) }),
        Property("began", "began", event(pagemap.created)),
        Property("released", "released", event(pagemap.released), isQuiet: true),
        Property("destroyed", "destroyed", event(pagemap.destroyedBy), isQuiet: true),
        Property("unmapped", "unmapped", event(pagemap.unmapped)),
      ])
  }

  /// Who holds a pagemap's references, by the last sample of its count.
  private func ledger(of pagemap: Pagemap, _ sample: Pagemap.Sample) -> ReferenceLedger {
    var holders: [ReferenceLedger.Holder] = []
    if !pagemap.slots.isEmpty {
      holders.append(
        .init(
          kind: "VM slot", count: Int64(pagemap.slots.count),
          addresses: Array(pagemap.slots.map(\.peer).sorted().prefix(8))))
    }
    if pagemap.zdds > 0 { holders.append(.init(kind: "zdd", count: pagemap.zdds)) }
    if pagemap.svmPages > 0 {
      holders.append(.init(kind: "drm_gpusvm_pages", count: pagemap.svmPages))
    }
    let level = pagemap.levels.first
    var pids: [Int32] = []
    for note in [level?.below, level?.reached] {
      if let pid = note?.pid, !pids.contains(pid) { pids.append(pid) }
    }
    return ReferenceLedger(
      references: sample.value, sampledAt: sample.note.moment, holders: holders,
      unattributed: pagemap.unattributed ?? 0, appearedAfter: level?.below?.moment,
      appearedBefore: level?.reached.moment, tasksThen: pids.map(String.init))
  }

  private func snapshot(of group: OwnerGroup) -> ObjectSnapshot {
    ObjectSnapshot(
      .ownerGroup, group.address, epoch: group.epoch,
      [
        Property("vmPeers", "VM peers", .count(Int64(group.vmPeers))),
        Property("pagemapPeers", "pagemap peers", .count(Int64(group.pagemapPeers))),
        Property("unknownPeers", "unknown peers", .count(group.unknownPeers)),
        Property(
          "mostPeers", "most peers at a time", .count(Int64(group.mostPeers)), isQuiet: true),
        Property("idleSince", "without a VM since", event(group.idleSince), isQuiet: true),
      ])
  }

  private func snapshot(of peer: Peer) -> ObjectSnapshot {
    ObjectSnapshot(
      .peer, peer.address, epoch: peer.epoch, state: "\(peer.role)",
      [
        Property("owner", "owner", .address(peer.owner)),
        Property("pagemap", "pagemap", pointer(peer.pagemap)),
        Property("slots", "slots", .addresses(peer.slots.map(\.pagemap))),
        Property("drm", "drm", pointer(peer.drm)),
        Property("joined", "joined", event(peer.joined)),
      ])
  }

  // MARK: Device memory

  private func snapshot(of allocation: DeviceAllocation, _ pages: [UInt64: UInt64]?)
    -> ObjectSnapshot
  {
    let isKnown = knowsFolios && (allocation.hasFolios || !allocation.isAdopted)
    let live = isKnown ? pages.map { $0[allocation.serial] ?? 0 } : nil
    return ObjectSnapshot(
      .deviceAllocation, allocation.address, epoch: allocation.epoch,
      state: "\(allocation.state)",
      [
        Property("pagemap", "pagemap", pointer(allocation.pagemap)),
        Property("zdd", "zdd", pointer(allocation.zdd)),
        Property("mm", "mm", pointer(allocation.mm)),
        Property("range", "range", range(allocation)),
        Property("size", "size", allocation.size.map { .bytes($0) }),
        Property("folios", "folios", isKnown ? .count(Int64(allocation.liveFolios)) : nil),
        Property("pages", "pages", live.map { .count(Int64(clamping: $0)) }, isQuiet: true),
        Property("timesliceEnd", "timeslice until", allocation.timesliceEnd.map { .time($0) }),
        Property("older", "older than the recording", .flag(allocation.isAdopted)),
        Property("began", "began", event(allocation.created)),
        Property("filled", "filled", event(allocation.bound)),
        Property("stuck", "eviction failed", event(allocation.stuck)),
        Property("mmExited", "its process exited", event(allocation.mmExited)),
      ])
  }

  private func snapshot(of zdd: ZoneDeviceData, _ address: UInt64) -> ObjectSnapshot {
    ObjectSnapshot(
      .zdd, address, epoch: zdd.epoch,
      [
        Property("allocation", "allocation", pointer(zdd.allocation)),
        Property("references", "references", zdd.references.map { .count($0) }),
        Property("pgmap", "pgmap", pointer(zdd.pgmap)),
        Property("first", "first named", event(zdd.first)),
        Property("last", "last sampled", event(zdd.last), isQuiet: true),
      ])
  }

  private func snapshot(of folio: DeviceFolio, _ address: UInt64) -> ObjectSnapshot? {
    guard folio.isLive else { return nil }
    return ObjectSnapshot(
      .folio, address, epoch: folio.epoch,
      [
        Property(
          "allocation", "allocation", folio.allocation == 0 ? nil : .address(folio.allocation)),
        Property("order", "order", .count(Int64(folio.order))),
        Property("since", "since", .time(folio.time)),
      ])
  }

  /// Live base pages of every allocation, by its serial number.
  private func livePages() -> [UInt64: UInt64] {
    var pages: [UInt64: UInt64] = [:]
    for folio in folios.values where folio.isLive && folio.allocationSerial != 0 {
      pages[folio.allocationSerial, default: 0] += 1 << UInt64(folio.order)
    }
    return pages
  }

  private func range(_ allocation: DeviceAllocation) -> SnapshotValue? {
    guard let start = allocation.start, let end = allocation.end else { return nil }
    return .range(start: start, end: end)
  }

  // MARK: Tasks

  private func task(_ key: Int32) -> ObjectSnapshot? {
    guard let task = tasks[key] else { return nil }
    let calls = task.calls.map { call in
      SnapshotValue.Call(
        function: "\(call.kind.origin.function)", object: call.object == 0 ? nil : call.object,
        entry: call.note.evidence())
    }
    return ObjectSnapshot(
      .task, UInt64(bitPattern: Int64(key)),
      [
        Property("calls", "calls", .calls(calls)),
        Property("lookup", "looks up in cache", pointer(task.lookup?.cache)),
        Property("found", "found", pointer(task.lookup?.result)),
        Property("creating", "creates pagemap", pointer(task.creating)),
        Property("joining", "fills the slots of peer", pointer(task.joining)),
      ])
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

  // MARK: Values

  private func pointer(_ address: UInt64?) -> SnapshotValue? {
    address.flatMap { $0 == 0 ? nil : .address($0) }
  }

  private func word(_ name: UInt64?, _ names: Names) -> SnapshotValue? {
    name.flatMap { names[$0] }.map { .word($0) }
  }

  private func event(_ note: EventNote?) -> SnapshotValue? {
    note.map { .note(NotedEvent(note: $0)) }
  }
}
