import Foundation
import PagemapEvents
import PagemapProbes
import Testing

@Suite struct ProbeScriptTests {
  @Test(arguments: ProbeSet.allCases, ProbeScript.Flavour.allCases)
  func everyShellReadsIt(set: ProbeSet, flavour: ProbeScript.Flavour) throws {
    let probes = ProbeCatalogue.probes(of: set)
    let bytes = ProbeScript.render(probes, title: "the probes of \(set.rawValue)", as: flavour)
    let text = String(decoding: bytes, as: UTF8.self)
    for definition in probes.flatMap(\.definitions) { #expect(text.contains(definition.line)) }
    let script = try Machine.file(bytes, "\(set.rawValue).\(flavour.rawValue)")
    defer { try? FileManager.default.removeItem(at: script) }
    for shell in ["sh", "dash", "bash", "ksh"] where Machine.has(shell) {
      #expect(try Machine.run([shell, "-n", script.path]).status == 0, "\(shell)")
      let help = try Machine.run([shell, script.path, "--help"])
      #expect(help.status == 0 && help.output.hasPrefix("usage: "))
      #expect(try Machine.run([shell, script.path, "--nonsense"]).status == 64)
      #expect(try Machine.run([shell, script.path, "-b", "many"]).status == 64)
    }
  }

  @Test func quotesWhatTheShellWouldTakeForItsOwn() throws {
    let odd = try ProbeDefinition("p:a/b /bin/a:0x1 x=\\\"it's`$HOME`\\\":string")
    let text = String(decoding: ProbeScript.render([[odd]], title: "one", as: .sh), as: UTF8.self)
    #expect(text.contains(#"probe 'p:a/b /bin/a:0x1 x=\"it'\''s`$HOME`\":string'"#))
  }

  @Test func saysThatThereIsNoTracefs() throws {
    let probe = try ProbeDefinition("p:a/b /bin/a:0x1")
    let script = try Machine.file(ProbeScript.render([[probe]], title: "one", as: .sh), "none.sh")
    defer { try? FileManager.default.removeItem(at: script) }
    let run = try Machine.run(["env", "TRACEFS=/nonexistent", "sh", script.path, "--", "true"])
    #expect(run.status == 3)
    #expect(run.errors.contains("mount -t tracefs"))
  }
}

/// The script on this machine's own kernel, with probes in a small program.
@Suite(.enabled(if: Target.obstacle == nil, Comment(rawValue: Target.obstacle ?? "")))
struct ProbeScriptRunTests {
  @Test(arguments: ["dash", "bash"]) func recordsACommand(shell: String) async throws {
    guard Machine.has(shell) else { return print("skipped: there is no \(shell)") }
    let target = try await Target()
    defer { target.remove() }
    let run = try target.record([shell], ["5", "7"])
    #expect(run.status == 7, "\(run.errors)")
    let lines = try target.lines()
    #expect(lines.filter { $0.contains(" put: ") }.count == 5)
    #expect(lines.filter { $0.contains(" put_ret: ") }.count == 5)
    #expect(lines.contains { $0.contains("ref=5") })
    #expect(target.leftovers == [])
  }

  @Test func whatIsThereAlreadyIsUsedAndStays() async throws {
    let target = try await Target()
    defer { target.remove() }
    try target.add("p:\(target.group)/put \(target.address) mine=%di:x64")
    let run = try target.record(["sh"], ["2", "0"])
    #expect(run.errors.contains("1 added, 1 there already"))
    #expect(try target.lines().filter { $0.contains(" put: ") && $0.contains("mine=") }.count == 2)
    #expect(target.leftovers == ["put"])
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func signalsEndItCleanly(signal: Int32) async throws {
    let target = try await Target()
    defer { target.remove() }
    let script = try target.start()
    try target.awaitLines()
    #expect(script.end(by: signal) == 143)
    #expect(try target.lines().last?.contains("end of recording") == true)
    #expect(target.leftovers == [])
  }

  @Test(arguments: [("/nonexistent/command", 127), ("/etc/passwd", 126)])
  func commandsThatCannotStartLeaveNothing(command: String, status: Int32) async throws {
    let target = try await Target()
    defer { target.remove() }
    let script = try target.script()
    let run = try Machine.run(["sh", script.path, "-o", target.output.path, "--", command])
    #expect(run.status == status)
    #expect(target.leftovers == [])
  }

  @Test func whatAKilledRunLeftIsRemoved() async throws {
    let target = try await Target()
    defer { target.remove() }
    let script = try target.start()
    try target.awaitLines()
    #expect(script.end(by: SIGKILL) == 128 + SIGKILL)
    let instance = "\(Target.tracing)/instances/pmtrace-script-\(script.pid)"
    #expect(target.leftovers == ["put", "put_ret"])
    #expect(FileManager.default.fileExists(atPath: instance))
    _ = try Machine.run(["sh", try target.script().path, "--clean"])
    #expect(!FileManager.default.fileExists(atPath: instance))
    #expect(target.leftovers == [])
  }

  @Test func perfRecordsTheSame() async throws {
    guard Machine.has("perf") else { return print("skipped: there is no perf") }
    let target = try await Target()
    defer { target.remove() }
    let run = try target.record(["sh"], ["5", "7"], as: .perf)
    guard run.status == 7 else {
      print("skipped: perf cannot record here: \(run.errors)")
      return
    }
    let lines = try target.lines()
    #expect(lines.filter { $0.contains(" put: ") && $0.contains("[0") }.count == 5)
    #expect(lines.contains { $0.contains("ref=5") })
    #expect(target.leftovers == [])
  }
}
