import Foundation
import TestSupport
import Testing

extension LiveTests {
  /// `pmtrace probes` on this kernel, with uprobes on the traced program.
  @Suite struct ProbeCommands {
    /// Runs `pmtrace probes`, with the program's definitions and what `change` makes of them.
    private func probes(
      _ words: [String], _ bench: LiveBench, change: (String) -> String = { $0 }
    ) throws -> Command.Result {
      let text = try String(
        contentsOfFile: LiveMachine.target.get().definitions, encoding: .utf8)
      let file = try bench.scratch.file("mine.defs", Array(change(text).utf8))
      return try Command.run(all: ["probes"] + words + ["--probes", file.path])
    }

    /// The names of the events that the definitions make, `GROUP/EVENT`.
    private var events: [String] {
      get throws {
        try String(contentsOfFile: LiveMachine.target.get().definitions, encoding: .utf8)
          .split(separator: "\n").filter { $0.hasPrefix("p:") }
          .map { String($0.dropFirst(2).prefix { $0 != " " }) }
      }
    }

    private var count: Int { get throws { try events.count } }

    @Test func checkTellsWhatLoadsAndWhyNot() throws {
      let bench = try LiveBench()
      let run = try probes(["check"], bench) {
        $0 + "p:drm_pagemap/drm_pagemap_none /no/such/program:0x10\n"
      }
      #expect(run.status == 0, "\(run.errors)")
      let expected = "\(try count) of the \(try count + 1) probes of mine.defs can be used on "
      #expect(run.output.hasPrefix(expected), "\(run.output)")
      #expect(run.output.contains("drm_pagemap:drm_pagemap_none  Failed to find the given file"))
      #expect(run.output.contains("\n  decided      PM001 "))
      try bench.expectNothingLeft()
    }

    @Test func checkAsJSON() throws {
      let bench = try LiveBench()
      let run = try probes(["check", "--format", "json"], bench)
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      #expect(report["schema"] as? String == "pmtrace.probes/1")
      let counts = try #require(report["counts"] as? [String: Int])
      #expect(try counts["loaded"] == count && counts["refused"] == 0, "\(counts)")
      try bench.expectNothingLeft()
    }

    @Test func checkWithoutOneThatLoads() throws {
      let bench = try LiveBench()
      let run = try probes(["check", "--quiet"], bench) { _ in "p:mine/x /no/such/program:0x10\n" }
      #expect(run.status == 2)
      #expect(run.output.hasPrefix("0 of the 1 probes of mine.defs can be used on "))
      try bench.expectNothingLeft()
    }

    @Test func whatTheUserWroteWrong() throws {
      let bench = try LiveBench()
      let run = try probes(["check"], bench) { _ in "# mine\n\nf:mine/x some_function\nnonsense\n" }
      #expect(run.status == 64)
      #expect(run.errors.contains("mine.defs:4: nonsense begins with none of"))
    }

    @Test(arguments: ["/proc", "/no/such/directory"]) func wrongDirectory(path: String) throws {
      for command in ["check", "install", "remove"] {
        let run = try Command.run("probes", command, "--tracefs", path)
        #expect(run.status == 3)
        #expect(run.errors.hasPrefix("pmtrace: \(path) "))
        #expect(run.errors.split(separator: "\n").count == 1)
      }
    }

    /// What a script for this machine does is tested where scripts are made.
    @Test func emit() throws {
      let bench = try LiveBench()
      let run = try probes(["emit", "--as", "sh"], bench)
      #expect(run.status == 0 && run.output.hasPrefix("#!/bin/sh\n"))
      for event in try events {
        #expect(run.output.contains("'p:\(event) /"), "\(event)")
      }
      let script = try bench.scratch.file("record.sh", Array(run.output.utf8))
      #expect(try Command.shell("sh -n '\(script.path)'", in: bench.scratch.folder).status == 0)
    }

    /// Where the developer has installed probes they stay, and this is not tried.
    private static var hasInstalledProbes: Bool {
      let text = LiveMachine.tracefs.flatMap { TracefsText.read("\($0)/dynamic_events") }
      return text?.contains("pmtrace=\\2:u8") ?? false
    }

    @Test(.enabled(if: !hasInstalledProbes, "probes are installed here"))
    func installAndRemove() throws {
      let bench = try LiveBench()
      let tracefs = try #require(LiveMachine.tracefs)
      let all = try count
      // The user's own probe of one of the names.
      let definitions = try String(
        contentsOfFile: LiveMachine.target.get().definitions, encoding: .utf8)
      let own = try #require(definitions.split(separator: "\n").first { $0.hasPrefix("p:") })
      try append(String(own), to: "\(tracefs)/dynamic_events")
      let users = try LiveMachine.traces()
      defer {
        _ = try? Command.run("probes", "remove")
        let name = own.dropFirst(2).prefix { $0 != " " }
        try? append("-:\(name)", to: "\(tracefs)/dynamic_events")
      }

      var run = try probes(["install", "--stacks"], bench)
      #expect(run.output == "\(all) probes: \(all - 1) added, 1 there already\n")
      run = try probes(["install", "--stacks"], bench)
      #expect(run.output == "\(all) probes: \(all) there already\n")
      let installed = try LiveMachine.traces()
      #expect(installed.probes.count { $0.hasSuffix(" pmtrace=\\2:u8") } == all - 1)

      run = try Command.run("probes", "remove", "--stale")
      #expect(run.status == 0 && run.output == "removed 0 probes\n", "\(run.errors)")
      #expect(try LiveMachine.traces() == installed)
      // A run uses them and leaves them.
      let record = try bench.record("t.dat", ["--for", "200ms"])
      #expect(try record.end() == 0, "\(record.errors)")
      #expect(try LiveMachine.traces() == installed)

      run = try Command.run("probes", "remove")
      #expect(run.status == 0 && run.output == "removed \(all - 1) probes\n", "\(run.errors)")
      #expect(try LiveMachine.traces() == users)
    }

    private func append(_ line: String, to path: String) throws {
      let file = open(path, O_WRONLY | O_APPEND)
      defer { close(file) }
      #expect(write(file, line, line.utf8.count) == line.utf8.count)
    }
  }
}
