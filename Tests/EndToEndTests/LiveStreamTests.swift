import Foundation
import TestSupport
import Testing

extension LiveTests {
  /// What `pmtrace stream` says while it goes on, against an analysis of the file that it writes.
  @Suite struct Stream {
    @Test(arguments: [
      ("clean", Int32(0)), ("leak", 1), ("unlocked 3", 1), ("load 300 4", 0),
      ("clean + load 200 2 + leak", 1),
    ])
    func saysWhatAnAnalysisSays(mode: String, status: Int32) throws {
      let bench = try LiveBench(.all)
      let run = try bench.stream("t.dat", ["--buffer-size", "32m"], mode: mode)
      #expect(try run.end() == status, "\(run.errors)")
      try bench.expectNothingLeft()
      let lines = try LiveLines(run.output)
      #expect(lines.types.first == "start")
      let streamed = try lines.report(status: status)
      let analyzed = try bench.analyze("t.dat")
      #expect(analyzed.status == status)
      #expect(streamed.verdict == analyzed.verdict)
      #expect(streamed.findings == analyzed.findings)
      #expect(streamed.read == analyzed.read)
      #expect(streamed.totalLost == 0 && analyzed.totalLost == 0)
      // What only the end decides is in the report alone.
      #expect(Set(lines.found).isSubset(of: analyzed.certain))
      #expect(lines.found.count { $0.hasPrefix("PM022") } == (mode == "unlocked 3" ? 3 : 0))
      if status == 0 { #expect(streamed.findings == []) }
      if mode.contains("leak") {
        #expect(analyzed.certain.contains { $0.hasPrefix("PM001 pagemap 0x") })
      }
    }

    /// A finding is printed when it is certain, not at the end, which is far.
    @Test func printsFindingsAtOnce() throws {
      let bench = try LiveBench()
      let run = try bench.stream("t.dat", mode: "unlocked 1 + loop 600")
      let isFound = wait { !run.isRunning || run.output.contains("\"type\":\"finding\"") }
      #expect(isFound && run.isRunning, "\(run.errors)")
      run.signal(SIGINT)
      #expect(try run.end() == 1, "\(run.errors)")
      try bench.expectNothingLeft()
    }

    @Test func textEndsWithTheVerdict() throws {
      let bench = try LiveBench()
      let program = try LiveMachine.target.get().program
      let run = try LiveRun(
        "stream", "--format", "text", "--probes", bench.definitions, "--", program, "unlocked", "1")
      #expect(try run.end() == 1, "\(run.errors)")
      #expect(run.output.contains("PM022") && run.output.contains("FAIL"))
      try bench.expectNothingLeft()
    }

    /// Counts of what was lost are the kernel's own.
    @Test func tellsWhatWasLost() throws {
      let bench = try LiveBench()
      let options = ["--buffer-size", "16k", "--event", "raw_syscalls:sys_enter"]
      let run = try bench.stream("t.dat", options, mode: "load 1000 2 + storm 300000 2")
      #expect(try run.end() == 2, "\(run.errors)")
      try bench.expectNothingLeft()
      let lines = try LiveLines(run.output)
      #expect(lines.types.contains("loss"))
      let streamed = try lines.report(status: 2)
      #expect(streamed.verdict == "inconclusive")
      let kernel = try TraceCmd.lost(bench.path("t.dat"))
      #expect(kernel.reduce(0, +) > 0)
      #expect(streamed.lost == kernel)
      let analyzed = try bench.analyze("t.dat")
      #expect(analyzed.status == 2 && analyzed.lost == kernel)
      #expect(analyzed.read == streamed.read)
      #expect(try TraceCmd.count(bench.path("t.dat")) == analyzed.totalRead)
    }

    @Test func recordTellsWhatWasLost() throws {
      let bench = try LiveBench()
      let options = ["--buffer-size", "16k", "--event", "raw_syscalls:sys_enter"]
      let run = try bench.record("t.dat", options, mode: "load 1000 2 + storm 300000 2")
      #expect(try run.end() == 0, "\(run.errors)")
      try bench.expectNothingLeft()
      let kernel = try TraceCmd.lost(bench.path("t.dat"))
      #expect(kernel.reduce(0, +) > 0)
      let report = try bench.analyze("t.dat")
      #expect(report.status == 2 && report.verdict == "inconclusive")
      #expect(report.lost == kernel)
      #expect(try TraceCmd.count(bench.path("t.dat")) == report.totalRead)
    }
  }
}
