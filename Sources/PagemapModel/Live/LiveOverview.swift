/// What the model knows at a moment of a trace that goes on: counts of everything, and the newest
/// pagemaps one by one.
package struct LiveOverview: Hashable, Sendable {
  /// The last event's stamp; nil before the first.
  package var time: UInt64?
  /// Events that reached the model.
  package var events: UInt64 = 0
  /// Those of them that are drm_pagemap's or drm_gpusvm's own.
  package var pagemapEvents: UInt64 = 0
  /// The devices in the order they appeared, within the limit.
  package var devices: [DeviceSummary] = []
  /// Devices beyond the limit.
  package var furtherDevices: UInt64 = 0
  /// The pagemaps that were not destroyed, the newest life first, within the limit.
  package var pagemaps: [LivePagemap] = []
  /// Pagemaps beyond the limit.
  package var furtherPagemaps: UInt64 = 0
  /// How many pagemaps did what so far. What is true at the end only stays 0.
  package var pagemapCounts = PagemapCounts()
  /// Migrations by direction; a direction without any is left out.
  package var migrations: [MigrationSummary] = []
  /// Evictions: `drm_pagemap_evict_to_ram` calls.
  package var evictions = CallSummary()
  /// CPU faults on device pages: `drm_pagemap_migrate_to_ram` calls.
  package var cpuFaults = CallSummary()
  /// CPU faults that returned 0 and moved nothing.
  package var cpuFaultsWithoutProgress: UInt64 = 0
  /// How many objects of each kind live, in the order of the kinds; kinds that the probes cannot
  /// tell are left out.
  package var objects: [LiveCount] = []
  /// How long calls took, where that was asked for.
  package var latencies: [CallLatency] = []

  package init() {}

  /// How many objects of one kind live.
  package struct LiveCount: Hashable, Sendable {
    /// The kind.
    package var kind: ObjectSnapshot.Kind
    /// How many.
    package var count: UInt64

    package init(kind: ObjectSnapshot.Kind, count: UInt64) {
      self.kind = kind
      self.count = count
    }
  }
}

/// A pagemap that was not destroyed, as it stands.
package struct LivePagemap: Hashable, Sendable {
  /// The object's address.
  package var address: UInt64
  /// Which life of the address.
  package var epoch: UInt32
  /// The device's name, where it is known.
  package var device: String?
  /// Where it stands.
  package var state: Pagemap.State
  /// Whether it is older than the recording: then its holders are not known.
  package var isAdopted: Bool
  /// When its life began, or when an event first named it.
  package var since: UInt64
  /// Who holds its references; nil where no event has shown the count.
  package var ledger: ReferenceLedger?

  package init(
    address: UInt64, epoch: UInt32, device: String?, state: Pagemap.State, isAdopted: Bool,
    since: UInt64, ledger: ReferenceLedger?
  ) {
    self.address = address
    self.epoch = epoch
    self.device = device
    self.state = state
    self.isAdopted = isAdopted
    self.since = since
    self.ledger = ledger
  }
}

/// How long the calls of one direction took that were seen from entry to return.
package struct CallLatency: Hashable, Sendable {
  /// The direction.
  package var direction: MigrationDirection
  /// How many calls.
  package var count: UInt64 = 0
  /// The sum of their durations, in nanoseconds.
  package var total: UInt64 = 0
  /// How many of them took at most each of the bounds that were asked for, within 1 % of the bound.
  package var atMost: [UInt64] = []

  package init(direction: MigrationDirection) { self.direction = direction }
}

extension LiveOverview {
  /// The overview with the names of tasks filled in: `name` tells the one of a task's id.
  package func named(_ name: (Int32) -> String?) -> LiveOverview {
    var copy = self
    for index in pagemaps.indices {
      copy.pagemaps[index].ledger = pagemaps[index].ledger?.named(name)
    }
    return copy
  }
}
