import TestSupport
import Testing

@testable import TraceIngest

/// The symbols' text comes back as it was written, from every container; a file without it, or with
/// a length that it has not, gives none and still opens.
@Suite struct SymbolTests {
  private static let text = "ffffffff81000000 T _text\nffffffffc0654e40 t f\t[m]\n"

  private func file(_ container: TraceDatBuilder.Container, _ symbols: String?) -> [UInt8] {
    var trace = TraceDatBuilder()
    trace.symbols = symbols
    trace.addFormat(system: "s", text: simpleFormat)
    trace.addEvent(cpu: 0, timestamp: 1_000, id: 300, pid: 42, fields: [1, 2, 3, 4])
    return trace.finish(as: container)
  }

  @Test(arguments: [
    (".....", 0, 0), ("d..1.", 0x01, 0x01), ("b.s12", 0x90, 0x21), ("DNH.f", 0x99, 0xf0),
    ("...3", 0, 0x03), ("dNz.", 0x41, 0), ("..Za.", 0x48, 0x0a),
  ])
  func latencyFlagsAreRead(flags: String, expected: Int, counts: Int) throws {
    let line = Array("  task-42  [001] \(flags)  10.000001: drm_pagemap_put: (f+0x4) a=1".utf8)
    guard case .event(let event) = TextLineScanner.scan(line.span.bytes, 0..<line.count) else {
      Issue.record("no event")
      return
    }
    #expect(event.timestamp == 10_000_001_000)
    #expect(event.context.map { Int($0.flags) } == expected)
    #expect(event.context.map { Int($0.counts) } == counts)
  }

  @Test(arguments: ["", "x....", "..q..", "...g.", "......"])
  func otherFlagsAreNone(flags: String) throws {
    let line = Array("  task-42  [001] \(flags)  10.000001: drm_pagemap_put: (f+0x4) a=1".utf8)
    guard case .event(let event) = TextLineScanner.scan(line.span.bytes, 0..<line.count) else {
      Issue.record("no event")
      return
    }
    #expect(event.context == nil)
  }

  private let simpleFormat = """
    name: e
    ID: 300
    format:
    \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;

    print fmt: ""

    """

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func symbolsAreRead(container: TraceDatBuilder.Container) throws {
    do {
      let written = try TemporaryFile(file(container, Self.text))
      let reader = try TraceOpener.open(path: written.path)
      #expect(String(decoding: reader.readSymbols(), as: UTF8.self) == Self.text)
      #expect(reader.ledger.damage.isEmpty)
    }
    let bare = try TemporaryFile(file(container, nil))
    #expect(try TraceOpener.open(path: bare.path).readSymbols() == [])
  }

  @Test
  func aLengthThatIsWrongGivesNone() throws {
    var bytes = file(.version7(.none), Self.text)
    let place = try #require(bytes.firstRange(of: Array(Self.text.utf8)))
    for length: UInt8 in [0xff, UInt8(Self.text.utf8.count + 1)] {
      bytes[place.lowerBound - 4] = length
      let damaged = try TemporaryFile(bytes)
      #expect(try TraceOpener.open(path: damaged.path).readSymbols() == [])
    }
  }
}
