import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapReport
import PagemapRules
import TraceIngest
import TraceWords

/// Analyses made by hand, in the shapes that real ones take.
enum Samples {
  static let rules = [
    RuleMetadata(
      id: RuleID(1), slug: "leaked-pagemap-reference",
      title: "A reference of a pagemap is never put", severity: .error, category: .leakReference,
      needs: [[.pagemapInit, .pagemapReinit], [.pagemapPut]], kernels: "7.2 and later",
      invariant: "Every reference of a drm_pagemap is put before its last holder leaves.",
      kernelFunction: "drm_pagemap_put (drivers/gpu/drm/drm_pagemap.c)",
      guide: RuleGuide(
        specification: ["R01", "R68"],
        why: "the memory that describes the device's pages is never given back, and the module of "
          + "the driver that provides it cannot be unloaded",
        looksLike: "a count that stays", lookAlikes: ["a holder that is late", "a lookup"],
        history: [
          HistoricalFix("0123456789ab", "drm/pagemap: Put what was got"),
          HistoricalFix("", "drm/pagemap: A fix without a known id"),
        ])),
    RuleMetadata(
      id: RuleID(2), slug: "leaked-device-page", title: "A device page outlives its process",
      severity: .error, category: .leakPage, needs: [[.zddAlloc], [.exitMmapReturn]],
      kernels: "7.2 and later", invariant: "Device folios are freed with the mm that maps them.",
      kernelFunction: "drm_pagemap_folio_free (drivers/gpu/drm/drm_pagemap.c)"),
    RuleMetadata(
      id: RuleID(6), slug: "migration-ping-pong", title: "A range goes back and forth",
      severity: .warning, category: .thrash, needs: [[.migrateToDevmem], [.migrateToRam]],
      kernels: "7.2 and later", invariant: "A migrated range stays longer than moving it takes.",
      kernelFunction: "drm_pagemap_populate_mm (drivers/gpu/drm/drm_pagemap.c)"),
  ]

  static func moment(_ microseconds: UInt64, cpu: UInt32 = 1) -> Moment {
    Moment(time: microseconds * 1000 + 7, cpu: cpu, pid: 147, task: "pmtest")
  }

  static var metadata: TraceMetadata {
    var metadata = TraceMetadata(container: .traceDat(version: 7, compression: "zstd"))
    metadata.buffers = [TraceBuffer(name: "", cpus: [0, 1])]
    metadata.clock = "mono"
    metadata.kernelRelease = "7.3.4+deb13-amd64"
    metadata.endIsKnown = true
    metadata.recordedUntil = 19_500_000_000
    return metadata
  }

  static var ledger: TraceLedger {
    var ledger = TraceLedger()
    for cpu: UInt32 in [0, 1] {
      var counts = CPULedger(buffer: 0, cpu: cpu)
      counts.eventsRead = 1234 * UInt64(cpu) + 567
      ledger.cpus.append(counts)
    }
    ledger.firstTimestamp = 19_000_000_000
    ledger.lastTimestamp = 19_499_000_000
    return ledger
  }

  static var probes: ProbeInventory {
    var probes = ProbeInventory()
    probes.present = [
      .init(name: "pmtrace:drm_pagemap_init", kind: .pagemapInit, fields: [.dpagemap], count: 2),
      .init(
        name: "pmtrace:drm_pagemap_put", kind: .pagemapPut, fields: [.dpagemap, .ref], count: 12),
      .init(name: "pmtrace:zdd_alloc", kind: .zddAlloc, fields: [.zdd], count: 4),
    ]
    return probes
  }

  static var summary: Summary {
    var summary = Summary()
    summary.events = 454
    summary.firstEvent = 19_000_100_000
    summary.lastEvent = 19_498_000_000
    summary.recordedUntil = 19_500_000_000
    var device = DeviceSummary(name: "pmfake.0", drm: 0xff36_ccee_44c0_0000)
    device.pagemaps = 2
    device.unpluggedAt = 19_400_000_000
    summary.devices = [device, DeviceSummary(name: nil, drm: 0xff36_ccee_44d0_0000)]
    summary.pagemaps.created = 2
    summary.pagemaps.revived = 5
    summary.pagemaps.destroyed = 2
    summary.pagemaps.cacheHits = 5
    summary.pagemaps.cacheMisses = 2
    summary.migrations = [toDevice, byFault]
    summary.evictions.count = 3
    summary.evictions.failures = [.init(errno: 16, count: 1)]
    summary.evictions.p50 = 870
    summary.cpuFaults.count = 31
    summary.cpuFaults.p50 = 24_600
    summary.cpuFaults.p99 = 1_234_567
    summary.cpuFaults.longest = 2_000_000_000
    summary.cpuFaultsWithoutProgress = 3
    var group = OwnerGroupSummary(owner: 0xff36_ccee_44e0_0000, epoch: 1)
    group.mostPeers = 3
    group.pagemapPeersAtEnd = 1
    summary.ownerGroups = [group]
    summary.cost = cost
    return summary
  }

  private static var toDevice: MigrationSummary {
    var migration = MigrationSummary(direction: .systemToDevice)
    migration.calls.count = 1204
    migration.calls.failures = [.init(errno: 12, count: 3), .init(errno: 999, count: 1)]
    migration.calls.p50 = 450_000
    migration.calls.p99 = 9_298_000
    migration.calls.longest = 9_298_000
    migration.pages = 19_264
    return migration
  }

  private static var byFault: MigrationSummary {
    var migration = MigrationSummary(direction: .deviceToSystemByFault)
    migration.calls.count = 2
    migration.pages = 32
    return migration
  }

  private static var cost: PagemapCost {
    var cost = PagemapCost()
    cost.memory = [
      .init(time: 19_001_000_000, bytes: 524_288), .init(time: 19_300_000_000, bytes: 0),
    ]
    cost.peakBytes = 524_288
    cost.byteSeconds = 156_762.112
    cost.creation = 9_300_000
    cost.creations = 2
    cost.teardown = 1_000_500
    cost.teardowns = 1
    return cost
  }

  static func read(
    _ path: String, _ verdict: Verdict, _ reason: Sentence, exitCode: Int32,
    findings: [Finding] = []
  ) -> TraceAnalysis {
    var analysis = TraceAnalysis(
      path: path, verdict: verdict, reason: reason, exitCode: exitCode, findings: findings)
    analysis.metadata = metadata
    analysis.ledger = ledger
    analysis.probes = probes
    analysis.summary = summary
    analysis.rules = [
      RuleOutcome(rule: RuleID(1), outcome: .passed, reason: ""),
      RuleOutcome(
        rule: RuleID(2), outcome: .notEvaluable, reason: "no probe on the return of exit_mmap"),
      RuleOutcome(rule: RuleID(6), outcome: .passed, reason: ""),
    ]
    return analysis
  }

  static var pass: TraceAnalysis {
    read("clean.dat", .pass, "2 of 3 rules decided, all hold", exitCode: 0)
  }

  static var fail: TraceAnalysis {
    var analysis = read(
      "d_leak_pagemap.dat", .fail, "1 certain error: PM001", exitCode: 1,
      findings: [leak, thrash, note])
    analysis.rules[0].outcome = .violated
    analysis.rules[0].reason = "1 certain error"
    analysis.rules[2].outcome = .violated
    analysis.rules[2].reason = "1 warning"
    return analysis
  }

  static var inconclusive: TraceAnalysis {
    var analysis = read(
      "lossy.dat", .inconclusive, "CPU 1 lost events, and the file is damaged", exitCode: 2)
    var ledger = ledger
    ledger.cpus[1].add(
      LostEvents(buffer: 0, cpu: 1, count: 1024, after: 19_040_000_000, before: 19_050_000_000))
    ledger.cpus[1].add(
      LostEvents(buffer: 0, cpu: 1, count: nil, after: 19_060_000_000, before: nil))
    var statistics = CPUStatistics()
    statistics.overrun = 1024
    statistics.droppedEvents = 7
    statistics.now = 19_500_000_000
    ledger.cpus[1].statistics = statistics
    ledger.add(
      Damage(
        kind: .undecompressible, offset: 1_978_177, length: 4096, cpu: 1,
        message: "expected a zstd frame of 65536 bytes, it ends early"))
    ledger.add(
      Damage(
        kind: .truncated, offset: 2_000_000, length: nil, cpu: nil,
        message: "expected 12 further sections, the file ends here"))
    analysis.ledger = ledger
    analysis.probes?.unknown = ["drm_pagemap:drm_pagemap_frobnicate"]
    analysis.probes?.rejected = [.init(name: "pmtrace:odd", reason: "a field without a size")]
    analysis.rules[0].outcome = .inconclusive
    analysis.rules[0].reason = "a put may be among the lost events"
    analysis.rules[2].outcome = .inconclusive
    analysis.rules[2].reason = "a migration may be among the lost events"
    return analysis
  }

  static var unusable: TraceAnalysis {
    .unusable(
      path: "picture.png",
      because: IngestError(
        .notATrace, offset: 0, expectation: "expected the magic of a trace.dat, found 0x89",
        advice: "give a file that trace-cmd record wrote"))
  }

  static var report: Report {
    Report(traces: [pass, fail, inconclusive, unusable], rules: rules)
  }

  static func report(_ analysis: TraceAnalysis) -> Report {
    Report(traces: [analysis], rules: rules)
  }
}
