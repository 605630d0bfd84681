import Foundation
import Testing

@testable import TraceControl

@Suite(.needsTracefs) struct SessionTests {
  @Test func countsEventsAndLeavesNothing() throws {
    let corner = try Corner("session")
    let session = try TracingSession.start(corner.configuration("take", "give"))
    #expect(try corner.lines().count == 2)
    #expect(try corner.instances() == [session.instance.name])
    try corner.exercise(10)
    #expect(try session.instance.entries() == 0, "it is not on yet")
    try session.turnOn()
    try corner.exercise(50)
    try session.stop()
    try corner.exercise(10)
    #expect(try session.instance.entries() == 100)
    _ = try session.instance.openRawPipes()
    let end = try session.finish()
    #expect(end.probes.removed == [corner.name("give"), corner.name("take")])
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
  }

  @Test func twoAtOnceShareTheirProbes() throws {
    let corner = try Corner("two")
    let first = try TracingSession.start(corner.configuration("take"))
    let second = try TracingSession.start(corner.configuration("take", "give"))
    #expect(second.probes.map(\.result) == [.present(.run), .added(candidate: 0)])
    #expect(second.stale.liveRuns == 1)
    try first.turnOn()
    try second.turnOn()
    try corner.exercise(7)
    #expect(try first.instance.entries() == 7)
    #expect(try second.instance.entries() == 14)
    let end = try first.finish()
    #expect(end.probes.removed.isEmpty && end.liveRuns == 1)
    try corner.exercise(1)
    #expect(try second.instance.entries() == 16)
    #expect(try second.finish().probes.removed.count == 2)
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
  }

  @Test func installedProbesOutliveARun() throws {
    let corner = try Corner("outlive")
    _ = try corner.prober.install([corner.program.probe(corner.group, "take")], as: .installed)
    let before = try corner.lines()
    let session = try TracingSession.start(corner.configuration("take", "give"))
    #expect(session.probes.map(\.result) == [.present(.installed), .added(candidate: 0)])
    try session.finish()
    #expect(try corner.lines() == before)
    #expect(try corner.prober.remove().probes.removed == [corner.name("take")])
  }

  @Test func stackTriggers() throws {
    let corner = try Corner("stacks")
    var configuration = corner.configuration("take")
    configuration.stacks = [corner.name("take"), corner.name("not_loaded")]
    let session = try TracingSession.start(configuration)
    let trigger = try session.instance.read("events/\(corner.group)/take/trigger")
    #expect(String(decoding: trigger, as: UTF8.self).contains("stacktrace"))
    try session.turnOn()
    try corner.exercise(3)
    #expect(try session.instance.entries() == 6, "each with its stack")
    try session.finish()
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
  }

  @Test func furtherEvents() throws {
    let corner = try Corner("further")
    var configuration = corner.configuration("take")
    configuration.events = ["sched:sched_wak*"]
    let session = try TracingSession.start(configuration)
    #expect(session.events.contains(EventName(system: "sched", event: "sched_waking")))
    try session.finish()
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
  }

  /// What stops a session from starting, at each of its steps.
  @Test(arguments: ["event", "clock", "buffer", "none", "directory"])
  func failuresLeaveNothing(step: String) throws {
    let corner = try Corner("failure_\(step)")
    var configuration = corner.configuration("take")
    switch step {
    case "event": configuration.events = ["sched:no_such_event"]
    case "clock": configuration.settings.clock = "sundial"
    case "buffer": configuration.settings.bufferKibibytes = 1 << 40
    case "none": configuration.probes[0].candidates = ["p:\(corner.group)/take /nowhere:0x1"]
    default: configuration.directory = "/nowhere"
    }
    let error = #expect(throws: ControlError.self) { try TracingSession.start(configuration) }
    if step == "none" {
      #expect(
        error?.problem == "this kernel takes none of the 1 probes (the first: Failed to find the "
          + "given file)")
    }
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
  }
}

/// What a killed run leaves behind, and who clears it up.
@Suite(.needsTracefs) struct StaleRunTests {
  /// A process that holds an instance and a probe as a run does.
  private final class Run {
    let process = Process()
    private let input = Pipe()

    init(_ corner: Corner) throws {
      let script = """
        cd '\(corner.tracefs.directory)' && i=instances/\(corner.group)-$$ && mkdir $i || exit 1
        exec 9< $i && flock -x 9 || exit 1
        echo "$1" >> dynamic_events || exit 1
        echo 1 > $i/events/\(corner.group)/take/enable || exit 1
        echo ready
        exec cat
        """
      let definition = corner.program.definition(
        corner.name("take"), on: "take", "a=%di:s64 \(corner.group)=\\1:u8")
      let output = Pipe()
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-c", script, "run", definition]
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      let line = output.fileHandleForReading.availableData
      #expect(String(decoding: line, as: UTF8.self) == "ready\n")
    }

    func kill() {
      Glibc.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  @Test func cleanedAfterAKill() throws {
    let corner = try Corner("killed")
    let run = try Run(corner)
    let stale = StaleRuns(corner.tracefs, ownership: corner.ownership)
    let live = try stale.clean()
    #expect(live.liveRuns == 1 && live.instances.isEmpty && live.probes == ProbeRemoval())
    #expect(try corner.prober.remove().liveRuns == 1)
    #expect(try corner.lines().count == 1 && corner.instances().count == 1)

    run.kill()
    #expect(try corner.lines().count == 1 && corner.instances().count == 1)
    let report = try stale.clean()
    #expect(report.instances == ["\(corner.group)-\(run.process.processIdentifier)"])
    #expect(report.probes.removed == [corner.name("take")])
    #expect(report.problems.isEmpty)
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
    #expect(try stale.clean() == StaleRuns.Report())
  }

  @Test func scriptsAreLiveWhileTheirProcessIs() throws {
    let corner = try Corner("script")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sleep")
    process.arguments = ["600"]
    try process.run()
    let name = "\(corner.group)-script-\(process.processIdentifier)"
    #expect(mkdir(corner.tracefs.path("instances/\(name)"), 0o750) == 0)
    let stale = StaleRuns(corner.tracefs, ownership: corner.ownership)
    #expect(try stale.clean().liveRuns == 1)
    #expect(try corner.instances() == [name])
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(try stale.clean().instances == [name])
    #expect(try corner.instances().isEmpty)
  }

  @Test func theNextRunCleansUp() throws {
    let corner = try Corner("next")
    let run = try Run(corner)
    run.kill()
    let session = try TracingSession.start(corner.configuration("take"))
    #expect(session.stale.instances.count == 1)
    #expect(session.probes.map(\.result) == [.added(candidate: 0)])
    try session.finish()
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
  }

  @Test func probesOfAKilledRunStayForALiveOne() throws {
    let corner = try Corner("shared")
    let run = try Run(corner)
    let session = try TracingSession.start(corner.configuration("take"))
    #expect(session.probes.map(\.result) == [.present(.run)])
    run.kill()
    let report = try StaleRuns(corner.tracefs, ownership: corner.ownership).clean()
    #expect(report.instances.count == 1 && report.liveRuns == 1)
    try session.turnOn()
    try corner.exercise(2)
    #expect(try session.instance.entries() == 2)
    try session.finish()
    #expect(try corner.lines().isEmpty && corner.instances().isEmpty)
  }
}
