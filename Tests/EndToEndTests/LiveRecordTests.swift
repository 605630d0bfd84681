import Foundation
import Testing

extension LiveTests {
  /// Files that `pmtrace record` makes.
  @Suite struct Record {
    @Test(arguments: [("clean", Int32(0)), ("leak", 1)])
    func recordsWhatIsThere(mode: String, status: Int32) throws {
      let bench = try LiveBench(.all)
      let run = try bench.record("t.dat", mode: mode)
      #expect(try run.end() == 0, "\(run.errors)")
      let report = try bench.analyze("t.dat")
      #expect(report.status == status)
      #expect(report.isEndKnown)
      #expect(report.totalLost == 0)
      #expect(try TraceCmd.count(bench.path("t.dat")) == report.totalRead)
      #expect(report.totalRead > 100)
      #expect(report.certain.map { $0.prefix(13) } == (status == 1 ? ["PM001 pagemap"] : []))
      if status == 0 { #expect(report.findings == []) }
      try bench.expectNothingLeft()
    }

    @Test func recordsSeveralCPUs() throws {
      let bench = try LiveBench()
      let options = ["--buffer-size", "32m"]
      let run = try bench.record("t.dat", options, mode: "load 300 4 + clean + storm 1000")
      #expect(try run.end() == 0, "\(run.errors)")
      let report = try bench.analyze("t.dat")
      #expect(report.status == 0)
      #expect(report.totalLost == 0)
      #expect(report.findings == [])
      if ProcessInfo.processInfo.activeProcessorCount > 1 {
        #expect(report.read.count { $0 > 1000 } > 1)
      }
      #expect(try TraceCmd.count(bench.path("t.dat")) == report.totalRead)
      try bench.expectNothingLeft()
    }

    @Test func passesTheCommandsStatusOn() throws {
      let bench = try LiveBench()
      #expect(try bench.record("t.dat", mode: "clean + exit 7").end() == 7)
      #expect(try bench.analyze("t.dat").status == 0)
      try bench.expectNothingLeft()
    }

    @Test func recordsForATime() throws {
      let bench = try LiveBench()
      let program = try bench.start("loop 600", isUrgent: true)
      #expect(try bench.record("t.dat", ["--for", "1s"], isUrgent: true).end() == 0)
      #expect(program.isRunning)
      let report = try bench.analyze("t.dat")
      #expect(report.totalRead > 100 && report.certain == [])
      #expect(report.seconds > 0.8)
      // Who has to wait for a CPU may come late.
      if LiveMachine.hasUrgency { #expect(report.seconds < 1.5) }
      try bench.expectNothingLeft()
      program.signal(SIGKILL)
    }

    /// What pmtrace does is not in its trace, though it traces system calls.
    @Test func doesNotRecordItself() throws {
      let bench = try LiveBench()
      let options = ["--event", "raw_syscalls:sys_enter", "--buffer-size", "32m"]
      let run = try bench.record("t.dat", options, mode: "loop 1 + storm 20000")
      var own: Set<Int32> = [run.pid]
      wait {
        own.formUnion(run.threads)
        return !run.isRunning
      }
      #expect(try run.end() == 0, "\(run.errors)")
      let recorded = try TraceCmd.pids(bench.path("t.dat"))
      #expect(!recorded.isEmpty)
      #expect(recorded.isDisjoint(with: own))
      try bench.expectNothingLeft()
    }

    /// The first run's probes serve the second one, and stay until the first one ends.
    @Test func twoRunAtOnce() throws {
      let bench = try LiveBench()
      let program = try bench.start("loop 600")
      let first = try bench.record("first.dat")
      bench.waitForTracing(first)
      let second = try bench.record("second.dat", mode: "clean")
      #expect(try second.end() == 0, "\(second.errors)")
      #expect(first.isRunning && program.isRunning)
      let between = try LiveMachine.traces()
      #expect(between.instances.contains("pmtrace-\(first.pid)"))
      #expect(!between.instances.contains("pmtrace-\(second.pid)"))
      #expect(between.probes.count >= 20)
      first.signal(SIGINT)
      #expect(try first.end() == 0, "\(first.errors)")
      try bench.expectNothingLeft()
      // Both saw both programs, as uprobes are of the program's file.
      for file in ["first.dat", "second.dat"] {
        let report = try bench.analyze(file)
        #expect(report.certain == [] && report.totalRead > 200)
      }
    }
  }
}
