import PagemapAnalysis
import PagemapReport
import PagemapRules

/// What `pmtrace stream` prints: lines for people, lines for machines, or a screen.
///
/// Findings and the verdict go to standard output; what is said on the way goes to standard error
/// where the format is text.
struct StreamOutput {
  private let format: Stream.Format
  private let look: RenderOptions
  private let talk: RenderOptions
  private let screen: StreamScreen
  /// The time between two status lines.
  private static let statusInterval: UInt64 = 1_000_000_000

  init(_ format: Stream.Format, color: ColorChoice, screen: StreamScreen) {
    self.format = format
    self.screen = screen
    look = RenderOptions(color: color.isOn(for: Output.standard))
    talk = RenderOptions(color: color.isOn(for: Terminal.errors))
  }

  /// What is recorded.
  func start(_ start: StreamStart) throws {
    switch format {
    case .text: Terminal.write(StreamText.start(start, options: talk))
    case .ndjson: try Output.printHeld(StreamNDJSON.start(start))
    }
  }

  /// What became known of a finding.
  func news(_ news: FindingNews, isNanoseconds: Bool) throws {
    guard !screen.isShown else { return }
    switch format {
    case .text:
      try Output.printHeld(StreamText.news(news, isNanoseconds: isNanoseconds, options: look))
    case .ndjson: try Output.printHeld(StreamNDJSON.news(news, isNanoseconds: isNanoseconds))
    }
  }

  /// How things stand.
  mutating func status(
    _ status: StreamStatus, since earlier: StreamStatus?, for command: Stream, failOn: Severity
  ) throws {
    if screen.isShown {
      let size = Terminal.size(of: Output.standard)
      let frame = LiveView.Screen(
        width: size.width, height: size.height, color: look.color,
        failOn: failOn,
        command: command.recording.command.isEmpty ? nil : command.recording.command)
      let rates = earlier.map { StreamRates(from: $0, to: status) } ?? StreamRates()
      try Output.printHeld(LiveView.frame(status, rates: rates, on: frame))
      return
    }
    if let loss = StreamLoss(from: earlier, to: status) {
      switch format {
      case .text: Terminal.write(StreamText.loss(loss, options: talk))
      case .ndjson: try Output.printHeld(StreamNDJSON.loss(loss))
      }
    }
    guard format == .ndjson else { return }
    let last = told?.elapsed ?? 0
    guard status.elapsed >= last + Self.statusInterval else { return }
    let rates = told.map { StreamRates(from: $0, to: status) } ?? StreamRates()
    try Output.printHeld(StreamNDJSON.status(status, rates: rates))
    told = status
  }

  /// The status that the latest status line told.
  private var told: StreamStatus?

  /// What became of the command.
  func command(_ state: StreamStatus.CommandState) throws {
    switch format {
    case .text: Terminal.write(StreamText.command(state, options: talk))
    case .ndjson: try Output.printHeld(StreamNDJSON.command(state))
    }
  }

  /// Prints the verdict, behind all else.
  func end(_ report: Report, elapsed: UInt64) throws {
    switch format {
    case .text: try Output.printHeld(StreamText.end(report, options: look))
    case .ndjson: try Output.printHeld(StreamNDJSON.end(report, elapsed: elapsed))
    }
  }
}
