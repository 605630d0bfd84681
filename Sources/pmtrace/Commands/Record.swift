import ArgumentParser
import TraceControl
import TraceIngest

/// `pmtrace record`: a recording of the running kernel.
struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Records the running kernel's pagemap events to a file.",
    discussion: """
      EXAMPLES:
        pmtrace record -o trace.dat -- ./svm-test    while a command runs
        pmtrace record -o trace.dat --for 10s
        pmtrace record -o trace.dat                  until Ctrl-C
        pmtrace record -o t.dat --stacks --event 'sched:sched_switch' -- ./svm-test

      It adds probes for the run, records in a ring buffer of its own, and takes both away at the
      end. Load the GPU's driver first: its functions cannot be probed before. The file is a
      trace.dat (version 6) for trace-cmd, KernelShark and 'pmtrace analyze'. If the recorder is
      killed, the file holds what was recorded until then, and 'pmtrace probes remove --stale', or
      the next run, takes away what it left in the kernel.

      EXIT CODES:
        the command's own; 0 without one   126, 127 the command cannot start
        3 tracing cannot be used   64 usage   70 the recording cannot be written
      """)

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The file to write.", valueName: "FILE"))
  var output: String

  @OptionGroup
  var recording: RecordingOptions

  func run() throws {
    try reporting {
      let signals = try Signals.take()
      let run = try RecordingRun(
        try recording.configuration(), recording.run, signals: signals)
      defer { Notes.finish(run) }
      Notes.tellStart(of: run)
      let writer = try RecordingWriter(path: output, run.description)
      try record(run, to: writer)
    }
  }

  private func record(_ run: RecordingRun, to writer: RecordingWriter) throws {
    let drain = RecordingDrain(run.source, to: writer)
    try run.start()
    while run.wait(limit: 250), writer.failure == nil { _ = drain.drain() }
    if writer.failure != nil { run.abandon() }
    let statistics = try run.stop()
    if case .couldNotStart(let number)? = run.commandState {
      writer.discard()
      Notes.tellNoStart(of: recording.command, number)
    } else {
      _ = drain.drain()
      try writer.finish(statistics: statistics, commandLines: run.commandLines)
      Notes.tellEnd(of: run, statistics, bytes: writer.bytesTaken, path: output)
    }
    Notes.finish(run)
    if let code = run.commandState?.exitCode, code != 0 { throw ExitCode(code) }
  }
}
