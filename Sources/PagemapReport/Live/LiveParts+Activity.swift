import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceWords

extension LiveView {
  // MARK: Migrations, evictions, CPU faults

  static func migrations(
    _ status: StreamStatus, _ rates: StreamRates, _ time: TimeFormat, width: Int
  ) -> LivePart {
    let overview = status.overview
    var table = LiveColumns([.left, .right, .right, .right, .right])
    for migration in overview.migrations {
      let rate = rates.migrations.first { $0.direction == migration.direction }
      let calls = migration.calls
      var cells = [
        Span(short(migration.direction)), Span(Format.count(calls.count)),
        Span("\(LiveFormat.rate(rate?.calls ?? 0))/s"),
      ]
      // A narrow screen has the rates only.
      if width >= 60 { cells.append(Span(Format.bytes(migration.bytes))) }
      cells.append(Span(LiveFormat.bytes(rate?.bytes ?? 0)))
      table.add(cells, tail(calls, time))
    }
    let faults = overview.cpuFaults
    let idle = overview.cpuFaultsWithoutProgress
    let heading = [
      Span("MIGRATIONS", .strong),
      Span("  \(counted(overview.evictions, "eviction")), \(counted(faults, "CPU fault"))"),
      Span(idle == 0 ? "" : ", \(Format.count(idle)) without progress", .faint),
    ]
    let isNone = overview.evictions.count == 0 && faults.count == 0
    let rows = table.rows.isEmpty && !isNone ? [[Span("  none", .faint)]] : table.rows
    return LivePart(
      heading: heading, rows: rows,
      rest: { [Span("  and \(Format.count(UInt64($0), "direction")) more", .faint)] }, least: 4,
      rank: 2)
  }

  private static func short(_ direction: MigrationDirection) -> String {
    switch direction {
    case .systemToDevice: "to device"
    case .deviceToDevice: "between devices"
    case .deviceToSystemByFault: "back, by fault"
    case .deviceToSystemByEviction: "back, evicted"
    }
  }

  /// `p50 24 us  p99 1.20 ms  2 ENOMEM`.
  private static func tail(_ calls: CallSummary, _ time: TimeFormat) -> [Span] {
    var spans: [Span] = []
    if let p50 = calls.p50, let p99 = calls.p99 {
      spans.append(Span("p50 \(time.duration(p50))  p99 \(time.duration(p99))", .faint))
    }
    if !calls.failures.isEmpty {
      let gap = spans.isEmpty ? "" : "  "
      spans.append(Span("\(gap)failed: \(failures(calls))", .caution))
    }
    return spans
  }

  private static func counted(_ calls: CallSummary, _ noun: String) -> String {
    let failed = calls.failures.isEmpty ? "" : " (failed: \(failures(calls)))"
    return Format.count(calls.count, noun) + failed
  }

  private static func failures(_ calls: CallSummary) -> String {
    calls.failures.map { "\(Format.count($0.count)) \(Errno.name($0.errno))" }
      .joined(separator: ", ")
  }

  // MARK: Findings

  static func findings(_ status: StreamStatus, _ time: TimeFormat) -> LivePart {
    let rows = status.recentFindings.flatMap { news -> [[Span]] in
      let finding = news.finding
      let mark =
        switch news.kind {
        case .found: [] as [Span]
        case .changed: [Span("changed ", .caution)]
        case .withdrawn: [Span("withdrawn ", .caution)]
        }
      return [
        [Span("  ")] + mark + TextReporter.lead(finding) + [
          Span(finding.title.text(time), .strong)
        ],
        [
          Span(
            "    \(finding.object.sentence), since \(time.moment(finding.firstSeen.time))", .faint)
        ],
      ]
    }
    let none = [[Span("  none is certain yet", .faint)]]
    return LivePart(
      heading: [Span("FINDINGS", .strong), Span("  \(summary(status.findings))")],
      rows: rows.isEmpty ? none : rows, rest: nil, least: 4, rank: 0)
  }

  /// `2 errors, 1 warning, 5 infos; 3 uncertain`.
  private static func summary(_ tally: FindingTally) -> String {
    let counts = Severity.allCases.reversed().compactMap { severity in
      let count = tally.count(severity, certain: true)
      return count == 0 ? nil : Format.count(count, severity.rawValue)
    }
    let uncertain = Severity.allCases.reduce(0) { $0 + tally.count($1, certain: false) }
    let certain = counts.isEmpty ? "none" : counts.joined(separator: ", ")
    return certain + (uncertain == 0 ? "" : "; \(Format.count(uncertain)) uncertain")
  }
}
