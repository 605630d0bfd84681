import Foundation
import Testing

extension LiveTests {
  /// Runs that are ended from outside.
  @Suite struct Signals {
    @Test(arguments: ["record", "stream"], [SIGINT, SIGTERM])
    func endsCleanly(command: String, signal: Int32) throws {
      let bench = try LiveBench()
      let program = try bench.start("loop 600")
      let run = try command == "record" ? bench.record("t.dat") : bench.stream("t.dat")
      bench.waitForTracing(run)
      run.signal(signal)
      #expect(try run.end() == 0, "\(run.errors)")
      try bench.expectNothingLeft()
      #expect(program.isRunning)
      let report = try bench.analyze("t.dat")
      #expect(report.status == 0 && report.isEndKnown)
      #expect(report.totalRead > 100 && report.totalLost == 0)
      program.signal(SIGKILL)
      if command == "stream" {
        #expect(try LiveLines(run.output).report(status: 0).findings == report.findings)
      }
    }

    /// The command ends with the run that started it.
    @Test(arguments: [("record", SIGINT), ("stream", SIGTERM)])
    func endsTheCommand(command: String, signal: Int32) throws {
      let bench = try LiveBench()
      let run =
        try
        (command == "record"
        ? bench.record("t.dat", mode: "loop 600") : bench.stream("t.dat", mode: "loop 600"))
      bench.waitForTracing(run)
      let commands = children(of: run.pid)
      #expect(!commands.isEmpty)
      run.signal(signal)
      try run.end()
      #expect(wait { commands.allSatisfy { kill($0, 0) != 0 } })
      try bench.expectNothingLeft()
      let report = try bench.analyze("t.dat")
      #expect(report.certain == [] && report.isEndKnown)
      #expect(report.totalRead > 100)
      try LiveMachine.killTargets()
    }

    /// A killed run leaves its instance, its probes and a file that can be read; one command cleans up.
    @Test(arguments: ["record", "stream"])
    func canBeKilled(command: String) throws {
      let bench = try LiveBench()
      let mode = "load 1000000 2"
      let run =
        try
        (command == "record"
        ? bench.record("t.dat", mode: mode) : bench.stream("t.dat", mode: mode))
      bench.waitForTracing(run)
      #expect(try wait { try bench.analyze("t.dat").totalRead > 0 })
      run.signal(SIGKILL)
      #expect(try run.end() == 128 + SIGKILL)
      try LiveMachine.killTargets()
      let left = try LiveMachine.traces()
      #expect(left.instances.contains("pmtrace-\(run.pid)"))
      #expect(left.probes.contains { $0.hasSuffix(" pmtrace=\\1:u8") })
      let report = try bench.analyze("t.dat")
      #expect(report.status == 2)
      #expect(report.totalRead > 0)
      let cleanUp = try LiveRun("probes", "remove", "--stale")
      #expect(try cleanUp.end() == 0, "\(cleanUp.errors)")
      try bench.expectNothingLeft()
    }

    /// The next run cleans up as well.
    @Test func nextRunCleansUp() throws {
      let bench = try LiveBench()
      let run = try bench.record("t.dat", mode: "loop 600")
      bench.waitForTracing(run)
      run.signal(SIGKILL)
      try run.end()
      try LiveMachine.killTargets()
      #expect(try bench.record("next.dat", mode: "clean").end() == 0)
      try bench.expectNothingLeft()
      #expect(try bench.analyze("next.dat").status == 0)
    }

    /// The processes that a process has started.
    private func children(of parent: Int32) -> [Int32] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return names.compactMap { Int32($0) }.filter { pid in
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        return status.contains("\nPPid:\t\(parent)\n")
      }
    }
  }
}
