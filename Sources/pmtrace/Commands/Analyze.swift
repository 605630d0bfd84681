import ArgumentParser
import PagemapAnalysis
import PagemapReport
import PagemapRules

/// `pmtrace analyze`: a verdict on every file.
struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gives a verdict on recordings: pass, fail or inconclusive.",
    discussion: """
      EXAMPLES:
        pmtrace analyze trace.dat                    the verdict, and why
        pmtrace analyze --quiet *.dat                a line per file and finding
        pmtrace analyze --format json trace.dat | jq .verdict
        pmtrace analyze --report json=r.json t.dat   text here, JSON to a file
        pmtrace analyze --report junit=r.xml --report sarif=r.sarif --report html=r.html t.dat
        pmtrace analyze --baseline known.json t.dat  only what is not in known.json fails
        pmtrace analyze --fail-on warning --rule PM001 --rule PM002 trace.dat
        trace-cmd report -t t.dat | pmtrace analyze -

      Files are trace.dat (version 6 or 7) or ftrace text.

      EXIT CODES, the first that applies over all files:
        3 an input was unusable   1 a certain finding at or above --fail-on
        2 evidence may be missing   0 none of these
      """)

  @Argument(help: ArgumentHelp("Recordings; '-' is standard input.", valueName: "FILE"))
  var files: [String]

  @Option(help: "The format on standard output.")
  var format = FormatName.standard

  @Option(
    help: ArgumentHelp(
      "Also writes a report to a file. May be given several times.", valueName: "FORMAT=PATH"))
  var report: [ReportTarget] = []

  @OptionGroup
  var judging: JudgingOptions

  @Flag(help: "Prints verdicts and a line per finding only.")
  var quiet = false

  @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
  var color = ColorChoice.auto

  func validate() throws {
    if files.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("Standard input ('-') can be read only once.")
    }
    if Set(report.map(\.path)).count < report.count {
      throw ValidationError("Two --report options name the same path.")
    }
    if let target = report.first(where: { files.contains($0.path) }) {
      throw ValidationError("--report would overwrite the recording \(target.path).")
    }
  }

  func run() throws {
    var options = try judging.options()
    options.wantsTimeline = formats.contains { $0.needsTimeline }
    let report = Judge(options: options, showsProgress: !quiet).report(on: files)
    let areWritten = write(report)
    let look = RenderOptions(color: color.isOn(for: Output.standard), quiet: quiet)
    try Output.print(format.reporter.render(report, options: look))
    guard areWritten else { throw ExitCode(InternalFailure.exitCode) }
    guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
  }

  /// The formats of all reports that were asked for.
  private var formats: [any Reporter.Type] {
    [format.reporter] + report.map(\.format.reporter)
  }

  /// Writes the report files that were asked for, all that can be.
  ///
  /// - Returns: whether all could.
  private func write(_ report: Report) -> Bool {
    var areWritten = true
    for target in self.report {
      do throws(InternalFailure) {
        let bytes = target.format.reporter.render(report, options: RenderOptions())
        try Output.write(bytes, to: target.path)
      } catch {
        Terminal.complain(error.description)
        areWritten = false
      }
    }
    return areWritten
  }
}
