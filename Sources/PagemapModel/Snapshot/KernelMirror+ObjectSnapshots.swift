import PagemapEvents

/// The snapshot of one object: a function for each kind.
extension KernelMirror {
  fileprivate typealias Property = ObjectSnapshot.Property

  // MARK: Devices, caches, shrinkers

  func snapshot(of device: Device, _ address: UInt64, _ names: Names) -> ObjectSnapshot {
    ObjectSnapshot(
      .device, address, state: device.unplugged == nil ? "present" : "unplugged",
      [
        Property("name", "name", word(device.name, names)),
        Property("pagemaps", "pagemaps made", .count(Int64(clamping: device.pagemaps))),
        Property("unplugged", "unplugged", event(device.unplugged), isQuiet: true),
      ])
  }

  func snapshot(of cache: Cache, _ address: UInt64) -> ObjectSnapshot {
    let held = cache.pagemap.flatMap { pagemaps[$0] }
    let isSame = held?.serial == cache.pagemapSerial
    return ObjectSnapshot(
      .cache, address, state: cache.pagemap == nil ? "empty" : "occupied",
      [
        Property("pagemap", "pagemap", pointer(cache.pagemap)),
        Property(
          "pagemapState", "which is", isSame ? held.map { .word("\($0.state)") } : nil,
          isQuiet: true),
        Property("shrinker", "shrinker", pointer(cache.shrinker)),
        Property("stored", "stored", event(cache.stored), isQuiet: true),
        Property("locked", "looked up by", event(cache.holder?.note), isQuiet: true),
      ])
  }

  func shrinker(at address: UInt64) -> ObjectSnapshot? {
    let shrinker = shrinkers[address]
    guard shrinker != nil || caches.hasShrinker(address) else {
      return nil
    }
    let count = shrinker?.lastCount
    let number = count?.keptFields.first { $0.field == .result }.map { Int64(bitPattern: $0.value) }
    return ObjectSnapshot(
      .shrinker, address, state: count == nil ? "uncounted" : "counted",
      [
        Property("drm", "drm", pointer(shrinker?.drm)),
        // SHRINK_EMPTY (include/linux/shrinker.h) is -2: there is nothing on the list.
        Property("queued", "queued pagemaps", number.map { .count($0 == -2 ? 0 : $0) }),
        Property("countedAt", "counted", event(count), isQuiet: true),
      ])
  }

  // MARK: Pagemaps and those who share them

  func snapshot(of pagemap: Pagemap, _ names: Names) -> ObjectSnapshot {
    ObjectSnapshot(
      .pagemap, pagemap.address, epoch: pagemap.epoch, state: "\(pagemap.state)",
      [
        Property("device", "device", word(pagemap.home.device, names)),
        Property("drm", "drm", pointer(pagemap.home.drm)),
        Property("cache", "cache", pointer(pagemap.home.cache)),
        Property("owner", "owner", pointer(pagemap.home.owner)),
        Property("peer", "peer", pointer(pagemap.home.peer)),
        Property("pgmap", "pgmap", pointer(pagemap.home.pgmap)),
        Property("older", "older than the recording", .flag(pagemap.isAdopted)),
        Property(
          "ledger", "refs",
          pagemap.references.sample.map { .ledger(ReferenceLedger(of: pagemap, $0)) }),
        Property("began", "began", event(pagemap.created)),
        Property("released", "released", event(pagemap.fate.released), isQuiet: true),
        Property("destroyed", "destroyed", event(pagemap.fate.destroyed), isQuiet: true),
        Property("unmapped", "unmapped", event(pagemap.fate.unmapped)),
      ])
  }

  /// The hold of a released pagemap's provider, by the pagemap's address; the latest where several
  /// lives of it wait.
  func deviceHold(at address: UInt64, _ names: Names) -> ObjectSnapshot? {
    let waiting = deviceHolds.all.filter { $0.pagemap.address == address }
    guard let hold = waiting.max(by: { $0.pagemap.epoch < $1.pagemap.epoch }) else { return nil }
    return ObjectSnapshot(
      .deviceHold, address, epoch: hold.pagemap.epoch, state: "queued",
      [
        Property("device", "device", word(hold.pagemap.home.device, names)),
        Property("waiting", "waiting", .count(Int64(waiting.count))),
        Property("released", "released", event(hold.released), isQuiet: true),
      ])
  }

  func snapshot(of group: OwnerGroup) -> ObjectSnapshot {
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

  func snapshot(of peer: Peer) -> ObjectSnapshot {
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

  func snapshot(of allocation: DeviceAllocation, _ pages: [UInt64: UInt64]?)
    -> ObjectSnapshot
  {
    let isKnown = recording.knowsFolios && (allocation.folios.areKnown || !allocation.isAdopted)
    let live = isKnown ? pages.map { $0[allocation.serial] ?? 0 } : nil
    return ObjectSnapshot(
      .deviceAllocation, allocation.address, epoch: allocation.epoch,
      state: "\(allocation.state)",
      [
        Property("pagemap", "pagemap", pointer(allocation.pagemap)),
        Property("zdd", "zdd", pointer(allocation.zdd)),
        Property("mm", "mm", pointer(allocation.origin.mm)),
        Property("range", "range", range(allocation.origin.start, allocation.origin.end)),
        Property("size", "size", allocation.origin.size.map { .bytes($0) }),
        Property("folios", "folios", isKnown ? .count(Int64(allocation.folios.live)) : nil),
        Property("pages", "pages", live.map { .count(Int64(clamping: $0)) }, isQuiet: true),
        Property("timesliceEnd", "timeslice until", allocation.timeslice.end.map { .time($0) }),
        Property("older", "older than the recording", .flag(allocation.isAdopted)),
        Property("began", "began", event(allocation.created)),
        Property("filled", "filled", event(allocation.bound)),
        Property("stuck", "eviction failed", event(allocation.stuck)),
        Property("mmExited", "its process exited", event(allocation.mmExited)),
      ])
  }

  func snapshot(of zdd: ZoneDeviceData, _ address: UInt64) -> ObjectSnapshot {
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

  func snapshot(of folio: DeviceFolio, _ address: UInt64) -> ObjectSnapshot? {
    guard folio.isLive else { return nil }
    return ObjectSnapshot(
      .folio, address, epoch: folio.epoch, state: "\(folio.state)",
      [
        Property(
          "allocation", "allocation", folio.allocation == 0 ? nil : .address(folio.allocation)),
        Property("order", "order", .count(Int64(folio.order))),
        Property("since", "since", .time(folio.time)),
      ])
  }

  // MARK: Shared virtual memory

  func snapshot(of gpusvm: GPUSVM, _ address: UInt64) -> ObjectSnapshot {
    ObjectSnapshot(
      .gpusvm, address, epoch: gpusvm.epoch, state: "\(gpusvm.state)",
      [
        Property("mm", "mm", pointer(gpusvm.mm)),
        Property("since", "since", event(gpusvm.since), isQuiet: true),
      ])
  }

  func snapshot(of range: SVMRange, _ address: UInt64) -> ObjectSnapshot {
    ObjectSnapshot(
      .svmRange, address, epoch: range.epoch, state: "\(range.state)",
      [
        Property("gpusvm", "gpusvm", pointer(range.gpusvm)),
        Property("range", "range", self.range(range.start, range.end)),
        Property("since", "since", event(range.since), isQuiet: true),
      ])
  }

  func snapshot(of pages: SVMPages, _ address: UInt64) -> ObjectSnapshot {
    ObjectSnapshot(
      .svmPages, address, state: "\(pages.state)",
      [
        Property("pagemap", "pagemap", pointer(pages.pagemap)),
        Property("flagged", "its memory was unmapped", event(pages.flagged), isQuiet: true),
      ])
  }

  func snapshot(of vm: XeVM, _ address: UInt64) -> ObjectSnapshot {
    ObjectSnapshot(
      .vm, address, epoch: vm.epoch, state: "\(vm.state)",
      [Property("since", "since", event(vm.since), isQuiet: true)])
  }

  // MARK: Tasks

  func task(_ key: TaskKey) -> ObjectSnapshot? {
    guard let task = tasks[key] else { return nil }
    let calls = task.calls.map { call in
      SnapshotValue.Call(
        function: call.kind.origin.function, object: call.object == 0 ? nil : call.object,
        entry: call.note.evidence())
    }
    return ObjectSnapshot(
      .task, key.address,
      [
        Property("calls", "calls", .calls(calls)),
        Property("lookup", "looks up in cache", pointer(task.lookup?.cache)),
        Property("found", "found", pointer(task.lookup?.result)),
        Property("creating", "creates pagemap", pointer(task.creating)),
        Property("joining", "fills the slots of peer", pointer(task.joining)),
        Property("pass", "pages of its migration are", pass(of: migrations.pass(of: key))),
      ])
  }

  // MARK: Values

  private func pointer(_ address: UInt64?) -> SnapshotValue? {
    address.flatMap { $0 == 0 ? nil : .address($0) }
  }

  private func word(_ name: UInt64?, _ names: Names) -> SnapshotValue? {
    name.flatMap { names[$0] }.map { .word($0) }
  }

  private func event(_ note: EventNote?) -> SnapshotValue? {
    note.map { .note($0) }
  }

  private func range(_ start: UInt64?, _ end: UInt64?) -> SnapshotValue? {
    guard let start, let end, start <= end else { return nil }
    return .range(start: start, end: end)
  }

  /// Where the pages are that a task migrates; nil where it holds none.
  private func pass(of pass: MigrationPass?) -> SnapshotValue? {
    pass.flatMap { $0.state == .idle ? nil : .word("\($0.state)") }
  }
}
