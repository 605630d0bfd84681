import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// The section "What it saw": numbers, no judgement.
extension TextReporter {
  static func summary(
    _ summary: Summary, _ trace: TraceAnalysis, _ time: TimeFormat, _ page: inout TextPage
  ) {
    page.heading("What it saw")
    page.labelled("events", Span(recorded(summary, trace, time)))
    for (index, device) in summary.devices.enumerated() {
      page.labelled(index == 0 ? "devices" : "", Span(sentence(device, time)))
    }
    page.labelled("pagemaps", Span(sentence(summary.pagemaps)))
    migrations(summary.migrations, time, &page)
    if summary.evictions.count > 0 {
      page.labelled("evictions", Span(sentence(summary.evictions, time)))
    }
    if summary.cpuFaults.count > 0 {
      let idle = summary.cpuFaultsWithoutProgress
      let note = idle == 0 ? "" : "; \(Format.count(idle)) of them moved nothing and failed nothing"
      page.labelled("CPU faults", Span(sentence(summary.cpuFaults, time) + note))
    }
    for (index, group) in summary.ownerGroups.enumerated() {
      page.labelled(index == 0 ? "owners" : "", Span(sentence(group)))
    }
    cost(summary, time, &page)
  }

  private static func recorded(
    _ summary: Summary, _ trace: TraceAnalysis, _ time: TimeFormat
  ) -> String {
    var text =
      Format.count(summary.events, "modelled event")
      + ", \(Format.count(summary.pagemapEvents)) of them drm_pagemap's own,"
    if let first = summary.firstEvent, let last = summary.lastEvent {
      text += " from \(time.stamp(first)) to \(time.moment(last))"
    }
    if let until = summary.recordedUntil { text += ", recorded until \(time.moment(until))" }
    if let release = trace.metadata?.kernelRelease { text += ", kernel \(release)" }
    return text
  }

  private static func sentence(_ device: DeviceSummary, _ time: TimeFormat) -> String {
    let unplugged = device.unpluggedAt.map { ", unplugged at \(time.moment($0))" } ?? ""
    let name = device.name ?? "drm \(Format.address(device.drm))"
    return "\(name): \(Format.count(device.pagemaps, "pagemap"))\(unplugged)"
  }

  static func sentence(_ counts: PagemapCounts) -> String {
    var parts = ["\(Format.count(counts.created)) created"]
    if counts.adopted > 0 {
      parts.append("\(Format.count(counts.adopted)) older than the recording")
    }
    parts += [
      "\(Format.count(counts.revived)) revived from cache", "\(Format.count(counts.shrunk)) shrunk",
      "\(Format.count(counts.destroyed)) destroyed",
    ]
    return parts.joined(separator: ", ")
      + "; at the end \(Format.count(counts.aliveAtEnd)) active and "
      + "\(Format.count(counts.cachedAtEnd)) cached"
  }

  private static func migrations(
    _ migrations: [MigrationSummary], _ time: TimeFormat, _ page: inout TextPage
  ) {
    guard !migrations.isEmpty else {
      page.labelled("migrations", "none")
      return
    }
    page.line([Span("migrations", .faint)], indent: 2)
    var table = TextTable([
      ("direction", .left), ("calls", .right), ("pages", .right), ("bytes", .right),
      ("p50", .right), ("p99", .right), ("longest", .right), ("failed", .left),
    ])
    for migration in migrations {
      let calls = migration.calls
      let durations = [calls.p50, calls.p99, calls.longest].map { Span(time.optionalDuration($0)) }
      table.add(
        [
          Span(migration.direction.words), Span(Format.count(calls.count)),
          Span(Format.count(migration.pages)), Span(Format.bytes(migration.bytes)),
        ] + durations + [Span(failures(calls))])
    }
    table.write(to: &page, indent: 4)
  }

  /// `12 calls, p50 24 us, p99 1.20 ms, longest 3.50 ms; failed: 2 EBUSY`.
  private static func sentence(_ calls: CallSummary, _ time: TimeFormat) -> String {
    var text = Format.count(calls.count, "call")
    if let p50 = calls.p50 { text += ", p50 \(time.duration(p50))" }
    if let p99 = calls.p99 { text += ", p99 \(time.duration(p99))" }
    if let longest = calls.longest { text += ", longest \(time.duration(longest))" }
    return calls.failures.isEmpty ? text : text + "; failed: \(failures(calls))"
  }

  /// `2 ENOMEM, 1 EBUSY`, or `none`.
  private static func failures(_ calls: CallSummary) -> String {
    calls.failures.isEmpty
      ? "none"
      : calls.failures.map { "\(Format.count($0.count)) \(Errno.name($0.errno))" }
        .joined(separator: ", ")
  }

  private static func sentence(_ group: OwnerGroupSummary) -> String {
    "\(Format.address(group.owner)), epoch \(group.epoch): at most "
      + Format.count(group.mostPeers, "peer")
      + "; at the end \(Format.count(group.vmPeersAtEnd, "VM")) and "
      + Format.count(group.pagemapPeersAtEnd, "pagemap")
  }
}

extension MigrationDirection {
  /// The direction in words: `device to system by fault`.
  var words: String { String(rawValue.map { $0 == "-" ? " " : $0 }) }
}

extension TimeFormat {
  /// A duration, or a dash where it is not known.
  func optionalDuration(_ time: UInt64?) -> String { time.map(duration) ?? "-" }
}
