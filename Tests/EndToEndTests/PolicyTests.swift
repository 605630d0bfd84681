import Foundation
import Testing

/// Configurations, baselines and comparisons, as a user's shell meets them.
@Suite struct PolicyTests {
  private static let leak = Recordings.path("d_leak_pagemap")
  private static let clean = Recordings.path("clean")

  /// As much of a report as is looked at.
  private struct Report: Decodable {
    struct Trace: Decodable {
      struct Finding: Decodable {
        struct Acceptance: Decodable {
          var kind: String
          var reason: String?
        }
        var rule: String
        var fingerprint: String
        var acceptance: Acceptance?
        var inBaseline: Bool?
      }
      var verdict: String
      var findings: [Finding]
    }
    var exitCode: Int
    var traces: [Trace]
  }

  private func report(_ result: Command.Result) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
  }

  // MARK: Baselines

  @Test func knownFindingsAreMarkedAndPass() throws {
    let scratch = try Scratch()
    let known = scratch.folder.appending(path: "known.json").path
    #expect(try Command.run("baseline", "write", "-o", known, Self.leak).status == 0)
    let result = try Command.run("analyze", "--format", "json", "--baseline", known, Self.leak)
    #expect(result.status == 0)
    let found = try report(result)
    #expect(found.traces[0].verdict == "pass")
    #expect(found.traces[0].findings.map(\.acceptance?.kind) == ["baseline"])
    #expect(found.traces[0].findings.map(\.inBaseline) == [true])

    let other = try Command.run("analyze", "--baseline", known, Recordings.path("d_leak_page"))
    #expect(other.status == 1)
    #expect(other.output.contains("(certain, new)"))
    #expect(other.output.contains("fixed        PM001"))
  }

  @Test func writingAnUnusableTraceWritesNothing() throws {
    let scratch = try Scratch()
    let known = scratch.folder.appending(path: "known.json").path
    #expect(try Command.run("baseline", "write", "-o", known, "/dev/null").status == 3)
    #expect(try scratch.names == [])
    #expect(try Command.run("baseline", "write", "-o", Self.leak, Self.leak).status == 64)
  }

  @Test func comparingTellsNewKnownAndFixed() throws {
    let scratch = try Scratch()
    let known = scratch.folder.appending(path: "known.json").path
    _ = try Command.run("baseline", "write", "-o", known, Self.leak)
    let same = try Command.run("baseline", "compare", known, Self.leak)
    #expect(same.status == 0)
    #expect(same.output.hasPrefix("NO NEW FINDING: 0 new, 1 known, 0 fixed, 0 not decided\n"))
    let fixed = try Command.run("baseline", "compare", known, Self.clean)
    #expect(fixed.status == 0)
    #expect(fixed.output.hasPrefix("NO NEW FINDING: 0 new, 0 known, 1 fixed, 0 not decided\n"))
    let new = try Command.run("baseline", "compare", known, Recordings.path("d_leak_page"))
    #expect(new.status == 1)
    let whole = try Data(contentsOf: URL(filePath: Self.clean))
    let cut = try scratch.file("cut.dat", Array(whole.prefix(whole.count * 9 / 10))).path
    let lossy = try Command.run("baseline", "compare", known, cut)
    #expect(lossy.status == 2)
    #expect(lossy.output.contains("0 fixed, 1 not decided"))
    #expect(try Command.run("baseline", "compare", known, "/dev/null").status == 3)
    #expect(try Command.run("baseline", "compare", "/dev/null", Self.clean).status == 64)
  }

  /// Two recordings of one defect, made at different times in different guests, and of different
  /// probe sets.
  @Test(arguments: [
    ["d_leak_page", "d_leak_page.pages"],
    ["d_leak_huge", "d_leak_huge.pages", "d_leak_huge.portable-7.2"],
    ["d_init_error", "d_init_error.pages"], ["d_late_put", "d_late_put.pages"],
    ["d_evict_early", "d_evict_early.pages"], ["d_leak_page_second", "d_leak_page_second.pages"],
  ])
  func recordingsOfOneDefectHaveTheSameFingerprints(_ names: [String]) throws {
    let scratch = try Scratch()
    let known = scratch.folder.appending(path: "known.json").path
    _ = try Command.run("baseline", "write", "-o", known, Recordings.path(names[0]))
    let first = try String(contentsOfFile: known, encoding: .utf8)
    for name in names.dropFirst() {
      let compared = try Command.run("baseline", "compare", known, Recordings.path(name))
      #expect(compared.status == 0, "\(name): \(compared.output)")
      #expect(compared.output.hasPrefix("NO NEW FINDING: 0 new, "))
      let other = try Command.run("baseline", "write", Recordings.path(name))
      #expect(other.output == first)
    }
  }

  // MARK: Configurations

  private func run(
    _ arguments: String..., config: String, named name: String = ".pmtrace.yml"
  ) throws -> Command.Result {
    let scratch = try Scratch()
    _ = try scratch.file(name, Array(config.utf8))
    let line = arguments.map { "'\($0)'" }.joined(separator: " ")
    return try Command.shell("exec \"$PMTRACE\" \(line)", in: scratch.folder)
  }

  @Test func whatIsRequiredMustBeDecided() throws {
    let clean = Recordings.path("clean.base")
    #expect(try Command.run("analyze", "--require", "lifetimes,pm43", clean).status == 0)
    let open = try Command.run("analyze", "--quiet", "--require", "lifetimes, PM040", clean)
    #expect(open.status == 2)
    #expect(open.output.contains("PM040 is required and was not decided: no probe of"))
    let wrong = try Command.run("analyze", "--require", "lifetime", clean)
    #expect(wrong.status == 64)
    #expect(wrong.errors.contains("did you mean lifetimes?"))
    let configured = try run("analyze", clean, config: "require: [PM001, PM040]")
    #expect(configured.status == 2)
    let misspelt = try run("analyze", clean, config: "require: [PM001, lifetime]")
    #expect(misspelt.status == 64)
    #expect(misspelt.errors.contains("did you mean lifetimes?"))
  }

  @Test func theWorkingDirectorysConfigurationIsRead() throws {
    let suppressing = """
      suppressions:
        - {rule: PM001, device: "pmfake.*", reason: known, expires: 2999-12-31}
      """
    let result = try run("analyze", "--format", "json", Self.leak, config: suppressing)
    #expect(result.status == 0)
    #expect(try report(result).traces[0].findings.map(\.acceptance?.reason) == ["known"])
    let without = try run("analyze", "--no-config", Self.leak, config: suppressing)
    #expect(without.status == 1)
    let named = try run(
      "analyze", "--config", "ci.yml", Self.leak, config: "rules: {PM001: warning}", named: "ci.yml"
    )
    #expect(named.status == 0)
    let stricter = try run(
      "analyze", "--fail-on", "warning", Self.leak, config: "rules: {PM001: warning}")
    #expect(stricter.status == 1)
    #expect(try run("analyze", Self.leak, config: "rules: {PM001: off}").status == 0)
    #expect(
      try run("analyze", "--rule", "PM001", Self.leak, config: "rules: {PM001: off}").status == 1)
  }

  @Test func whatHasExpiredWarnsAndCountsAgain() throws {
    let expired = """
      suppressions:
        - rule: PM001
          reason: until the next release
          owner: someone
          expires: 2020-01-31
      """
    let result = try run("analyze", Self.leak, config: expired)
    #expect(result.status == 1)
    #expect(
      result.errors
        == "pmtrace: .pmtrace.yml:2: the suppression expired on 2020-01-31 (until the next release, "
        + "owner someone); its findings count again\n")
    let check = try run("config", "check", config: expired)
    #expect(check.status == 1)
    #expect(check.output.contains("EXPIRED"))
  }

  @Test func aBaselineIsRelativeToItsConfiguration() throws {
    let scratch = try Scratch()
    let folder = scratch.folder.appending(path: "ci")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let known = folder.appending(path: "known.json").path
    _ = try Command.run("baseline", "write", "-o", known, Self.leak)
    try Data("baseline: known.json\n".utf8).write(to: folder.appending(path: "c.yml"))
    let result = try Command.shell(
      "exec \"$PMTRACE\" analyze --config ci/c.yml '\(Self.leak)'", in: scratch.folder)
    #expect(result.status == 0)
  }

  /// The first baseline is written where the configuration names it already.
  @Test func theFirstBaselineNeedsNone() throws {
    let scratch = try Scratch()
    _ = try scratch.file(".pmtrace.yml", Array("baseline: known.json\n".utf8))
    let line = { (command: String) in
      try Command.shell("exec \"$PMTRACE\" \(command) '\(Self.leak)'", in: scratch.folder)
    }
    #expect(try line("analyze").status == 64)
    #expect(try line("baseline write -o known.json").status == 0)
    #expect(try line("baseline compare known.json").status == 0)
    #expect(try line("analyze").status == 0)
  }

  @Test func mistakesEndEveryCommandBeforeAnythingIsDone() throws {
    let wrong = "fail-on: eror\nthresholds: {quiet-tim: 1s}\n"
    for command in [
      ["analyze", Self.leak], ["baseline", "write", Self.leak], ["config", "check"],
    ] {
      let line = command.map { "'\($0)'" }.joined(separator: " ")
      let scratch = try Scratch()
      _ = try scratch.file(".pmtrace.yml", Array(wrong.utf8))
      let result = try Command.shell("exec \"$PMTRACE\" \(line)", in: scratch.folder)
      #expect(result.status == 64)
      #expect(result.output == "")
      #expect(result.errors.contains(".pmtrace.yml:1:10: fail-on: there is no value 'eror'"))
      #expect(result.errors.contains("did you mean 'quiet-time'?"))
    }
    #expect(try Command.run("analyze", "--config", "/nonexistent", Self.leak).status == 64)
    #expect(try Command.run("config", "check", "/nonexistent").status == 64)
  }

  // MARK: Diff

  @Test func recordingsAndSavedReportsAreCompared() throws {
    let scratch = try Scratch()
    let saved = scratch.folder.appending(path: "clean.json").path
    _ = try Command.run("analyze", "--report", "json=\(saved)", Self.clean)
    #expect(try Command.run("diff", saved, Self.clean).status == 0)
    #expect(try Command.run("diff", Self.clean, Self.clean).output.hasPrefix("NO REGRESSION "))
    let worse = try Command.run("diff", saved, Self.leak)
    #expect(worse.status == 1)
    #expect(worse.output.contains("worse      new finding PM001 1 pagemap reference leaked"))
    #expect(try Command.run("diff", Self.leak, saved).status == 0)
    #expect(try Command.run("diff", Self.clean, "/dev/null").status == 3)
    #expect(try Command.run("diff", Self.clean, "/nonexistent").status == 3)
    let broken = try scratch.file("broken.json", Array("{\"schema\": 3".utf8)).path
    let refused = try Command.run("diff", Self.clean, broken)
    #expect(refused.status == 3)
    #expect(refused.errors.contains("broken.json: not a report"))
  }

  @Test(arguments: ["latency", "speed=3", "latency=-1", "latency=inf", "latency="])
  func limitsThatAreNoneAreRefused(_ text: String) throws {
    #expect(try Command.run("diff", "--allow", text, "a", "b").status == 64)
  }
}
