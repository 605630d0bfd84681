import ArgumentParser
import Glibc
import MetricsServer
import PagemapReport
import PagemapRules
import TraceControl
import TraceIngest

/// `pmtrace stream`: a verdict while the kernel runs.
struct Stream: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judges the running kernel while it is watched.",
    discussion: """
      EXAMPLES:
        pmtrace stream -- ./svm-test                 findings as they become certain, then a verdict
        pmtrace stream --for 1m                      a live view, on a terminal
        pmtrace stream --tee trace.dat -- ./svm-test and a recording of the same
        pmtrace stream --format ndjson -- ./svm-test | jq -c 'select(.type == "finding")'
        pmtrace stream --metrics 9464                and metrics for Prometheus, on 127.0.0.1

      A finding is printed the moment it is certain; what only the end decides comes in the report
      at the end, which is the one that 'pmtrace analyze' gives on the --tee file. Records are held
      back for the reorder window, so that those of all CPUs are in their order.
      On a terminal of its own the view shows what lives and moves; what the command prints is kept
      until the end then.

      EXIT CODES:
        0 pass   1 a certain finding at or above --fail-on   2 evidence may be missing
        3 tracing cannot be used   64 usage   70 internal   126, 127 the command cannot start
      """)

  /// What standard output gets.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, ndjson }

  @Option(
    help: ArgumentHelp("Also records to a file, as 'pmtrace record' does.", valueName: "FILE"))
  var tee: String?

  @Option(help: "The format on standard output.")
  var format = Format.text

  @Option(
    help: ArgumentHelp(
      "How long records are held back so that those of other CPUs come in their order.",
      valueName: "DURATION"))
  var reorderWindow = TimeSpan(milliseconds: 100)

  @Option(
    help: ArgumentHelp(
      "Serves metrics for Prometheus at PORT (of the loopback), HOST:PORT; port 0 takes any.",
      valueName: "ADDRESS"))
  var metrics: String?

  @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
  var color = ColorChoice.auto

  @Option(help: ArgumentHelp("The live view of a terminal.", valueName: "when"))
  var view = ColorChoice.auto

  @OptionGroup
  var recording: RecordingOptions

  @OptionGroup(title: "JUDGING")
  var judging: JudgingOptions

  func validate() throws {
    if let metrics, MetricsAddress(metrics) == nil {
      throw ValidationError("\(MetricsServerError.noAddress(metrics))")
    }
  }

  func run() throws {
    try reporting {
      let options = try judging.options()
      signal(SIGPIPE, SIG_IGN)
      let signals = try Signals.take()
      let screen = StreamScreen(isWanted: showsView, hasCommand: !recording.command.isEmpty)
      var settings = recording.run
      settings.outputDescriptor = screen.commandOutput
      let run = try RecordingRun(try recording.configuration(), settings, signals: signals)
      defer {
        screen.leave()
        Notes.finish(run)
      }
      let code = try StreamSession(self, run, screen, options).follow()
      if code != 0 { throw ExitCode(code) }
    }
  }

  private var showsView: Bool {
    switch view {
    case .always: true
    case .never: false
    case .auto: format == .text && Terminal.canShowView(Output.standard)
    }
  }
}
