import PagemapAnalysis
import PagemapModel
import PagemapReport
import PagemapRules
import Testing

@Suite struct StreamTextTests {
  /// All that a stream may print, in the order it would.
  static func everything(_ options: RenderOptions) -> [UInt8] {
    let status = StreamSamples.status
    var bytes = StreamText.start(StreamSamples.start, options: options)
    for news in status.recentFindings.reversed() {
      bytes += StreamText.news(news, isNanoseconds: true, options: options)
    }
    if let loss = StreamLoss(from: StreamSamples.earlier, to: status) {
      bytes += StreamText.loss(loss, options: options)
    }
    bytes += StreamText.command(.running(pid: 1), options: options)
    bytes += StreamText.command(.exited(code: 1), options: options)
    bytes += StreamText.command(.killed(signal: 11), options: options)
    return bytes + StreamText.end(Samples.report(Samples.pass), options: options)
  }

  @Test(arguments: [
    ("stream-text", RenderOptions()), ("stream-text-quiet", RenderOptions(quiet: true)),
    ("stream-text-color", RenderOptions(color: true)),
  ])
  func golden(_ name: String, _ options: RenderOptions) throws {
    try expectGolden(Self.everything(options), name)
  }

  @Test func keepsItsShape() {
    let plain = String(decoding: Self.everything(RenderOptions()), as: UTF8.self)
    let colored = String(decoding: Self.everything(RenderOptions(color: true)), as: UTF8.self)
    #expect(colored.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
    #expect(!plain.contains(" \n"), "a space at the end of a line")
    for line in plain.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
  }

  @Test func hostileStringsDoNotReachTheTerminal() {
    let hostile = "a\u{1b}[31mb\nPASS c"
    var start = StreamSamples.start
    start.kernelRelease = hostile
    start.clock = hostile
    start.missingEvents = [hostile]
    start.tee = hostile
    start.metrics = hostile
    start.command = [hostile]
    var bytes = StreamText.start(start, options: RenderOptions())
    for kind in FindingNews.Kind.allCases {
      let finding = Samples.hostile(hostile).findings[0]
      bytes += StreamText.news(
        FindingNews(kind: kind, number: 1, finding: finding), isNanoseconds: true,
        options: RenderOptions())
    }
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.components(of: "a\\x1b[31mb\\nPASS c") > 10)
    #expect(!text.contains("\u{1b}") && !text.contains("\nPASS c"))
  }

  /// What a stream of a leak says as it goes, and what only its end tells.
  @Test func theLeakIsTold() throws {
    let run = try StreamedRun("d_leak_pagemap")
    let bytes = run.news.flatMap {
      StreamText.news($0.news, isNanoseconds: true, options: RenderOptions())
    }
    try expectGolden(bytes, "stream-text-d_leak_pagemap")
  }

  @Test(arguments: [
    (["pmtest"], "pmtest"), (["./a.out", "-x", "k=v"], "./a.out -x k=v"),
    (["sh", "-c", "echo it's"], "sh -c 'echo it'\\''s'"), (["a", ""], "a ''"),
    (["$HOME", "*"], "'$HOME' '*'"),
  ])
  func commandsAreQuotedForTheShell(_ words: [String], _ line: String) {
    var start = StreamSamples.start
    start.command = words
    let text = String(
      decoding: StreamText.start(start, options: RenderOptions()), as: UTF8.self)
    #expect(text.contains("  command      \(line)\n"))
  }

  @Test func nothingLostIsNoLoss() {
    let status = StreamSamples.status
    #expect(StreamLoss(from: status, to: status) == nil)
    #expect(StreamLoss(from: nil, to: StreamStatus(elapsed: 0, overview: LiveOverview())) == nil)
    // What was known before is not told again, and what is new is told by how much it is.
    var later = status
    later.cpus[0].gapsOfUnknownSize = 1
    later.cpus[1].overrun += 5
    let loss = StreamLoss(from: status, to: later)
    #expect(loss?.cpus.map(\.cpu) == [0, 1])
    #expect(loss?.cpus[1].overrun == 5 && loss?.cpus[1].dropped == 0)
  }

  @Test func ratesAreDifferences() {
    let rates = StreamSamples.rates
    #expect(rates.records == 1_000_000)
    #expect(rates.events == 400)
    #expect(rates.migrations.map(\.calls) == [40, 8])
    #expect(rates.migrations.first?.bytes == Double(160 * 4096 * 4))
    #expect(StreamRates(from: StreamSamples.status, to: StreamSamples.earlier) == StreamRates())
  }
}
