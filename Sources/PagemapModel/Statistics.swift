import Histogram
package import PagemapEvents

/// Gathers what `Summary` tells, in memory that does not grow with the trace.
struct Statistics: Sendable {
  /// The kinds of migration calls that are timed.
  enum Call: Int, CaseIterable {
    case toDevice, deviceToDevice, byFault, byEviction
  }

  private struct Calls {
    var count: UInt64 = 0
    var pages: UInt64 = 0
    var failures: [(errno: Int64, count: UInt64)] = []
    var longest: UInt64 = 0
    var total: UInt64 = 0
    var durations: Histogram<UInt32>?
  }

  var pagemaps = PagemapCounts()
  var cost = PagemapCost()
  var ownerGroups: UInt64 = 0
  var faultsWithoutProgress: UInt64 = 0
  private(set) var events: UInt64 = 0
  private(set) var pagemapEvents: UInt64 = 0
  private(set) var firstEvent: UInt64?
  private(set) var lastEvent: UInt64?
  private var calls = Call.allCases.map { _ in Calls() }
  private var endedGroups: [OwnerGroup] = []
  private var heldSince: UInt64 = 0

  @inline(__always)
  mutating func count(_ event: borrowing PagemapEvent) {
    events += 1
    if event.kind.isPagemap { pagemapEvents += 1 }
    if firstEvent == nil { firstEvent = event.timestamp }
    lastEvent = event.timestamp
  }

  // MARK: Calls

  mutating func entered(_ call: Call) { calls[call.rawValue].count += 1 }

  mutating func left(_ call: Call, entered: UInt64, at end: UInt64) {
    let duration = end > entered ? end - entered : 0
    let index = call.rawValue
    calls[index].longest = max(calls[index].longest, duration)
    calls[index].total &+= duration
    if calls[index].durations == nil {
      // Three digits from 1 ns to about 18 minutes; longer calls count as that long.
      calls[index].durations = Histogram(
        lowestDiscernibleValue: 1, highestTrackableValue: 1 << 40,
        numberOfSignificantValueDigits: .two)
    }
    calls[index].durations?.record(max(1, min(duration, 1 << 40)))
  }

  mutating func failed(_ call: Call, errno: Int64) {
    let index = call.rawValue
    if let place = calls[index].failures.firstIndex(where: { $0.errno == errno }) {
      calls[index].failures[place].count += 1
    } else if calls[index].failures.count < 64 {
      calls[index].failures.append((errno, 1))
    }
  }

  /// A migration to device memory returned. Whether its pages came from another device is known
  /// only now.
  mutating func migrated(_ report: MigrationCall, _ call: OpenCall) {
    var kind = Call.toDevice
    if call.pagesFromDevices > 0 {
      kind = .deviceToDevice
      calls[Call.toDevice.rawValue].count -= 1
      calls[kind.rawValue].count += 1
    }
    left(kind, entered: report.entry.time, at: report.returned.time)
    if report.result < 0 { failed(kind, errno: -report.result) }
    if report.pagesAreKnown {
      let foreign = min(call.pagesFromDevices, report.pages)
      calls[Call.deviceToDevice.rawValue].pages += foreign
      calls[Call.toDevice.rawValue].pages += report.pages - foreign
    } else {
      calls[kind.rawValue].pages += report.movedPages
    }
  }

  mutating func faultWindowReturned(_ event: borrowing PagemapEvent) {
    if let result = event.result, result < 0 { failed(.byFault, errno: -result) }
  }

  mutating func movedToSystem(_ pages: UInt64, _ direction: MigrationDirection) {
    let call = direction == .deviceToSystemByEviction ? Call.byEviction : .byFault
    calls[call.rawValue].pages += pages
  }

  // MARK: Cost

  /// `struct page` memory that is held now, in bytes.
  private(set) var heldBytes: UInt64 = 0

  mutating func holdPageStructs(_ bytes: UInt64, at time: UInt64) {
    change(to: heldBytes &+ bytes, at: time)
  }

  mutating func releasePageStructs(_ bytes: UInt64, at time: UInt64) {
    change(to: heldBytes > bytes ? heldBytes - bytes : 0, at: time)
  }

  private mutating func change(to bytes: UInt64, at time: UInt64) {
    integrate(until: time)
    heldBytes = bytes
    cost.peakBytes = max(cost.peakBytes, bytes)
    if (cost.memory?.count ?? 0) < PagemapCost.stepLimit {
      cost.memory = (cost.memory ?? []) + [PagemapCost.Step(time: time, bytes: bytes)]
    } else {
      cost.furtherSteps += 1
    }
  }

  private mutating func integrate(until time: UInt64) {
    if time > heldSince {
      cost.byteSeconds += Double(heldBytes) * Double(time - heldSince) / 1e9
      heldSince = time
    }
  }

  mutating func tornDown(from start: UInt64, to end: UInt64) {
    cost.teardown += end > start ? end - start : 0
    cost.teardowns += 1
  }

  /// Keeps an owner group that ended, for the summary; the first 64.
  mutating func note(_ group: OwnerGroup) {
    if endedGroups.count < 64 { endedGroups.append(group) }
  }

  // MARK: The summary

  /// What is known at the end: `mirror` for what is still alive, `end` as the recording's end.
  mutating func summary(of mirror: KernelMirror, end: UInt64?) -> Summary {
    var summary = Summary()
    summary.events = events
    summary.pagemapEvents = pagemapEvents
    summary.firstEvent = firstEvent
    summary.lastEvent = lastEvent
    summary.recordedUntil = end
    integrate(until: end ?? lastEvent ?? 0)
    summary.cost = cost
    summary.cost.bytesAtEnd = heldBytes
    summary.pagemaps = pagemaps
    summary.pagemaps.aliveAtEnd = UInt64(mirror.pagemaps.count { $0.state == .active })
    summary.pagemaps.cachedAtEnd = UInt64(mirror.pagemaps.countUnused { _ in true })
    summary.migrations = migrations()
    summary.evictions = callSummary(.byEviction)
    summary.cpuFaults = callSummary(.byFault)
    summary.cpuFaultsWithoutProgress = faultsWithoutProgress
    summary.ownerGroups = groups(of: mirror)
    return summary
  }

  /// The ways that data takes, and the calls that take them.
  private static let directions: [(MigrationDirection, Call)] = [
    (.systemToDevice, .toDevice), (.deviceToDevice, .deviceToDevice),
    (.deviceToSystemByFault, .byFault), (.deviceToSystemByEviction, .byEviction),
  ]

  func migrations() -> [MigrationSummary] {
    Self.directions.compactMap { direction, call in
      let known = calls[call.rawValue]
      guard known.count > 0 || known.pages > 0 else { return nil }
      var summary = MigrationSummary(direction: direction)
      summary.calls = callSummary(call)
      summary.pages = known.pages
      return summary
    }
  }

  func callSummary(_ call: Call) -> CallSummary {
    let known = calls[call.rawValue]
    var summary = CallSummary()
    summary.count = known.count
    summary.failures = known.failures.sorted { $0.errno < $1.errno }.map {
      CallSummary.Failure(errno: $0.errno, count: $0.count)
    }
    if let durations = known.durations {
      summary.p50 = min(durations.valueAtPercentile(50), known.longest)
      summary.p99 = min(durations.valueAtPercentile(99), known.longest)
      summary.longest = known.longest
      summary.distribution = Self.distribution(of: durations)
    }
    return summary
  }

  /// The buckets up to the longest call. A bound is exact within 1 %, as the histogram is.
  private static func distribution(of durations: Histogram<UInt32>) -> [CallSummary.Bucket] {
    var buckets: [CallSummary.Bucket] = []
    var counted: UInt64 = 0
    let total = UInt64(durations.totalCount)
    for bound in CallSummary.bounds where counted < total {
      let count = UInt64(durations.count(within: 0...bound))
      buckets.append(.init(upTo: bound, count: count - min(counted, count)))
      counted = max(counted, count)
    }
    if counted < total { buckets.append(.init(upTo: nil, count: total - counted)) }
    return Array(buckets.drop { $0.count == 0 })
  }

  /// How long the calls of each direction took: how many took at most each of `bounds`, which rise.
  func latencies(bounds: [UInt64]) -> [CallLatency] {
    Self.directions.map { direction, call in
      let known = calls[call.rawValue]
      var latency = CallLatency(direction: direction)
      latency.count = known.durations?.totalCount ?? 0
      latency.total = known.total
      latency.atMost = bounds.map { bound in
        known.durations?.count(within: 0...min(bound, 1 << 40)) ?? 0
      }
      return latency
    }
  }

  private func groups(of mirror: KernelMirror) -> [OwnerGroupSummary] {
    let living = mirror.owners.allGroups.map(\.value)
    return (endedGroups + living).map { group in
      var summary = OwnerGroupSummary(owner: group.address, epoch: group.epoch)
      summary.mostPeers = UInt64(max(0, group.mostPeers))
      summary.vmPeersAtEnd = UInt64(max(0, group.vmPeers))
      summary.pagemapPeersAtEnd = UInt64(max(0, group.pagemapPeers))
      return summary
    }
  }
}

extension KernelMirror {
  /// What the trace showed, in numbers. `names` gives the devices' names, `end` the end of the
  /// recording.
  package func summary(names: Names, end: UInt64?) -> Summary {
    var statistics = statistics
    var summary = statistics.summary(of: self, end: end)
    summary.devices = devices.inOrder.map { drm, device in
      self.summary(of: device, drm, names)
    }
    return summary
  }

  /// A device in numbers.
  func summary(of device: Device, _ drm: UInt64, _ names: Names) -> DeviceSummary {
    var line = DeviceSummary(name: device.name.flatMap { names[$0] }, drm: drm)
    line.pagemaps = device.pagemaps
    line.unpluggedAt = device.unplugged?.time
    return line
  }
}
