import PagemapModel
import PagemapReport
import PagemapRules
import Testing

@Suite struct LiveViewTests {
  /// A size, whether it has colours, and the name of what is shown there.
  struct Look: Sendable, CustomTestStringConvertible {
    var width: Int
    var height: Int
    var color = false

    var golden: String { "live-\(width)x\(height)\(color ? "-color" : "")" }
    var testDescription: String { golden }
  }

  static let looks = [
    Look(width: 120, height: 40), Look(width: 80, height: 24),
    Look(width: 80, height: 24, color: true), Look(width: 40, height: 10),
    Look(width: 20, height: 4),
  ]

  private static func frame(
    _ look: Look, of status: StreamStatus = StreamSamples.status,
    rates: StreamRates = StreamSamples.rates
  ) -> [UInt8] {
    LiveView.frame(
      status, rates: rates,
      on: LiveView.Screen(
        width: look.width, height: look.height, color: look.color, command: ["pmtest", "a b"]))
  }

  private static func shown(_ bytes: [UInt8], _ look: Look) -> Terminal {
    var terminal = Terminal(width: look.width, height: look.height)
    terminal.take(bytes)
    return terminal
  }

  @Test(arguments: looks) func golden(_ look: Look) throws {
    let bytes = Self.frame(look)
    let text = look.color ? Self.readable(bytes) : Self.shown(bytes, look).text
    try expectGolden(Array(text.utf8), look.golden)
  }

  /// The bytes as one can read them: escape sequences as `^[`, a line each.
  private static func readable(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).replacing("\u{1b}", with: "^[")
      .replacing("\r\n", with: "\n") + "\n"
  }

  /// Whatever the size: nothing wraps or scrolls, and nothing of the screen before is left.
  @Test func everySizeIsFilledAndNotMore() {
    for width in [1, 2, 3, 10, 39, 40, 55, 56, 59, 60, 71, 72, 79, 80, 100, 200, 1000] {
      for height in [1, 2, 3, 4, 6, 7, 10, 15, 24, 50] {
        for color in [false, true] {
          let look = Look(width: width, height: height, color: color)
          let terminal = Self.shown(Self.frame(look), look)
          #expect(!terminal.hasOverflown, "\(look.golden)")
          #expect(terminal.unknown == [], "\(look.golden)")
          #expect(!terminal.text.contains("#"), "\(look.golden)")
        }
      }
    }
    let look = Look(width: -3, height: 0)
    #expect(!Self.frame(look).isEmpty)
  }

  /// A frame that shows less than the one before leaves nothing of that.
  @Test func aSmallerFrameClearsTheLargerOne() {
    let look = Look(width: 80, height: 24)
    let empty = StreamStatus(elapsed: 0, overview: LiveOverview())
    let small = Self.frame(look, of: empty, rates: StreamRates())
    var terminal = Terminal(width: 80, height: 24)
    terminal.take(Self.frame(look))
    terminal.take(small)
    #expect(terminal.text == Self.shown(small, look).text)
    #expect(terminal.text.hasPrefix("pmtrace INCONCLUSIVE so far  0:00  lost 0  0 events/s\n"))
    #expect(terminal.text.contains("PAGEMAPS  0 live") == false)
    #expect(terminal.text.contains("FINDINGS  none\n  none is certain yet\n"))
  }

  @Test func colorsAreAllThatColorAdds() {
    let plain = String(decoding: Self.frame(Look(width: 80, height: 24)), as: UTF8.self)
    let colored = String(
      decoding: Self.frame(Look(width: 80, height: 24, color: true)), as: UTF8.self)
    #expect(colored != plain)
    #expect(colored.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
  }

  @Test func hostileStringsDoNotReachTheTerminal() {
    let hostile = "a\u{1b}[2Jb\r\nc\u{7}\u{9b}31m\u{202e}d"
    let look = Look(width: 400, height: 60)
    let terminal = Self.shown(Self.frame(look, of: StreamSamples.hostile(hostile)), look)
    #expect(terminal.unknown == [])
    #expect(terminal.text.components(of: "a\\x1b[2Jb\\r\\nc\\x07\\x9b31m\\u{202e}d") > 8)
    for scalar in terminal.text.unicodeScalars where scalar != "\n" {
      #expect(!UntrustedText.mustBeEscaped(scalar))
    }
  }

  /// Characters that take two columns, or none, must not push a line over the edge.
  @Test func wideNamesAreCutByColumns() {
    for name in ["記憶装置記憶装置", "e\u{301}e\u{301}e\u{301}", "🐛🐛🐛", "👩‍👩‍👧‍👦x", "한글"] {
      for width in 1...90 {
        let look = Look(width: width, height: 24)
        let terminal = Self.shown(Self.frame(look, of: StreamSamples.hostile(name)), look)
        #expect(!terminal.hasOverflown, "\(name) in \(width)")
      }
    }
  }

  @Test(arguments: [
    (StreamStatus.CommandState.exited(code: 0), "exited with 0 pmtest 'a b'"),
    (.exited(code: 127), "exited with 127 pmtest 'a b'"),
    (.killed(signal: 9), "killed by signal 9 pmtest 'a b'"),
    (.running(pid: 12), "running 12 pmtest 'a b'"),
  ])
  func command(_ state: StreamStatus.CommandState, _ line: String) {
    var status = StreamSamples.status
    status.command = state
    let look = Look(width: 80, height: 24)
    #expect(Self.shown(Self.frame(look, of: status), look).text.contains("\n\(line)\n"))
  }

  /// The screens that real recordings give while they run.
  @Test(arguments: ["d_leak_pagemap", "stress"]) func recordings(_ name: String) throws {
    let run = try StreamedRun(name)
    let look = Look(width: 100, height: 30)
    let middle = run.statuses.count / 2
    let rates = StreamRates(from: run.statuses[middle - 1], to: run.statuses[middle])
    let text =
      Self.shown(Self.frame(look, of: run.statuses[middle], rates: rates), look).text
      + Self.shown(
        Self.frame(
          look, of: run.last, rates: StreamRates(from: run.statuses[middle], to: run.last)),
        look
      ).text
    try expectGolden(Array(text.utf8), "live-\(name)")
  }
}
