import ArgumentParser
import PagemapEvents
import TraceIngest

/// `pmtrace trim`: a recording small enough to attach.
struct Trim: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a recording small enough to attach to a mail.",
    discussion: """
      EXAMPLES:
        pmtrace trim trace.dat -o small.dat             the pagemap events and nothing else
        pmtrace trim --salvage cut.dat -o small.dat     of a damaged recording, which it stays
        trace-cmd report -t t.dat | pmtrace trim - -o small.txt

      Keeps the pagemap events, the stacks that belong to them, the names of their tasks, the
      formats of all probes, lost-event marks and the kernel's counters: an analysis of the
      result gives the same report. Other events are left out, but for those at the edge of a gap
      or of the recording. A trace.dat gives a trace.dat, which trace-cmd reads, too; a text
      gives a text.

      EXIT CODES:
        0 written   3 unusable or damaged input   64 usage   70 the output cannot be written
      """)

  @Argument(help: ArgumentHelp("A recording; '-' is standard input.", valueName: "TRACE"))
  var trace: String

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Where the smaller recording goes.", valueName: "FILE"))
  var output: String

  @Flag(help: "Takes a damaged recording, too; the smaller one says that it is damaged.")
  var salvage = false

  func validate() throws {
    if output == "-" {
      throw ValidationError("--output needs a file: a recording is not written to a pipe.")
    }
    if output == trace { throw ValidationError("--output would overwrite the recording \(trace).") }
  }

  func run() throws {
    do throws(TrimError) {
      let summary = try Trimmer.trim(path: trace, to: output, salvaging: salvage) {
        PagemapKeeper(metadata: $0)
      }
      tell(summary)
    } catch {
      switch error {
      case .unusable(let error):
        Terminal.complain("\(trace): \(error)")
        throw ExitCode(3)
      case .damaged(let first, let count):
        let more = count > 1 ? " and \(count - 1) more" : ""
        Terminal.complain(
          "\(trace): damaged at byte \(first.offset): \(first.message)\(more); "
            + "--salvage takes what is left")
        throw ExitCode(3)
      case .wouldOverwriteInput(let path):
        throw ValidationError("--output would overwrite the recording \(path).")
      case .unwritable(let error): throw InternalFailure(description: error.description)
      }
    }
  }

  private func tell(_ summary: TrimSummary) {
    let edges = summary.edgesKept == 0 ? "" : " and \(summary.edgesKept) at edges"
    Terminal.complain(
      "\(output): \(summary.eventsKept) pagemap events\(edges) of \(summary.eventsRead) events, "
        + "\(summary.bytesRead) bytes became \(summary.bytesWritten)")
    if summary.damage.isIncomplete {
      Terminal.complain("\(output): says that it is damaged, as \(trace) is")
    }
  }
}
