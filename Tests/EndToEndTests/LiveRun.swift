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

  /// Waits for its end, and answers with its status as a shell would tell it. How long that may take
  /// is nothing that a test is about: who is late by minutes hangs.
  @discardableResult
  func end() throws -> Int32 {
    guard wait(until: { !process.isRunning }) else {
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

/// Waits until something is true; answers whether it became so before minutes had passed, which only a
/// program that hangs takes, however busy the machine is.
@discardableResult
func wait(until condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(300)
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
  func record(
    _ file: String, _ options: [String] = [], mode: String? = nil, isUrgent: Bool = false
  ) throws -> LiveRun {
    let run = ["record", "-o", path(file), "--probes", definitions] + options
    return try start(Command.binary.path, run + command(mode), isUrgent)
  }

  /// `stream --tee FILE --format ndjson --probes DEFINITIONS OPTIONS -- PROGRAM MODE`.
  func stream(_ file: String, _ options: [String] = [], mode: String? = nil) throws -> LiveRun {
    let run = ["stream", "--tee", path(file), "--format", "ndjson", "--probes", definitions]
    return try LiveRun(Command.binary.path, run + options + command(mode))
  }

  /// The traced program by itself.
  func start(_ mode: String, isUrgent: Bool = false) throws -> LiveRun {
    try start(program, words(mode), isUrgent)
  }

  /// Starts a program. One that is urgent goes before whatever else the machine does, so that a time
  /// is its own.
  private func start(
    _ program: String, _ words: [String], _ isUrgent: Bool
  ) throws -> LiveRun {
    isUrgent && LiveMachine.hasUrgency
      ? try LiveRun("/usr/bin/chrt", ["--fifo", "1", program] + words)
      : try LiveRun(program, words)
  }

  private func command(_ mode: String?) -> [String] {
    mode.map { ["--", program] + words($0) } ?? []
  }

  private func words(_ mode: String) -> [String] { mode.split(separator: " ").map(String.init) }

  /// The report of an analysis of a file.
  func analyze(_ file: String) throws -> LiveReport {
    let run = try Command.run("analyze", "--format", "json", path(file))
    return try LiveReport(Data(run.output.utf8), status: run.status)
  }

  /// Expects that tracefs is as it was.
  func expectNothingLeft(_ location: SourceLocation = #_sourceLocation) throws {
    let traces = try LiveMachine.traces()
    #expect(traces.isClean(since: before), "\(traces), before: \(before)", sourceLocation: location)
  }

  /// Waits until a run has recorded something.
  func waitForTracing(_ run: LiveRun, _ location: SourceLocation = #_sourceLocation) {
    let hasBegun = wait { !run.isRunning || LiveMachine.eventsRead(run.pid) > 500 }
    #expect(hasBegun && run.isRunning, "\(run.errors)", sourceLocation: location)
  }
}
