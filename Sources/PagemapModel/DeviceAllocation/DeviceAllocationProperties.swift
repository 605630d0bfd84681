extension ObjectSnapshot.Kind {
  package static let deviceAllocation = Self("device-allocation")
}

extension DeviceAllocationRoom: Room {
  static var steps: [StepRow] { KernelMirror.allocationSteps }
  static var kinds: [any ObjectKind] { [allocations] }

  private static let allocations = ObjectDescription<DeviceAllocation>(
    .deviceAllocation, array: "deviceAllocations", title: "Device allocations",
    all: { $0.allocations.addresses }, find: { $0.allocations[$1] },
    properties: [
      .reference("pagemap", "pagemap") { $0.pagemap },
      .reference("zdd", "zdd") { $0.zdd },
      .address("mm", "mm") { $0.origin.mm },
      .range("range", "range") { ($0.origin.start, $0.origin.end) },
      .init(name: "size", label: "size") { allocation, _, _ in
        allocation.origin.size.map { .bytes($0) }
      },
      .value("folios", "folios") { allocation, mirror, _ in
        mirror.knowsFolios(of: allocation) ? .count(Int64(allocation.folios.live)) : nil
      },
      .value("pages", "pages") { allocation, mirror, context in
        guard let pages = context.pages, mirror.knowsFolios(of: allocation) else { return nil }
        return .count(Int64(clamping: pages[allocation.serial] ?? 0))
      }.quiet,
      .init(name: "timesliceEnd", label: "timeslice until") { allocation, _, _ in
        allocation.timeslice.end.map { .time($0) }
      },
      .flag("older", "older than the recording") { $0.isAdopted },
      .event("began", "began") { $0.created },
      .event("filled", "filled") { $0.bound },
      .event("stuck", "eviction failed") { $0.stuck },
      .event("mmExited", "its process exited") { $0.mmExited },
    ]
  ).with {
    $0.hasLives = true
    $0.live = { $0.allocations.count }
    $0.epoch = { $0.epoch }
    $0.serial = { $0.serial }
    $0.isOver = { $0.state == .detached }
    $0.isAdopted = { $0.isAdopted }
    $0.device = { allocation, mirror in mirror.device(of: allocation) }
  }
}

extension KernelMirror {
  /// Whether all device folios of an allocation are known.
  func knowsFolios(of allocation: DeviceAllocation) -> Bool {
    recording.knowsFolios && (allocation.folios.areKnown || !allocation.isAdopted)
  }
}
