package import PagemapEvents

extension KernelMirror {
  /// What is known now, in a time that depends on `limit` and not on how much lives: it is asked for
  /// some times a second. `bounds` are those of the latencies, in nanoseconds; nil leaves them out.
  package func liveOverview(names: Names, limit: Int, bounds: [UInt64]? = nil) -> LiveOverview {
    var overview = LiveOverview()
    overview.time = statistics.lastEvent
    overview.events = statistics.events
    overview.pagemapEvents = statistics.pagemapEvents
    listDevices(names, limit, &overview)
    listPagemaps(names, limit, &overview)
    overview.pagemapCounts = statistics.pagemaps
    overview.migrations = statistics.migrations()
    overview.evictions = statistics.callSummary(.byEviction)
    overview.cpuFaults = statistics.callSummary(.byFault)
    overview.cpuFaultsWithoutProgress = statistics.faultsWithoutProgress
    overview.objects = liveCounts(
      pagemaps: UInt64(overview.pagemaps.count) + overview.furtherPagemaps)
    if let bounds { overview.latencies = statistics.latencies(bounds: bounds) }
    return overview
  }

  private func listDevices(_ names: Names, _ limit: Int, _ overview: inout LiveOverview) {
    // Far more devices than a machine has are a broken trace: those are only counted.
    guard devices.count <= max(limit, 64) else {
      overview.furtherDevices = UInt64(devices.count)
      return
    }
    let known = devices.inOrder
    overview.devices = known.prefix(limit).map { summary(of: $0.value, $0.key, names) }
    overview.furtherDevices = UInt64(max(0, known.count - limit))
  }

  private func listPagemaps(_ names: Names, _ limit: Int, _ overview: inout LiveOverview) {
    var isWhole = true
    for life in pagemaps.lives.reversed() where pagemaps.lasts(life) {
      guard overview.pagemaps.count < limit, let pagemap = pagemaps[life.address] else {
        isWhole = false
        break
      }
      overview.pagemaps.append(
        LivePagemap(
          address: pagemap.address, epoch: pagemap.epoch,
          device: pagemap.home.device.flatMap { names[$0] }, state: pagemap.state,
          isAdopted: pagemap.isAdopted, since: pagemap.created.time,
          ledger: pagemap.references.sample.map { ReferenceLedger(of: pagemap, $0) }))
    }
    guard !isWhole else { return }
    overview.furtherPagemaps = UInt64(max(1, pagemaps.liveCount - overview.pagemaps.count))
  }

  private func liveCounts(pagemaps: UInt64) -> [LiveOverview.LiveCount] {
    Rooms.kinds.compactMap { kind in
      guard let count = kind.count(in: self) else { return nil }
      let isPagemap = kind.kind == .pagemap
      return LiveOverview.LiveCount(
        kind: kind.kind, count: isPagemap ? pagemaps : UInt64(max(0, count)))
    }
  }
}
