import Glibc
package import TraceIngest

/// How long a recording goes on, and beside which command.
package struct RunSettings: Sendable {
  /// The command and its arguments; empty for none.
  package var command: [String] = []
  /// What the command is started through: a program that stops itself (SIGSTOP), then becomes what
  /// its further arguments say. Empty starts the command right away.
  package var starter: [String] = []
  /// What the command's standard output and error go to; nil for those of this process.
  package var outputDescriptor: Int32?
  /// How long to record, in nanoseconds; nil until the command is over or a signal comes.
  package var duration: UInt64?
  /// How long to go on when the command is over, in nanoseconds: what it left behind shows then.
  package var settle: UInt64 = 300_000_000
  /// Whether all of the kernel's symbols are kept, for stacks; else those of the GPU's modules.
  package var keepsAllSymbols = false

  package init() {}
}

/// One recording of the running kernel, from the first probe to the last trace of it.
///
/// It holds no thread of its own: whoever reads the ring buffer calls `wait` between two looks.
package final class RecordingRun {
  /// What is traced.
  package let session: TracingSession
  /// What a file of it says of itself.
  package let description: RecordingDescription
  /// The ring buffer's CPUs.
  package let cpus: [LiveSource.CPU]
  private let signals: Signals
  private let settings: RunSettings
  private var command: TracedCommand?
  private var phase = Phase.running
  private var deadline: ContinuousClock.Instant?
  /// Why it ended, once it has.
  package private(set) var ending: Ending?

  /// What ended a recording.
  package enum Ending: Hashable, Sendable {
    /// The command is over.
    case command
    /// The time is over.
    case duration
    /// A signal came.
    case signal(Int32)
  }

  private enum Phase {
    /// It records, until something happens.
    case running
    /// The command was asked to end, and has until then to do so.
    case ending(until: ContinuousClock.Instant)
    /// The command is over, the recording goes on until then.
    case settling(until: ContinuousClock.Instant)
    case over
  }

  /// The modules whose symbols are kept.
  private static let modules: Set<String> = ["drm", "drm_gpusvm_helper", "xe"]
  /// How long a command may take to end when it was asked to.
  private static let grace = Duration.seconds(5)

  /// Sets everything up; nothing is recorded before `start()`.
  ///
  /// - Throws: `ControlError`; nothing is left behind then.
  package init(
    _ configuration: TracingConfiguration, _ settings: RunSettings, signals: consuming Signals
  ) throws(ControlError) {
    self.settings = settings
    self.signals = signals
    let session = try TracingSession.start(configuration)
    self.session = session
    do throws(ControlError) {
      description = try session.instance.description(
        of: session.events, symbols: settings.keepsAllSymbols ? .all : .modules(Self.modules))
      cpus = try session.instance.openRawPipes().map {
        LiveSource.CPU(cpu: $0.cpu, descriptor: $0.descriptor)
      }
    } catch {
      _ = try? session.finish()
      throw error
    }
  }

  /// Starts recording, then the command.
  package func start() throws(ControlError) {
    let command = try prepareCommand()
    self.command = command
    try session.instance.hideOwnThreads()
    try session.turnOn()
    if let duration = settings.duration {
      deadline = .now + .nanoseconds(Int64(clamping: duration))
    }
    command?.send(SIGCONT)
  }

  /// Brings the command to where only SIGCONT is missing.
  private func prepareCommand() throws(ControlError) -> TracedCommand? {
    guard !settings.command.isEmpty else { return nil }
    let command = try TracedCommand(
      settings.command, through: settings.starter, output: settings.outputDescriptor)
    guard !settings.starter.isEmpty else { return command }
    let limit = ContinuousClock.now + Self.grace
    while !command.isStopped, !command.state.isOver, .now < limit { usleep(500) }
    return command
  }

  /// What became of the command; nil where there is none.
  package var commandState: TracedCommand.State? { command?.state }

  /// The trace's clock now.
  package var now: UInt64? {
    do throws(ControlError) { return try session.instance.now() } catch { return nil }
  }

  /// The ring buffer for a reader, which calls `wait` through it.
  package var source: LiveSource {
    LiveSource(
      description: description, cpus: cpus, now: { [self] in now },
      pause: { [self] limit in
        if wait(limit: limit) { return .goOn }
        do throws(ControlError) { return .ended(try stop()) } catch { return .ended([]) }
      })
  }

  /// The kernel's counters of every CPU as they are now, those that can be read.
  package var counters: [(cpu: UInt32, counters: CPUStatistics)] {
    cpus.compactMap { cpu in
      do throws(ControlError) {
        return (cpu.cpu, try session.instance.statistics(ofCPU: cpu.cpu).counters)
      } catch {
        return nil
      }
    }
  }

  /// The names of tasks as the kernel saved them.
  package var commandLines: [UInt8] { session.instance.savedCommandLines }

  /// Stops recording. What is in the ring buffer can still be read.
  ///
  /// - Returns: the kernel's counters of every CPU.
  package func stop() throws(ControlError) -> [StatisticsText] {
    try session.stop()
    var texts: [StatisticsText] = []
    for cpu in cpus {
      texts.append(
        StatisticsText(
          cpu: cpu.cpu, text: try session.instance.statistics(ofCPU: cpu.cpu).text))
    }
    return texts
  }

  /// Lets the command end, where it runs: what it was recorded for has failed.
  package func abandon() { command?.send(SIGTERM) }

  /// Takes everything away that the run has set up.
  @discardableResult
  package func finish() throws(ControlError) -> TracingSession.End { try session.finish() }
}

// MARK: - When it ends

extension RecordingRun {
  /// Waits until there is something to do, at most `limit` milliseconds: a CPU's buffer fills, the
  /// command ends, a signal comes.
  ///
  /// - Returns: whether the recording goes on.
  package func wait(limit: Int32) -> Bool {
    var waits = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
    if let command, !command.state.isOver {
      waits.append(pollfd(fd: command.descriptor, events: Int16(POLLIN), revents: 0))
    }
    waits += cpus.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    _ = poll(&waits, nfds_t(waits.count), timeout(limit))
    while let signal = signals.next() { take(signal) }
    takeTime()
    if case .over = phase { return false }
    return true
  }

  /// The poll's limit: not beyond the next moment at which something is to be done.
  private func timeout(_ limit: Int32) -> Int32 {
    var next = deadline
    switch phase {
    case .ending(let until), .settling(let until): next = min(next ?? until, until)
    case .running, .over: break
    }
    guard let next else { return limit }
    let left = (next - .now) / .milliseconds(1)
    return Int32(max(0, min(Double(limit), left.rounded(.up))))
  }

  private var commandIsRunning: Bool { command.map { !$0.state.isOver } ?? false }

  /// The first signal lets a command end by itself, so that what it does then is recorded; a second
  /// one does not wait.
  private func take(_ signal: SignalSource) {
    guard commandIsRunning, ending == nil else {
      if commandIsRunning { command?.send(SIGKILL) }
      end(ending ?? .signal(signal.number))
      return
    }
    ending = .signal(signal.number)
    // What a terminal sends, it sends to the command as well.
    if !signal.isFromTerminal { command?.send(signal.number) }
    phase = .ending(until: .now + Self.grace)
  }

  private func takeTime() {
    if let deadline, deadline <= .now, ending == nil {
      ending = .duration
      guard commandIsRunning else { return end(.duration) }
      command?.send(SIGTERM)
      phase = .ending(until: .now + Self.grace)
    }
    switch phase {
    case .over: break
    case .settling(let until): if until <= .now { end(ending ?? .command) }
    case .running, .ending: takeCommandsEnd()
    }
  }

  private func takeCommandsEnd() {
    if case .ending(let until) = phase, until <= .now, commandIsRunning {
      command?.send(SIGKILL)
      return end(ending ?? .command)
    }
    guard let state = command?.state, state.isOver else { return }
    if case .couldNotStart = state { return end(.command) }
    phase = .settling(until: .now + .nanoseconds(Int64(clamping: settings.settle)))
  }

  private func end(_ reason: Ending) {
    ending = reason
    phase = .over
  }
}
