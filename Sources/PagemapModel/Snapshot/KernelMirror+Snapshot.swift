package import PagemapEvents

/// Snapshots of the mirror: of all objects, or of those at one address.
extension KernelMirror {
  /// All that the model knows right now. `names` are the device names that events refer to.
  package func snapshot(names: Names) -> MirrorSnapshot {
    let pages = livePages()
    let context = SnapshotContext(names: names, pages: pages)
    var state = MirrorSnapshot()
    for kind in Rooms.kinds where kind.isListed {
      for address in kind.addresses(in: self) {
        kind.add(at: address, in: self, context, to: &state.objects)
      }
    }
    state.residency = residency(names, pages)
    state.liveFolios = recording.knowsFolios ? UInt64(folios.liveCount) : nil
    return state
  }

  /// The objects that are at an address now, of whatever kind; what is told apart by its task has none.
  package func objects(at address: UInt64, names: Names) -> [ObjectSnapshot] {
    var objects: [ObjectSnapshot] = []
    let context = SnapshotContext(names: names, pages: nil)
    for kind in Rooms.kinds where !kind.isOfTasks {
      kind.add(at: address, in: self, context, to: &objects)
    }
    return objects
  }

  /// The objects at some addresses and those of a task, as far as differences tell them.
  package func objects(at addresses: Set<UInt64>, of task: TaskKey, names: Names)
    -> [ObjectSnapshot]
  {
    var objects: [ObjectSnapshot] = []
    let context = SnapshotContext(names: names, pages: nil)
    for kind in Rooms.kinds where kind.isCompared {
      if kind.isOfTasks {
        kind.add(at: task.address, in: self, context, to: &objects)
      } else {
        for address in addresses { kind.add(at: address, in: self, context, to: &objects) }
      }
    }
    return objects
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
      let isKnown = knowsFolios(of: allocation)
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
      let isKnown = knowsFolios(of: allocation)
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
