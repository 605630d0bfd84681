import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceWords

/// The state of a stream as Prometheus reads it: text exposition format 0.0.4.
///
/// The same status gives the same bytes. Counters never fall as long as the stream lasts.
package enum MetricsText {
  /// The bounds of the latencies' buckets, in nanoseconds: 1 us to 10 s.
  package static let bounds: [UInt64] = [
    1_000, 2_500, 10_000, 25_000, 100_000, 250_000, 1_000_000, 2_500_000, 10_000_000, 25_000_000,
    100_000_000, 250_000_000, 1_000_000_000, 10_000_000_000,
  ]
  /// With more pagemaps than this none has a series of its own: a server keeps each for long.
  package static let pagemapLimit = 64

  /// All metrics. `version` is the tool's. For the latencies the status must have been made with
  /// `bounds`.
  package static func render(_ status: StreamStatus, version: String) -> [UInt8] {
    var page = MetricsPage()
    page.family("pmtrace_up", .gauge, "Whether the stream is running.")
    page.sample([], 1)
    page.family("pmtrace_build_info", .gauge, "The version of pmtrace; always 1.")
    page.sample([("version", version)], 1)
    findings(status.findings, &page)
    objects(status.overview, &page)
    migrations(status.overview, &page)
    // A clock that does not count time tells no seconds.
    latencies(status.isNanoseconds ? status.overview.latencies : [], &page)
    events(status, &page)
    return page.bytes
  }

  // MARK: Findings and objects

  private static func findings(_ tally: FindingTally, _ page: inout MetricsPage) {
    page.family(
      "pmtrace_findings_total", .counter,
      "Findings made, by rule; one that became certain later is counted both ways.")
    for (key, count) in tally.made.sorted(by: { $0.key < $1.key }) {
      page.sample(
        [
          ("rule", key.rule.description), ("severity", key.severity.rawValue),
          ("certain", key.isCertain ? "true" : "false"),
        ], count)
    }
    page.family(
      "pmtrace_findings_withdrawn_total", .counter,
      "Findings that later events showed to be none, by rule.")
    for (rule, count) in tally.withdrawn.sorted(by: { $0.key < $1.key }) {
      page.sample([("rule", rule.description)], count)
    }
  }

  private static func objects(_ overview: LiveOverview, _ page: inout MetricsPage) {
    page.family("pmtrace_live_objects", .gauge, "Kernel objects that live, by kind.")
    for entry in overview.objects { page.sample([("kind", entry.kind.rawValue)], entry.count) }
    let counts = overview.pagemapCounts
    page.family(
      "pmtrace_pagemap_steps_total", .counter, "Steps in the lives of pagemaps, by kind.")
    for (step, count) in [
      ("created", counts.created), ("revived", counts.revived), ("shrunk", counts.shrunk),
      ("destroyed", counts.destroyed), ("cache-hit", counts.cacheHits),
      ("cache-miss", counts.cacheMisses),
    ] {
      page.sample([("step", step)], count)
    }
    let all = overview.pagemaps.count
    guard all <= pagemapLimit, overview.furtherPagemaps == 0 else { return }
    page.family(
      "pmtrace_pagemap_references", .gauge,
      "References of a pagemap as sampled last; left out with more than "
        + "\(pagemapLimit) pagemaps.")
    for pagemap in overview.pagemaps.sorted(by: { $0.address < $1.address }) {
      guard let ledger = pagemap.ledger else { continue }
      let labels = [
        ("device", pagemap.device ?? ""), ("pagemap", Format.address(pagemap.address)),
      ]
      page.sample(labels, signed: ledger.references)
    }
  }

  // MARK: Migrations

  private static func migrations(_ overview: LiveOverview, _ page: inout MetricsPage) {
    page.family(
      "pmtrace_migrations_total", .counter, "Migrations that returned, by direction.")
    for latency in overview.latencies {
      page.sample([("direction", latency.direction.rawValue)], latency.count)
    }
    page.family(
      "pmtrace_migrated_bytes_total", .counter, "Bytes moved by migrations, by direction.")
    for migration in overview.migrations {
      page.sample([("direction", migration.direction.rawValue)], migration.bytes)
    }
    page.family(
      "pmtrace_migration_failures_total", .counter,
      "Migrations that returned an error, by direction and error.")
    for migration in overview.migrations {
      for failure in migration.calls.failures {
        page.sample(
          [
            ("direction", migration.direction.rawValue), ("errno", Errno.name(failure.errno)),
          ], failure.count)
      }
    }
    page.family("pmtrace_evictions_total", .counter, "Evictions that were entered.")
    page.sample([], overview.evictions.count)
    page.family("pmtrace_cpu_faults_total", .counter, "CPU faults on device pages.")
    page.sample([], overview.cpuFaults.count)
    page.family(
      "pmtrace_cpu_faults_without_progress_total", .counter,
      "CPU faults on device pages that moved nothing and failed nothing.")
    page.sample([], overview.cpuFaultsWithoutProgress)
  }

  private static func latencies(_ latencies: [CallLatency], _ page: inout MetricsPage) {
    page.family(
      "pmtrace_migration_duration_seconds", .histogram,
      "How long migrations took, by direction: CPU faults and evictions are those to the system.")
    for latency in latencies where latency.atMost.count == bounds.count {
      let direction = ("direction", latency.direction.rawValue)
      for (bound, count) in zip(bounds, latency.atMost) {
        page.sample("_bucket", [direction, ("le", Format.exactSeconds(bound))], "\(count)")
      }
      page.sample("_bucket", [direction, ("le", "+Inf")], "\(latency.count)")
      page.sample("_sum", [direction], Format.exactSeconds(latency.total))
      page.sample("_count", [direction], "\(latency.count)")
    }
  }

  // MARK: Events

  private static func events(_ status: StreamStatus, _ page: inout MetricsPage) {
    page.family("pmtrace_events_total", .counter, "Records read, of all events.")
    page.sample([], status.recordsRead)
    page.family("pmtrace_pagemap_events_total", .counter, "Events of drm_pagemap and drm_gpusvm.")
    page.sample([], status.overview.pagemapEvents)
    page.family(
      "pmtrace_events_lost_total", .counter,
      "Events that the kernel's counters tell to be lost, by CPU and cause.")
    for loss in status.cpus {
      for (cause, count) in [
        ("overrun", loss.overrun), ("dropped", loss.dropped),
        ("commit-overrun", loss.commitOverrun),
      ] {
        page.sample([("cpu", "\(loss.cpu)"), ("cause", cause)], count)
      }
    }
    page.family(
      "pmtrace_events_missing_total", .counter,
      "Events that are missing between the records that were read, by CPU.")
    for loss in status.cpus { page.sample([("cpu", "\(loss.cpu)")], loss.missing) }
    page.family(
      "pmtrace_gaps_of_unknown_size_total", .counter,
      "Gaps between the records that were read whose size is not told, by CPU.")
    for loss in status.cpus { page.sample([("cpu", "\(loss.cpu)")], loss.gapsOfUnknownSize) }
    page.family(
      "pmtrace_late_records_total", .counter, "Records that came too late for their order.")
    page.sample([], status.lateRecords)
    page.family(
      "pmtrace_window_fill_ratio", .gauge, "How full the reader's window is, from 0 to 1.")
    page.sample([], decimal: status.windowFill)
    page.family("pmtrace_elapsed_seconds", .gauge, "Time since the stream began.")
    page.sample("", [], Format.exactSeconds(status.elapsed))
  }
}
