import PagemapAnalysis
import PagemapEvents
import PagemapModel
package import PagemapRules
import TraceWords

/// A terminal's screen while a stream goes on, drawn anew some times a second.
///
/// The parts share the lines there are: the head and the command's line come first, then findings,
/// pagemaps, migrations and devices, each with a few lines at least and more where there is room.
package enum LiveView {
  /// What goes out before the first frame: the screen of its own, without a cursor.
  package static let enter = Array("\u{1b}[?1049h\u{1b}[?25l".utf8)
  /// What goes out behind the last one, whatever ended the stream.
  package static let leave = Array("\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l".utf8)

  /// How a screen is to be drawn.
  package struct Screen: Hashable, Sendable {
    /// Its columns: a wide character takes two.
    package var width: Int
    /// How many lines it shows.
    package var height: Int
    /// Whether colours are wanted.
    package var color: Bool
    /// The severity from which on a certain finding fails the stream.
    package var failOn: Severity
    /// The command that runs, as it was given.
    package var command: [String]?

    package init(
      width: Int, height: Int, color: Bool, failOn: Severity = .error, command: [String]? = nil
    ) {
      self.width = width
      self.height = height
      self.color = color
      self.failOn = failOn
      self.command = command
    }
  }

  /// The bytes of one frame.
  package static func frame(_ status: StreamStatus, rates: StreamRates, on screen: Screen)
    -> [UInt8]
  {
    var frame = ScreenFrame(width: screen.width, height: screen.height, color: screen.color)
    let time = TimeFormat(isNanoseconds: status.isNanoseconds)
    head(status, rates, screen, &frame)
    let parts = [
      devices(status), pagemaps(status, width: frame.width),
      migrations(status, rates, time, width: frame.width), findings(status, time),
    ].filter { !$0.rows.isEmpty }
    let shares = share(frame.room, among: parts)
    for (part, share) in zip(parts, shares) where share > 0 { part.draw(share, &frame) }
    return frame.bytes
  }

  // MARK: The head

  private static func head(
    _ status: StreamStatus, _ rates: StreamRates, _ screen: Screen, _ frame: inout ScreenFrame
  ) {
    let verdict = status.verdictSoFar(failOn: screen.failOn)
    let lost = status.eventsLost
    let loss = Span("lost \(Format.count(lost))", status.isIncomplete ? .caution : .plain)
    let name = frame.width < 56 ? [] : [Span("pmtrace ", .strong)]
    let word = Span(verdict.rawValue.uppercased(), verdict.style)
    // On a narrow screen what is lost comes before how fast it goes.
    frame.line(
      name + [word, Span(" so far  \(Format.clock(status.elapsed))  "), loss]
        + [Span("  \(LiveFormat.rate(rates.records)) events/s")])
    if frame.height > 6 { frame.line(second(status)) }
    if let line = command(status.command, screen.command) { frame.line(line) }
  }

  /// `1,234,567 records, 45,678 events of the model, window 12 % full`.
  private static func second(_ status: StreamStatus) -> [Span] {
    let fill = UInt64(max(0, min(1, status.windowFill)) * 100)
    var spans = [
      Span(
        "\(Format.count(status.overview.pagemapEvents)) pagemap events of "
          + "\(Format.count(status.recordsRead, "record"))", .faint),
      Span(", window \(fill) % full", fill >= 75 ? .caution : .faint),
    ]
    if status.gapsOfUnknownSize > 0 {
      spans.append(Span(", \(Format.count(status.gapsOfUnknownSize, "gap"))", .caution))
    }
    if status.lateRecords > 0 {
      spans.append(Span(", \(Format.count(status.lateRecords)) late", .caution))
    }
    return spans
  }

  private static func command(_ state: StreamStatus.CommandState, _ words: [String]?) -> [Span]? {
    let name = words.map(StreamText.words) ?? "the command"
    return switch state {
    case .none: nil
    case .running(let pid): [Span("running ", .good), Span("\(pid) "), Span(name, .faint)]
    case .exited(let code):
      [Span("exited with \(code) ", code == 0 ? .good : .caution), Span(name, .faint)]
    case .killed(let signal):
      [Span("killed by signal \(signal) ", .caution), Span(name, .faint)]
    }
  }
}
