import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapReport
import PagemapRules
import Testing

@Suite struct StreamNDJSONTests {
  /// All that a stream may print, in the order it would.
  static func everything(_ status: StreamStatus = StreamSamples.status) -> [UInt8] {
    var bytes = StreamNDJSON.start(StreamSamples.start)
    bytes += StreamNDJSON.status(status, rates: StreamSamples.rates)
    for news in status.recentFindings.reversed() {
      bytes += StreamNDJSON.news(news, isNanoseconds: true)
    }
    if let loss = StreamLoss(from: StreamSamples.earlier, to: status) {
      bytes += StreamNDJSON.loss(loss)
    }
    bytes += StreamNDJSON.command(.running(pid: 1))
    bytes += StreamNDJSON.command(.exited(code: 1))
    bytes += StreamNDJSON.command(.killed(signal: 11))
    return bytes + StreamNDJSON.end(Samples.report(Samples.fail), elapsed: 60_000_000_000)
  }

  /// The documents of lines, each of which must be one.
  static func documents(_ bytes: [UInt8]) throws -> [JSONValue] {
    #expect(bytes.last == UInt8(ascii: "\n"))
    return try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast().map { try JSONParser.parse(Array($0)) }
  }

  static var schema: SchemaValidator {
    get throws { try Schema.validator("pmtrace.stream-1.schema.json") }
  }

  @Test func golden() throws {
    try expectGolden(Self.everything(), "stream-ndjson")
  }

  @Test func everyLineTellsWhatItIs() throws {
    let documents = try Self.documents(Self.everything())
    #expect(documents.allSatisfy { $0["schema"] == .string("pmtrace.stream/1") })
    let types = documents.map { $0["type"] }
    #expect(
      types
        == [
          "start", "status", "finding", "finding-changed", "finding-withdrawn", "loss", "command",
          "command", "end",
        ].map { .string($0) })
  }

  @Test func theReportIsThatOfAnAnalysis() throws {
    let end = try #require(try Self.documents(Self.everything()).last)
    #expect(end["report"] == (try json(Samples.report(Samples.fail))))
    #expect(end["exitCode"] == .unsigned(1))
    #expect(end["verdict"] == .string("fail"))
  }

  // MARK: Schema

  @Test func linesAreValid() throws {
    let hostile = StreamSamples.hostile("a\u{1b}\"\\\u{202e}\nb")
    let empty = StreamStatus(elapsed: 0, overview: LiveOverview())
    for status in [StreamSamples.status, hostile, StreamSamples.earlier, empty] {
      for document in try Self.documents(Self.everything(status)) {
        #expect(try Self.schema.errors(in: document) == [])
      }
    }
    var bare = StreamSamples.start
    (bare.kernelRelease, bare.command, bare.tee, bare.metrics) = (nil, nil, nil, nil)
    (bare.duration, bare.decidableRules, bare.rules) = (nil, nil, nil)
    for document in try Self.documents(StreamNDJSON.start(bare)) {
      #expect(try Self.schema.errors(in: document) == [])
    }
  }

  /// Every object of every line, with one member too many or too few, must be refused. The report is
  /// left to its own schema's test.
  @Test func nothingMayBeAddedOrLeftOut() throws {
    let validator = try Self.schema
    let optional: Set<String> = ["error", "end", "mm", "virtualAddress", "owner"]
    var checked = 0
    for document in try Self.documents(Self.everything()) where document["report"] == nil {
      for change in document.changes(keeping: optional) {
        #expect(!validator.errors(in: change.document).isEmpty, "\(change.name)")
        checked += 1
      }
    }
    #expect(checked > 400)
  }

  /// What both schemas describe they describe alike.
  @Test func theReportsDefinitionsAreShared() throws {
    func definitions(_ name: String) throws -> JSONValue? {
      try JSONParser.parse([UInt8](Data(contentsOf: Schema.folder.appending(path: name))))["$defs"]
    }
    let report = try #require(try definitions("pmtrace.report-1.schema.json"))
    let stream = try #require(try definitions("pmtrace.stream-1.schema.json"))
    for key in report.keys { #expect(stream[key] == report[key], "\(key)") }
  }

  /// A recording's lines, from its first status to what only its end tells.
  @Test(arguments: ["d_leak_pagemap", "stress"]) func recordings(_ name: String) throws {
    let run = try StreamedRun(name, every: 400)
    var bytes: [UInt8] = []
    for (earlier, later) in zip(run.statuses, run.statuses.dropFirst() + [run.last]) {
      bytes += StreamNDJSON.status(later, rates: StreamRates(from: earlier, to: later))
    }
    bytes += run.news.flatMap { StreamNDJSON.news($0.news, isNanoseconds: true) }
    let documents = try Self.documents(bytes)
    for document in documents { #expect(try Self.schema.errors(in: document) == []) }
    #expect(documents.count > 0)
    if name == "d_leak_pagemap" {
      #expect(documents.last?["finding"]?["rule"] == .string("PM001"))
      #expect(documents.last?["number"] == .unsigned(1))
    }
  }
}
