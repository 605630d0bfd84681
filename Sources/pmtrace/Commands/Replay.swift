import ArgumentParser
import PagemapAnalysis
import PagemapReport
import PagemapRules
import TraceIngest

/// `pmtrace replay`: the model at any moment of a trace.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the model's state at any moment of a recording.",
    discussion: """
      EXAMPLES:
        pmtrace replay trace.dat                     the state at the end
        pmtrace replay --at 19.051022 trace.dat      at a time as reports print it
        pmtrace replay --at +0.5 trace.dat           half a second behind the first record
        pmtrace replay --until-finding 1 trace.dat   where the first finding was made
        pmtrace replay --event 57 --object 0xff36ccee44c28298 trace.dat
        pmtrace replay --follow trace.dat | grep 0xff36ccee44c28298
        pmtrace replay --range 0x7f0000000000-0x7f0000200000 trace.dat
        trace-cmd report -t t.dat | pmtrace replay -

      The state is that behind the event with this number (evidence calls it sequence), or behind
      the last event that is not later than the time. --follow prints a line for every event on the
      way: the event, '=>', and what it changed. As JSON these are documents of one line each, and
      the state is the last one.

      EXIT CODES:
        0 shown   3 the input was unusable   64 usage; or the trace has no such moment or object
      """)

  /// The formats of a state.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(help: ArgumentHelp("A recording; '-' is standard input.", valueName: "TRACE"))
  var trace: String

  @Option(
    help: ArgumentHelp("Stops at a time: SECONDS as printed, or +SECONDS.", valueName: "TIME"))
  var at: ReplayTime?

  @Option(help: ArgumentHelp("Stops behind the event with this number.", valueName: "N"))
  var event: UInt64?

  @Option(
    help: ArgumentHelp(
      "Stops where the Nth finding was made; at the end for one that the end decides.",
      valueName: "N"))
  var untilFinding: UInt64?

  @Option(help: ArgumentHelp("Shows what is, and was, at one address.", valueName: "ADDRESS"))
  var object: Address?

  @Option(
    help: ArgumentHelp(
      "Shows which device holds pages of a virtual range, its end exclusive.",
      valueName: "START-END"))
  var range: AddressRange?

  @Option(help: ArgumentHelp("The address space of --range; all without it.", valueName: "ADDRESS"))
  var mm: Address?

  @Flag(help: "Prints what each event on the way changed.")
  var follow = false

  @Option(help: "The format on standard output.")
  var format = Format.text

  @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
  var color = ColorChoice.auto

  func validate() throws {
    let moments = [at != nil, event != nil, untilFinding != nil].filter { $0 }
    if moments.count > 1 {
      throw ValidationError("Give one of --at, --event and --until-finding.")
    }
    if untilFinding == 0 { throw ValidationError("Findings are numbered from 1.") }
    if mm != nil, range == nil { throw ValidationError("--mm goes with --range.") }
  }

  func run() throws {
    let steps = StepOutput(format: format, look: look)
    let state: ReplayState
    do throws(ReplayFailure) {
      state = try replay(steps)
    } catch {
      try steps.finish()
      throw complain(error)
    }
    try steps.finish()
    switch format {
    case .text:
      if follow { try Output.print([UInt8(ascii: "\n")]) }
      try Output.print(ReplayText.state(state, options: look))
    case .json: try Output.print(follow ? ReplayJSON.line(state) : ReplayJSON.state(state))
    }
  }

  private var look: RenderOptions { RenderOptions(color: color.isOn(for: Output.standard)) }

  private func replay(_ steps: StepOutput) throws(ReplayFailure) -> ReplayState {
    var progress = Progress(path: trace, isWanted: !follow)
    defer { progress.finish() }
    let update = progress.isShown ? { progress.update(records: $0) } : nil
    let reader: any TraceReader
    do throws(IngestError) {
      reader = try TraceOpener.open(path: trace)
    } catch {
      throw .input(error)
    }
    steps.isNanoseconds = reader.metadata.timestampsAreNanoseconds
    return try Replayer.replay(
      reader, path: trace, request: request, onPassage: steps.take, progress: update)
  }

  /// One line that says why there is nothing to show.
  private func complain(_ failure: ReplayFailure) -> ExitCode {
    switch failure {
    case .input(let error):
      Terminal.complain("\(trace): \(error)")
      return ExitCode(3)
    case .request(let reason):
      Terminal.complain("\(trace): \(reason)")
      return .validationFailure
    }
  }

  private var request: ReplayRequest {
    var request = ReplayRequest()
    if let at { request.moment = .time(at) }
    if let event { request.moment = .event(event) }
    if let untilFinding { request.moment = .finding(untilFinding) }
    request.object = object?.value
    request.range = range?.range
    request.mm = mm?.value
    request.follow = follow
    return request
  }
}

/// Writes steps as they come, some of them at a time.
private final class StepOutput {
  private let format: Replay.Format
  private let look: RenderOptions
  private var bytes: [UInt8] = []
  private var failure: InternalFailure?
  /// Whether the trace's stamps are nanoseconds.
  var isNanoseconds = true

  private static let chunk = 1 << 16

  init(format: Replay.Format, look: RenderOptions) {
    self.format = format
    self.look = look
  }

  /// Takes the next step. Answers whether more are wanted.
  func take(_ passage: ReplayPassage) -> Bool {
    switch format {
    case .text: bytes += ReplayText.line(passage, isNanoseconds: isNanoseconds, options: look)
    case .json: bytes += ReplayJSON.line(passage, isNanoseconds: isNanoseconds)
    }
    if bytes.count >= Self.chunk { write() }
    return failure == nil
  }

  /// Writes what is left.
  func finish() throws(InternalFailure) {
    write()
    if let failure { throw failure }
  }

  private func write() {
    guard failure == nil, !bytes.isEmpty else { return }
    do throws(InternalFailure) { try Output.print(bytes) } catch { failure = error }
    bytes.removeAll(keepingCapacity: true)
  }
}
