import Foundation
import TestSupport
import Testing

/// A command that runs while the test goes on.
final class LiveRun {
  /// A run that did not end in time; it was killed.
  struct Stuck: Error, CustomStringConvertible {
    var arguments: [String]
    var errors: String
    var description: String { "did not end: \(arguments.joined(separator: " ")): \(errors)" }
  }

  let arguments: [String]
  private let process = Process()
  private let folder: Scratch

  /// Starts pmtrace with these arguments.
  convenience init(_ arguments: String...) throws {
    try self.init(Command.binary.path, arguments)
  }

  /// Starts pmtrace, or another program.
  init(_ program: String = Command.binary.path, _ arguments: [String]) throws {
    self.arguments = arguments
    folder = try Scratch()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "TERM": "dumb"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: folder.file("out", []))
    process.standardError = try FileHandle(forWritingTo: folder.file("err", []))
    try process.run()
  }

  deinit { if process.isRunning { kill(pid, SIGKILL) } }

  var pid: Int32 { process.processIdentifier }

  var isRunning: Bool { process.isRunning }

  /// What it has written so far.
  var output: String { text("out") }
  var errors: String { text("err") }

  private func text(_ name: String) -> String {
    let data = try? Data(contentsOf: folder.folder.appending(path: name))
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits for its end, and answers with its status as a shell would tell it.
  @discardableResult
  func end(within seconds: Double = 30) throws -> Int32 {
    let hasEnded = wait(seconds) {
      LiveMachine.noteOthers()
      return !process.isRunning
    }
    guard hasEnded else {
      kill(pid, SIGKILL)
      throw Stuck(arguments: arguments, errors: errors)
    }
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return process.terminationStatus + (isSignal ? 128 : 0)
  }

  /// The threads that it has now.
  var threads: Set<Int32> {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
    return Set((names ?? []).compactMap { Int32($0) })
  }
}

/// Waits until something is true; answers whether it became so in time.
@discardableResult
func wait(_ seconds: Double, until condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try !condition() {
    guard ContinuousClock.now < deadline else { return false }
    usleep(5000)
  }
  return true
}

/// What a live test works with: a folder of its own, the traced program, and what tracefs held before.
struct LiveBench {
  private let turn: TracefsTurn
  let scratch: Scratch
  let before: LiveMachine.Traces
  private let program: String
  let definitions: String

  /// Which of the program's functions are probed: the kernel takes its time to take each one off.
  enum Probes { case all, few, two }

  init(_ probes: Probes = .few) throws {
    turn = try TracefsTurn()
    LiveMachine.forgetOthers()
    scratch = try Scratch()
    _ = try LiveRun("probes", "remove", "--stale").end()
    before = try LiveMachine.traces()
    let target = try LiveMachine.target.get()
    program = target.program
    definitions =
      switch probes {
      case .all: target.definitions
      case .few: target.fewDefinitions
      case .two: target.twoDefinitions
      }
  }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { scratch.folder.appending(path: name).path }

  /// `record -o FILE --probes DEFINITIONS OPTIONS -- PROGRAM MODE`; without a mode, no command.
  func record(_ file: String, _ options: [String] = [], mode: String? = nil) throws -> LiveRun {
    let run = ["record", "-o", path(file), "--probes", definitions] + options
    return try LiveRun(Command.binary.path, run + command(mode))
  }

  /// `stream --tee FILE --format ndjson --probes DEFINITIONS OPTIONS -- PROGRAM MODE`.
  func stream(_ file: String, _ options: [String] = [], mode: String? = nil) throws -> LiveRun {
    let run = ["stream", "--tee", path(file), "--format", "ndjson", "--probes", definitions]
    return try LiveRun(Command.binary.path, run + options + command(mode))
  }

  /// The traced program by itself.
  func start(_ mode: String) throws -> LiveRun { try LiveRun(program, words(mode)) }

  private func command(_ mode: String?) -> [String] {
    mode.map { ["--", program] + words($0) } ?? []
  }

  private func words(_ mode: String) -> [String] { mode.split(separator: " ").map(String.init) }

  /// The report of an analysis of a file.
  func analyze(_ file: String) throws -> LiveReport {
    let run = try Command.run("analyze", "--format", "json", path(file))
    return try LiveReport(Data(run.output.utf8), status: run.status)
  }

  /// Expects that tracefs is as it was. A recording by a script of `probes emit` counts as a run, and
  /// keeps the probes of all; where there was one, they go behind it.
  func expectNothingLeft(_ location: SourceLocation = #_sourceLocation) throws {
    var traces = try LiveMachine.traces()
    if !traces.isClean(since: before), LiveMachine.sawOthers {
      try wait(60) {
        _ = try LiveRun("probes", "remove", "--stale").end()
        traces = try LiveMachine.traces()
        return traces.isClean(since: before)
      }
    }
    #expect(traces.isClean(since: before), "\(traces), before: \(before)", sourceLocation: location)
  }

  /// Waits until a run has recorded something.
  func waitForTracing(_ run: LiveRun, _ location: SourceLocation = #_sourceLocation) {
    let hasBegun = wait(30) { !run.isRunning || LiveMachine.eventsRead(run.pid) > 500 }
    #expect(hasBegun && run.isRunning, "\(run.errors)", sourceLocation: location)
  }
}
