import Testing

@Suite struct UsageTests {
  @Test(
    arguments: [
      [], ["analyze"], ["baseline"], ["config"], ["diagnose"], ["diff"], ["export"], ["probes"],
      ["replay"], ["rules"], ["trim"],
    ] as [[String]])
  func helpStartsWithExamples(_ subcommand: [String]) throws {
    let help = try Command.run(all: subcommand + ["--help"])
    #expect(help.status == 0)
    let lines = help.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("OVERVIEW: "))
    #expect(lines[1] == "EXAMPLES:")
    #expect(lines[2].hasPrefix("  pmtrace "))
    #expect(help.errors.isEmpty)
  }

  @Test func versionNamesTheSchemas() throws {
    let version = try Command.run("--version")
    let lines = version.output.split(separator: "\n")
    #expect(lines.first == "pmtrace 0.1.0")
    let schemas = [
      "report", "stream", "replay", "replay-step", "rules", "probes", "probe-list", "ndjson",
      "diff", "baseline", "sqlite",
    ]
    #expect(lines.dropFirst() == schemas.map { "pmtrace.\($0)/1" }[...])
    #expect(version.status == 0)
  }

  /// Calls that are wrong, and what the complaint must say.
  static let mistakes: [(arguments: [String], complaint: String)] = [
    ([], "Missing a subcommand"),
    (["analyse", "x"], "'pmtrace"),
    (["analyze"], "Missing expected argument"),
    (["analyze", "--frobnicate", "x"], "Unknown option '--frobnicate'"),
    (["analyze", "--format", "xml", "x"], "- gitlab-codequality"),
    (["analyze", "--fail-on", "fatal", "x"], "'info', 'warning' or 'error'"),
    (["analyze", "--color", "pink", "x"], "'auto', 'always' or 'never'"),
    (["analyze", "--report", "xml=a", "x"], "text=PATH"),
    (["analyze", "--report", "json", "x"], "text=PATH"),
    (["analyze", "--report", "json=", "x"], "text=PATH"),
    (["analyze", "--report", "json=-", "x"], "text=PATH"),
    (["analyze", "--report", "json=a", "--report", "text=a", "x"], "the same path"),
    (["analyze", "-", "-"], "only once"),
    (["analyze", "--report", "json=x", "y", "x"], "would overwrite the recording x"),
    (["analyze", "--rule", "PM000", "x"], "did you mean PM001"),
    (["analyze", "--rule", "PMO01", "x"], "did you mean PM001"),
    (["analyze", "--rule", "PM99999999999999999999", "x"], "did you mean PM"),
    (["export", "x"], "Missing expected argument '--sqlite <FILE>'"),
    (["export", "--sqlite", "y"], "Missing expected argument"),
    (["export", "--sqlite", "y", "-", "-"], "only once"),
    (["export", "--sqlite", "x", "x"], "would overwrite the recording x"),
    (["probes"], "Missing a subcommand"),
    (["probes", "list", "--set", "mian"], "did you mean main?"),
    (["probes", "check", "--set", "portabel"], "did you mean portable?"),
    (["probes", "check", "--set", "main", "--probes", "x"], "one of --set and --probes"),
    (["probes", "check", "--probes", "/no/such/file"], "/no/such/file cannot be read"),
    (["probes", "emit", "--as", "bash"], "'sh', 'trace-cmd' or 'perf'"),
    (["record"], "Missing expected argument '--output <FILE>'"),
    (["record", "-o", "x", "--for", "soon"], "'--for <DURATION>'"),
    (["record", "-o", "x", "--for", "1h"], "'--for <DURATION>'"),
    (["record", "-o", "x", "--buffer-size", "0"], "'--buffer-size <SIZE>'"),
    (["record", "-o", "x", "--buffer-size", "9999999G"], "'--buffer-size <SIZE>'"),
    (["record", "-o", "x", "--set", "pags"], "did you mean pages?"),
    (["record", "-o", "x", "sleep", "1"], "unexpected arguments"),
    (["stream", "--format", "json"], "'text' and 'ndjson'"),
    (["stream", "--metrics", "here"], "no address for metrics"),
    (["stream", "--reorder-window", "100"], "'--reorder-window <DURATION>'"),
    (["stream", "--rule", "PM000"], "did you mean PM001"),
    (["replay"], "Missing expected argument"),
    (["replay", "x", "y"], "Unexpected argument"),
    (["replay", "--at", "soon", "x"], "'--at <TIME>'"),
    (["replay", "--event", "-1", "x"], "'--event"),
    (["replay", "--object", "0xzz", "x"], "'--object"),
    (["replay", "--range", "0x2000-0x1000", "x"], "'--range"),
    (["replay", "--mm", "0x1000", "x"], "goes with --range"),
    (["replay", "--at", "1", "--event", "1", "x"], "one of --at, --event and --until-finding"),
    (["replay", "--until-finding", "0", "x"], "numbered from 1"),
    (["replay", "--format", "xml", "x"], "'text' and 'json'"),
    (["rules", "explain", "PM999"], "did you mean PM"),
    (["trim"], "Missing expected argument"),
    (["trim", "x", "-o", "x"], "would overwrite the recording x"),
    (["trim", "x", "-o", "-"], "needs a file"),
    (["rules", "list", "--format", "xml"], "'text' and 'json'"),
  ]

  @Test(arguments: mistakes.indices) func mistakesAreNamed(_ index: Int) throws {
    let (arguments, complaint) = Self.mistakes[index]
    let result = try Command.run(all: arguments)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(complaint), "\(result.errors)")
  }

  @Test func rulesAreListedAndExplained() throws {
    let list = try Command.run("rules", "list")
    #expect(list.status == 0)
    let lines = list.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("id ") == true)
    let ids = lines.dropFirst().filter { $0.hasPrefix("PM") }.map { String($0.prefix(5)) }
    #expect(ids.first == "PM001" && ids == ids.sorted())
    for id in ids {
      let text = try Command.run("rules", "explain", id.lowercased())
      #expect(text.status == 0)
      #expect(text.output.hasPrefix(id))
      #expect(text.output.contains("\n  invariant "))
    }
    let json = try Command.run("rules", "list", "--format", "json")
    #expect(json.output.contains("\"schema\": \"pmtrace.rules/1\""))
    #expect(json.output.ranges(of: "\"id\": \"PM").count == ids.count)
  }

  @Test func rulesAreExplainedBySlugAndAsJSON() throws {
    let several = try Command.run("rules", "explain", "double-migration", "PM007")
    #expect(several.status == 0)
    #expect(several.output.hasPrefix("PM005 double-migration\n"))
    #expect(several.output.contains("\n\nPM007 migration-ping-pong\n"))
    for label in ["needs", "probe sets", "why", "looks like", "legal", "history", "rule table"] {
      #expect(several.output.contains("\n  \(label) "), "\(label)")
    }
    let json = try Command.run("rules", "explain", "--format", "json", "PM005")
    #expect(json.output.ranges(of: "\"id\": \"PM").count == 1)
    #expect(json.output.contains("\"subject\": \"drm/pagemap: Prevent double migration"))
  }
}
