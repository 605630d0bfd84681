import Foundation
import Testing

extension LiveTests {
  /// Runs that cannot do what they are asked.
  @Suite struct Failures {
    @Test(arguments: ["record", "stream"])
    func commandThatCannotStart(command: String) throws {
      let bench = try LiveBench(.two)
      let plain = try bench.scratch.file("plain", Array("not a program\n".utf8))
      let start = command == "record" ? ["record", "-o"] : ["stream", "--tee"]
      for (program, status) in [("/no/such/program", Int32(127)), (plain.path, 126)] {
        let run = try LiveRun(
          Command.binary.path,
          start + [bench.path("t.dat"), "--probes", bench.definitions, "--", program])
        #expect(try run.end() == status, "\(run.errors)")
        #expect(run.errors.contains(program))
        try bench.expectNothingLeft()
      }
    }

    @Test func unknownSetsAndEvents() throws {
      let bench = try LiveBench(.two)
      let file = bench.path("t.dat")
      for options in [
        ["--set", "nonsense"], ["--event", "no_such:event"],
        ["--event", "sched:no_such_event"], ["--event", "nonsense"],
      ] {
        for start in [["record", "-o", file], ["stream", "--tee", file]] {
          let run = try LiveRun(
            Command.binary.path, start + options + ["--for", "1s", "--", "/bin/true"])
          #expect(try run.end() == 64, "\(options): \(run.errors)")
          try bench.expectNothingLeft()
        }
      }
    }

    @Test func unwritableOutput() throws {
      let bench = try LiveBench(.two)
      for place in [bench.path("no/such/folder/t.dat"), bench.scratch.folder.path] {
        for start in [["record", "-o", place], ["stream", "--tee", place]] {
          let run = try LiveRun(
            Command.binary.path, start + ["--probes", bench.definitions, "--", "/bin/true"])
          #expect(try run.end() == 70, "\(run.errors)")
          #expect(run.errors.contains(place))
          try bench.expectNothingLeft()
        }
      }
    }

    /// A tracing directory that is empty, or something else altogether.
    @Test(arguments: ["record", "stream"])
    func wrongTracingDirectory(command: String) throws {
      let bench = try LiveBench(.two)
      let empty = bench.path("empty")
      try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
      for directory in [empty, "/proc", "/no/such/directory"] {
        let start = command == "record" ? ["record", "-o"] : ["stream", "--tee"]
        let run = try LiveRun(
          Command.binary.path,
          start + [
            bench.path("t.dat"), "--tracefs", directory, "--probes", bench.definitions, "--",
            "/bin/true",
          ])
        #expect(try run.end() == 3, "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        #expect(run.errors.contains(directory))
        try bench.expectNothingLeft()
      }
    }

    /// A full disk is told, and what was written until then can be analysed.
    @Test(.enabled(if: geteuid() == 0, "only root may mount a small file system"))
    func fullDisk() throws {
      let bench = try LiveBench(.two)
      let disk = bench.path("disk")
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      let options = ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]
      guard try LiveRun("/usr/bin/mount", options).end() == 0 else {
        print("skipped: no file system can be mounted here")
        return
      }
      defer { _ = try? LiveRun("/usr/bin/umount", ["-l", disk]).end() }
      let mode = "load 200 2 + storm 1000000 2"
      for command in ["record", "stream"] {
        let events = ["--event", "raw_syscalls:sys_enter"]
        let run =
          try
          (command == "record"
          ? bench.record("disk/t.dat", events, mode: mode)
          : bench.stream("disk/t.dat", events, mode: mode))
        #expect(try run.end() == 70, "\(run.errors)")
        #expect(run.errors.contains("t.dat"))
        try bench.expectNothingLeft()
        let report = try bench.analyze("disk/t.dat")
        #expect([1, 2].contains(report.status) && report.totalRead > 0)
        try FileManager.default.removeItem(atPath: bench.path("disk/t.dat"))
      }
    }
  }
}
