import Foundation
import PagemapEvents
import PagemapModel
import PagemapReport
import TestSupport
import TraceIngest

@testable import PagemapAnalysis
@testable import PagemapRules

/// A recording run as a stream is: looked at now and then while it goes on.
struct StreamedRun {
  /// How it stood at each look.
  var statuses: [StreamStatus] = []
  /// What became known of findings, with the number of the look it was told at; behind the last
  /// look is what only the end decides.
  var news: [(tick: Int, news: FindingNews)] = []
  /// How it stood when all was over.
  var last: StreamStatus
  /// Findings at the end, by their numbers.
  var findings: [Finding]

  /// Looks at a run every so many events. A look comes 250 ms after the one before.
  struct Ticker: RunWatcher {
    static var keepsLast: Bool { false }
    let every: UInt64
    let limit: Int
    var statuses: [StreamStatus] = []
    var news: [(tick: Int, news: FindingNews)] = []
    var feed = FindingFeed()

    func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool { true }
    func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool { true }

    mutating func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
      if run.count % every == 0 { look(at: run) }
      return true
    }

    mutating func look(at run: borrowing TraceRun) {
      for news in feed.news(of: run) { self.news.append((statuses.count, news)) }
      var status = StreamStatus(
        elapsed: UInt64(statuses.count + 1) * 250_000_000,
        overview: run.overview(limit: limit, bounds: MetricsText.bounds))
      status.recordsRead = run.count
      status.cpus = CPULoss.all(in: run.reader.ledger)
      status.findings = feed.tally
      status.recentFindings = news.reversed().map(\.news)
      statuses.append(status)
    }
  }

  init(_ reader: any TraceReader, every: UInt64 = 50, limit: Int = 32) throws {
    var ticker = Ticker(every: every, limit: limit)
    var run = TraceRun(reader, AnalysisOptions())
    _ = try run.run(&ticker, nil)
    _ = run.finish(run.completeLedger())
    statuses = ticker.statuses
    ticker.look(at: run)
    news = ticker.news
    last = ticker.statuses[ticker.statuses.count - 1]
    findings = run.context.findings
  }

  /// A recording of the repository.
  init(_ recording: String, every: UInt64 = 50, limit: Int = 32) throws {
    let path = RepositoryFiles.url("fixtures/recordings/\(recording).dat").path
    try self.init(TraceOpener.open(path: path), every: every, limit: limit)
  }
}

/// What a stream knows, made by hand.
enum StreamSamples {
  static var start: StreamStart {
    var start = StreamStart(
      version: "0.1.0", kernelRelease: "7.3.4+deb13-amd64", clock: "mono", cpus: 2,
      bufferSize: 8 << 20, reorderWindow: 100_000_000)
    start.events = ["pmtrace:drm_pagemap_init", "pmtrace:drm_pagemap_put"]
    start.missingEvents = (1...8).map { "pmtrace:absent_\($0)" }
    start.decidableRules = 41
    start.rules = 56
    start.duration = 60_000_000_000
    start.tee = "trace.dat"
    start.metrics = "http://127.0.0.1:9100/metrics"
    start.command = ["pmtest", "it's", "a b", ""]
    return start
  }

  static var status: StreamStatus {
    var status = StreamStatus(elapsed: 3_725_400_000_000, overview: overview)
    status.recordsRead = 12_345_678
    var loss = CPULoss(cpu: 1)
    loss.overrun = 1024
    loss.dropped = 7
    loss.missing = 900
    loss.gapsOfUnknownSize = 2
    status.cpus = [CPULoss(cpu: 0), loss]
    status.lateRecords = 3
    status.findings.count(key(1, .error, true), insteadOf: nil)
    status.findings.count(key(6, .warning, false), insteadOf: nil)
    status.findings.count(key(6, .warning, true), insteadOf: key(6, .warning, false))
    status.findings.count(key(6, .info, true), insteadOf: nil)
    status.findings.count(key(2, .error, false), insteadOf: nil)
    status.findings.count(key(7, .error, false), insteadOf: nil)
    status.findings.withdraw(key(7, .error, false))
    status.recentFindings = [
      FindingNews(kind: .withdrawn, number: 3, finding: Samples.note),
      FindingNews(kind: .changed, number: 2, finding: Samples.thrash),
      FindingNews(kind: .found, number: 1, finding: Samples.leak),
    ]
    status.command = .running(pid: 4711)
    status.windowFill = 0.125
    return status
  }

  private static func key(_ rule: Int, _ severity: Severity, _ isCertain: Bool) -> FindingTally.Key
  {
    FindingTally.Key(rule: RuleID(rule), severity: severity, isCertain: isCertain)
  }

  static var overview: LiveOverview {
    var overview = LiveOverview()
    let summary = Samples.summary
    overview.time = 19_498_000_000
    overview.events = summary.events
    overview.pagemapEvents = 321
    overview.devices = summary.devices
    overview.pagemaps = (0..<6).map(pagemap)
    overview.furtherPagemaps = 9_994
    overview.pagemapCounts = summary.pagemaps
    overview.migrations = summary.migrations
    overview.evictions = summary.evictions
    overview.cpuFaults = summary.cpuFaults
    overview.cpuFaultsWithoutProgress = summary.cpuFaultsWithoutProgress
    overview.objects = [
      .init(kind: .pagemap, count: 10_000), .init(kind: .deviceAllocation, count: 17),
      .init(kind: .folio, count: 4096), .init(kind: .zdd, count: 0),
    ]
    overview.latencies = MigrationDirection.allCases.map { direction in
      var latency = CallLatency(direction: direction)
      latency.count = direction == .systemToDevice ? 1204 : 0
      latency.total = direction == .systemToDevice ? 541_800_000 : 0
      latency.atMost = MetricsText.bounds.map { $0 < 450_000 ? 0 : latency.count }
      return latency
    }
    return overview
  }

  /// Some pagemaps in all the states that a ledger can be in.
  private static func pagemap(_ number: Int) -> LivePagemap {
    var ledger = Samples.leak.ledger
    switch number {
    case 0: ledger?.unattributed = 0
    case 1: break
    case 2: ledger?.unattributed = -2
    case 3:
      ledger?.holders = []
      ledger?.references = 1
    case 4: ledger = nil
    default:
      ledger?.holders = []
      ledger?.references = 0
      ledger?.unattributed = 0
    }
    return LivePagemap(
      address: Samples.pagemap + UInt64(number) * 0x400, epoch: UInt32(number + 1),
      device: number == 4 ? nil : "pmfake.\(number % 2)", state: number == 5 ? .cached : .active,
      isAdopted: number == 3, since: 19_000_000_000, ledger: ledger)
  }

  /// How it stood a quarter of a second before.
  static var earlier: StreamStatus {
    var status = status
    status.elapsed -= 250_000_000
    status.recordsRead -= 250_000
    status.overview.events -= 100
    status.overview.migrations[0].calls.count -= 10
    status.overview.migrations[0].pages -= 160
    status.overview.migrations.removeLast()
    status.cpus.removeLast()
    status.lateRecords = 1
    return status
  }

  static var rates: StreamRates { StreamRates(from: earlier, to: status) }

  /// The status with this string wherever the trace or the caller has a say.
  static func hostile(_ string: String) -> StreamStatus {
    var status = status
    let finding = Samples.hostile(string).findings[0]
    status.recentFindings = [FindingNews(kind: .found, number: 1, finding: finding)]
    status.overview.devices[0].name = string
    for index in status.overview.pagemaps.indices {
      status.overview.pagemaps[index].device = string
      status.overview.pagemaps[index].ledger = finding.ledger
    }
    return status
  }
}
