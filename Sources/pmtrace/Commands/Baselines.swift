import ArgumentParser
import PagemapAnalysis
import PagemapReport
import PagemapRules
import TraceWords

/// `pmtrace baseline`: findings that are known.
struct Baselines: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Writes down known findings, and compares with them.",
    discussion: """
      EXAMPLES:
        pmtrace baseline write -o known.json *.dat     the findings of these recordings
        pmtrace baseline compare known.json *.dat      what is new, known and fixed
        pmtrace analyze --baseline known.json t.dat    only new findings fail

      A finding is known by its fingerprint: the rule, the device's name, the kind of object, the
      task's name, the function where it appeared, and its number among equals. Known findings stay
      in every report, marked.
      """,
    subcommands: [Write.self, Compare.self])

  /// `pmtrace baseline write`.
  struct Write: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the findings of recordings, of all severities but info.",
      discussion: """
        EXIT CODES:
          0 written   3 an input was unusable: nothing is written   64 usage
        """)

    @Argument(help: ArgumentHelp("Recordings; '-' is standard input.", valueName: "TRACE"))
    var files: [String]

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("The baseline; standard output without it.", valueName: "FILE"))
    var output: String?

    @OptionGroup
    var judging: JudgingOptions

    func validate() throws {
      if let output, files.contains(output) {
        throw ValidationError("--output would overwrite the recording \(output).")
      }
    }

    func run() throws {
      let options = try judging.options(withBaseline: false)
      let report = Judge(options: options).report(on: files)
      guard report.verdict != .unusable else { throw ExitCode(3) }
      let baseline = Baseline(of: report.traces)
      let bytes = JSONBaseline.render(baseline)
      if let output {
        try Output.write(bytes, to: output)
        Terminal.complain("\(output): \(baseline.entries.count) findings")
      } else {
        try Output.print(bytes)
      }
      for trace in report.traces where trace.verdict == .inconclusive {
        let reason = trace.reason.text(trace.time)
        Terminal.complain("\(trace.path): \(reason); it may have more findings than these")
      }
    }
  }

  /// `pmtrace baseline compare`.
  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells which findings are new, known, fixed, or cannot be decided.",
      discussion: """
        EXIT CODES:
          0 no new finding   1 a new finding   2 no new one, and a trace is inconclusive
          3 an input was unusable   64 usage
        """)

    @Argument(help: ArgumentHelp("The baseline.", valueName: "BASELINE"))
    var known: String

    @Argument(help: ArgumentHelp("Recordings; '-' is standard input.", valueName: "TRACE"))
    var files: [String]

    @OptionGroup
    var judging: JudgingOptions

    @Option(help: "The format on standard output.")
    var format = Rules.Format.text

    @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
    var color = ColorChoice.auto

    func run() throws {
      var options = try judging.options(withBaseline: false)
      options.baseline = try JudgingOptions.readBaseline(known)
      let report = Judge(options: options).report(on: files)
      switch format {
      case .text:
        let look = RenderOptions(color: color.isOn(for: Output.standard))
        try Output.print(BaselineText.render(report, options: look))
      case .json: try Output.print(JSONReporter.render(report, options: RenderOptions()))
      }
      let code = Self.exitCode(report)
      if code != 0 { throw ExitCode(code) }
    }

    /// 3 where an input was unusable, else 1 where a finding is new, else 2 where a trace is
    /// inconclusive.
    private static func exitCode(_ report: Report) -> Int32 {
      if report.verdict == .unusable { return 3 }
      if report.baseline?.new ?? 0 > 0 { return 1 }
      return report.traces.contains { $0.exitCode == 2 } ? 2 : 0
    }
  }
}
