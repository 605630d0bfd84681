/// What a trace showed, in numbers: nothing in it is a judgement.
package struct Summary: Sendable {
  /// Events that reached the model.
  package var events: UInt64 = 0
  /// Those of them that are drm_pagemap's or drm_gpusvm's own.
  package var pagemapEvents: UInt64 = 0
  /// The stamps of the first and the last of them, in nanoseconds.
  package var firstEvent: UInt64?
  package var lastEvent: UInt64?
  /// The end of the recording where it is known, else the last record of any kind.
  package var recordedUntil: UInt64?
  /// The devices in the order they appeared.
  package var devices: [DeviceSummary] = []
  /// The pagemaps over all devices.
  package var pagemaps = PagemapCounts()
  /// Migrations by direction; a direction without any is left out.
  package var migrations: [MigrationSummary] = []
  /// Evictions: `drm_pagemap_evict_to_ram` calls.
  package var evictions = CallSummary()
  /// CPU faults on device pages: `drm_pagemap_migrate_to_ram` calls.
  package var cpuFaults = CallSummary()
  /// CPU faults that returned 0 and moved nothing (another task was faster, a timeslice held it).
  package var cpuFaultsWithoutProgress: UInt64 = 0
  /// The owner groups in the order they appeared.
  package var ownerGroups: [OwnerGroupSummary] = []
  /// What the pagemaps cost.
  package var cost = PagemapCost()

  package init() {}
}

/// A device that events named.
package struct DeviceSummary: Hashable, Sendable {
  /// Its unique name ("0000:03:00.0", "pmfake.0"); nil where only its address is known.
  package var name: String?
  /// The `struct drm_device`.
  package var drm: UInt64
  /// How many pagemaps it had over the recording.
  package var pagemaps: UInt64 = 0
  /// When it was unplugged.
  package var unpluggedAt: UInt64?

  package init(name: String?, drm: UInt64) {
    self.name = name
    self.drm = drm
  }
}

/// How many pagemaps did what.
package struct PagemapCounts: Hashable, Sendable {
  /// Initialised in the recording.
  package var created: UInt64 = 0
  /// Older than the recording.
  package var adopted: UInt64 = 0
  /// Taken back into use from the cache (`drm_pagemap_reinit` of a cached one).
  package var revived: UInt64 = 0
  /// Destroyed by the shrinker.
  package var shrunk: UInt64 = 0
  /// Destroyed, for whatever reason.
  package var destroyed: UInt64 = 0
  /// Active when the recording ended.
  package var aliveAtEnd: UInt64 = 0
  /// In the cache, without references, when the recording ended.
  package var cachedAtEnd: UInt64 = 0
  /// Lookups that the cache answered with a pagemap.
  package var cacheHits: UInt64 = 0
  /// Lookups that it answered with none.
  package var cacheMisses: UInt64 = 0

  package init() {}
}

/// The ways data takes.
package enum MigrationDirection: String, CaseIterable, Sendable {
  case systemToDevice = "system-to-device"
  case deviceToDevice = "device-to-device"
  case deviceToSystemByFault = "device-to-system-by-fault"
  case deviceToSystemByEviction = "device-to-system-by-eviction"

  /// Its place among all.
  var place: Int {
    switch self {
    case .systemToDevice: 0
    case .deviceToDevice: 1
    case .deviceToSystemByFault: 2
    case .deviceToSystemByEviction: 3
    }
  }
}

/// The migrations of one direction.
package struct MigrationSummary: Hashable, Sendable {
  /// The direction.
  package var direction: MigrationDirection
  /// The calls, their failures and their duration.
  package var calls = CallSummary()
  /// Base pages moved, as far as the probes show.
  package var pages: UInt64 = 0

  package init(direction: MigrationDirection) { self.direction = direction }

  /// Bytes moved: pages of 4096 bytes.
  package var bytes: UInt64 {
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: 4096)
    return overflow ? .max : bytes
  }
}

/// Calls of one function.
package struct CallSummary: Hashable, Sendable {
  /// Calls that were entered.
  package var count: UInt64 = 0
  /// Calls that returned an error, by errno (positive), lowest errno first.
  package var failures: [Failure] = []
  /// The median duration in nanoseconds; nil where no call was seen from entry to return.
  package var p50: UInt64?
  /// The 99th percentile.
  package var p99: UInt64?
  /// The longest.
  package var longest: UInt64?
  /// How many calls took how long, in the steps of `CallSummary.bounds`; empty where no call was seen
  /// from entry to return.
  package var distribution: [Bucket] = []

  package init() {}

  /// Calls that took up to `upTo` nanoseconds and longer than the bucket before.
  package struct Bucket: Hashable, Sendable {
    /// The longest, in nanoseconds; nil for the last bucket, which has no bound.
    package var upTo: UInt64?
    /// How many.
    package var count: UInt64

    package init(upTo: UInt64?, count: UInt64) {
      self.upTo = upTo
      self.count = count
    }
  }

  /// The bounds of buckets: 1, 2 and 5 microseconds and so on up to 100 seconds.
  package static let bounds: [UInt64] =
    (3...10).flatMap { power in
      let unit = (0..<power).reduce(UInt64(1)) { value, _ in value * 10 }
      return [unit, 2 * unit, 5 * unit]
    } + [100_000_000_000]

  /// How often a call failed with one error.
  package struct Failure: Hashable, Sendable {
    /// The error as a positive number.
    package var errno: Int64
    /// How often.
    package var count: UInt64

    package init(errno: Int64, count: UInt64) {
      self.errno = errno
      self.count = count
    }
  }
}

/// An owner group: peers connected by a fast interconnect.
package struct OwnerGroupSummary: Hashable, Sendable {
  /// The `struct drm_pagemap_owner`.
  package var owner: UInt64
  /// Which life of this address.
  package var epoch: UInt32
  /// The most peers it had at a time.
  package var mostPeers: UInt64 = 0
  /// VM peers that are in it when the recording ends.
  package var vmPeersAtEnd: UInt64 = 0
  /// Pagemap peers that are in it when the recording ends.
  package var pagemapPeersAtEnd: UInt64 = 0

  package init(owner: UInt64, epoch: UInt32) {
    self.owner = owner
    self.epoch = epoch
  }
}

/// What pagemaps cost in memory and time: the question that the cache and the shrinker answer.
package struct PagemapCost: Hashable, Sendable {
  /// A change of the `struct page` memory held: when, and bytes from then on.
  package struct Step: Hashable, Sendable {
    /// When.
    package var time: UInt64
    /// Bytes held from then on.
    package var bytes: UInt64

    package init(time: UInt64, bytes: UInt64) {
      self.time = time
      self.bytes = bytes
    }
  }

  /// `struct page` memory over time (64 bytes per 4 KiB of device memory), the first `stepLimit`
  /// changes; nil where the probes do not tell the size of pagemaps.
  package var memory: [Step]?
  /// Changes beyond the limit.
  package var furtherSteps: UInt64 = 0
  /// The most held at a time, in bytes.
  package var peakBytes: UInt64 = 0
  /// Held when the recording ended, in bytes.
  package var bytesAtEnd: UInt64 = 0
  /// The integral over time, in byte-seconds.
  package var byteSeconds: Double = 0
  /// Time spent creating pagemaps: from `drm_pagemap_init` to the end of the lookup that made it.
  package var creation: UInt64 = 0
  /// How many creations that covers.
  package var creations: UInt64 = 0
  /// Time spent tearing them down: in `memunmap_pages`.
  package var teardown: UInt64 = 0
  /// How many teardowns that covers.
  package var teardowns: UInt64 = 0

  /// How many steps are kept one by one.
  package static let stepLimit = 256

  package init() {}
}
