import ArgumentParser
import Glibc
import PagemapReport

/// The command: parses the command line and turns whatever ends a run into an exit code.
@main
struct Pmtrace: ParsableCommand {
  /// The version of the tool.
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "pmtrace",
    abstract: "Checks traces of GPU shared virtual memory for broken kernel rules.",
    discussion: """
      EXAMPLES:
        pmtrace analyze trace.dat                    the verdict, and why
        pmtrace analyze --quiet *.dat                a line per file and finding
        pmtrace analyze --report json=r.json t.dat   text here, JSON to a file
        trace-cmd report -t t.dat | pmtrace analyze -
        pmtrace replay --until-finding 1 trace.dat   the model's state there
        pmtrace export --sqlite t.db trace.dat       events, objects and calls for SQL
        pmtrace rules explain PM001                  what a rule checks
        pmtrace record -o trace.dat -- ./svm-test    a recording of the running kernel
        pmtrace stream -- ./svm-test                 a verdict while it runs
        pmtrace probes check                         what this kernel lets be recorded

      EXIT CODES:
        0 pass   1 fail   2 inconclusive   3 unusable input   64 usage   70 internal
      """,
    version: Versions.lines.joined(separator: "\n"),
    subcommands: [
      Analyze.self, Baselines.self, Config.self, Diagnose.self, Diff.self, Export.self, Probes.self,
      Record.self, Replay.self, Rules.self, Start.self, Stream.self, Trim.self,
    ])

  /// Without a subcommand nothing was checked: a script that lost its arguments must not pass.
  func run() throws {
    throw ValidationError(
      "Missing a subcommand: 'analyze', 'stream', 'record', 'probes', 'replay', 'export' or 'rules'."
    )
  }

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as InternalFailure {
      Terminal.complain(failure.description)
      Glibc.exit(InternalFailure.exitCode)
    } catch {
      exit(withError: known(error))
    }
  }

  /// The error as it is, or as an internal one where only a bug explains it: exit code 1 is a
  /// verdict and nothing else.
  private static func known(_ error: any Error) -> any Error {
    if error is ExitCode || exitCode(for: error) != .failure { return error }
    Terminal.complain("internal error: \(error); please report it")
    return ExitCode(InternalFailure.exitCode)
  }
}
