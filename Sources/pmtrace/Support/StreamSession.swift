import MetricsServer
import PagemapAnalysis
import PagemapReport
import PagemapRules
import Synchronization
import TraceControl
import TraceIngest

/// One run of `pmtrace stream`: ring buffer to analysis to output, until it ends.
final class StreamSession {
  private let command: Stream
  private let run: RecordingRun
  private let screen: StreamScreen
  private var output: StreamOutput
  private let writer: RecordingWriter?
  private let reader: LiveReader
  private var analysis: LiveAnalysis
  private let statistics: Box<[StatisticsText]>
  private var server: MetricsServer?
  private let page = MetricsSnapshot()
  private let options: AnalysisOptions
  private let began = ContinuousClock.now
  private var lastLook = ContinuousClock.now
  private var lastStatus: StreamStatus?
  private var recent: [FindingNews] = []
  private var hasToldFailure = false

  /// A value that closures share.
  private final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  /// How often the state of things is looked at.
  private static let interval = Duration.milliseconds(250)
  /// Pagemaps that are listed one by one.
  private static let pagemapLimit = 64
  /// Findings that the view may show.
  private static let recentLimit = 32

  /// Everything but the start.
  init(
    _ command: Stream, _ run: RecordingRun, _ screen: StreamScreen, _ options: AnalysisOptions
  ) throws {
    self.options = options
    self.command = command
    self.run = run
    self.screen = screen
    let writer = try command.tee.map { path throws(RecordingError) in
      try RecordingWriter(path: path, run.description)
    }
    self.writer = writer
    let statistics = Box<[StatisticsText]>([])
    self.statistics = statistics
    var source = run.source
    source.reorderWindow = command.reorderWindow.nanoseconds
    let pause = source.pause
    source.pause = { limit in
      let result = pause(limit)
      if case .ended(let texts) = result { statistics.value = texts }
      return result
    }
    if let writer { source.tee = { writer.append(cpu: $0, $1) } }
    reader = try LiveReader(source)
    analysis = LiveAnalysis(reader, options: options)
    output = StreamOutput(command.format, color: command.color, screen: screen)
  }

  /// Runs to the end.
  ///
  /// - Returns: the exit code.
  func follow() throws -> Int32 {
    do {
      try serveMetrics()
      try output.start(start)
      try screen.enter()
      try run.start()
      while try analysis.advance() { try look() }
    } catch {
      run.abandon()
      writer?.discard()
      throw error
    }
    return try conclude()
  }

  // MARK: On the way

  /// Prints what is new, and now and then how things stand.
  private func look() throws {
    if analysis.hasNews { try tellNews() }
    let now = ContinuousClock.now
    guard now - lastLook >= Self.interval else { return }
    lastLook = now
    flushTee()
    reader.taskNames.add(savedCommandLines: run.commandLines)
    let status = status(at: now)
    try output.status(status, since: lastStatus, for: command, failOn: options.failOn)
    if server != nil {
      page.bytes = MetricsText.render(status, version: Pmtrace.version)
    }
    lastStatus = status
  }

  /// Puts what the file gets into it. That it cannot take more is told once, and does not end the
  /// stream.
  private func flushTee() {
    writer?.flush()
    guard let failure = writer?.failure, !hasToldFailure else { return }
    hasToldFailure = true
    if !screen.isShown { Terminal.complain(failure.description) }
  }

  private func tellNews() throws {
    reader.taskNames.add(savedCommandLines: run.commandLines)
    for entry in analysis.news() {
      recent.removeAll { $0.number == entry.number }
      recent.insert(entry, at: 0)
      try output.news(entry, isNanoseconds: reader.metadata.timestampsAreNanoseconds)
    }
    if recent.count > Self.recentLimit { recent.removeLast(recent.count - Self.recentLimit) }
  }

  private func status(at now: ContinuousClock.Instant) -> StreamStatus {
    let ledger = analysis.ledger
    let bounds = server == nil ? nil : MetricsText.bounds
    var status = StreamStatus(
      elapsed: UInt64(max(0, (now - began) / .nanoseconds(1))),
      overview: analysis.overview(limit: Self.pagemapLimit, bounds: bounds))
    status.recordsRead = ledger.eventsRead
    status.cpus = CPULoss.all(in: ledger)
    for (cpu, counters) in run.counters {
      guard let index = status.cpus.firstIndex(where: { $0.cpu == cpu }) else { continue }
      status.cpus[index].overrun = counters.overrun
      status.cpus[index].dropped = counters.droppedEvents
      status.cpus[index].commitOverrun = counters.commitOverrun
    }
    status.lateRecords = reader.lateRecords
    status.findings = analysis.tally
    status.recentFindings = recent
    status.command = commandState
    status.windowFill = Double(reader.fill) / 100
    status.isNanoseconds = reader.metadata.timestampsAreNanoseconds
    return status
  }

  private var commandState: StreamStatus.CommandState {
    switch run.commandState {
    case nil, .starting?: .none
    case .running(let pid)?: .running(pid: pid)
    case .exited(let code)?: .exited(code: code)
    case .signalled(let signal)?: .killed(signal: signal)
    case .couldNotStart?: .exited(code: run.commandState?.exitCode ?? 126)
    }
  }

  // MARK: The end

  private func conclude() throws -> Int32 {
    if case .couldNotStart(let number)? = run.commandState {
      screen.leave()
      writer?.discard()
      Notes.tellNoStart(of: command.recording.command, number)
      return run.commandState?.exitCode ?? 126
    }
    let commandLines = run.commandLines
    reader.taskNames.add(savedCommandLines: commandLines)
    let name = command.tee ?? "live"
    let trace = analysis.conclude(path: name)
    Notes.finish(run)
    server?.stop()
    screen.leave()
    try screen.showCommandOutput()
    try output.command(commandState)
    // What only the end decides; for people it stands in the report.
    if command.format == .ndjson { try tellNews() }
    let report = Judge.report([trace], by: options)
    var failure: RecordingError?
    do throws(RecordingError) {
      try writer?.finish(statistics: statistics.value, commandLines: commandLines)
    } catch {
      failure = error
    }
    try output.end(report, elapsed: UInt64(max(0, (ContinuousClock.now - began) / .nanoseconds(1))))
    if let failure { throw failure }
    return report.exitCode
  }

  // MARK: The start

  private func serveMetrics() throws {
    guard let address = command.metrics else { return }
    do throws(MetricsServerError) {
      let page = page
      server = try MetricsServer(address: address) { page.bytes }
      Terminal.keepDescriptorsFromChildren()
    } catch {
      throw InternalFailure(description: error.description)
    }
  }

  private var start: StreamStart {
    let recording = command.recording
    var start = StreamStart(
      version: Pmtrace.version, kernelRelease: reader.metadata.kernelRelease,
      clock: run.description.clock, cpus: run.cpus.count,
      bufferSize: recording.bufferSize.kibibytes << 10,
      reorderWindow: command.reorderWindow.nanoseconds)
    start.events = run.session.events.map(\.description)
    start.missingEvents = run.session.probes.filter { !$0.isUsable }.map(\.name.description)
    start.decidableRules = analysis.decidableRules
    start.rules = RuleRegistry.all.count
    start.duration = recording.duration?.nanoseconds
    start.tee = command.tee
    start.metrics = server.map { "\($0.address)" }
    start.command = recording.command.isEmpty ? nil : recording.command
    return start
  }
}

/// The metrics as they were rendered last, for the server's threads.
private final class MetricsSnapshot: Sendable {
  private let current = Mutex<[UInt8]>([])

  var bytes: [UInt8] {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }
}
