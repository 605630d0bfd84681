import Foundation
import PagemapAnalysis
import PagemapReport
import PagemapRules
import Testing

@Suite struct ReplayReportTests {
  @Test(arguments: ReplaySamples.calls.indices) func states(_ index: Int) throws {
    let call = ReplaySamples.calls[index]
    let state = try ReplaySamples.state(of: call)
    try expectGolden(ReplayText.state(state, options: RenderOptions()), call.golden)
  }

  @Test(arguments: ["d_leak_pagemap", "fork"]) func steps(recording: String) throws {
    let call = ReplaySamples.Call(recording, "steps") { $0.moment = .event(160) }
    let bytes = try ReplaySamples.passages(of: call).flatMap {
      ReplayText.line($0, isNanoseconds: true, options: RenderOptions())
    }
    try expectGolden(bytes, call.golden)
    #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 161)
  }

  @Test func json() throws {
    let state = try ReplaySamples.state(of: ReplaySamples.calls[4])
    try expectGolden(ReplayJSON.state(state), "replay-json")
    let line = String(decoding: ReplayJSON.line(state), as: UTF8.self)
    #expect(line.count { $0 == "\n" } == 1 && line.hasSuffix("}\n"))
    #expect(
      try JSONParser.parse(ReplayJSON.line(state)) == JSONParser.parse(ReplayJSON.state(state)))
  }

  /// The same moment is shown with the same bytes, in colour and without.
  @Test func coloursChangeNothingElse() throws {
    let state = try ReplaySamples.state(of: ReplaySamples.calls[2])
    let plain = String(decoding: ReplayText.state(state, options: RenderOptions()), as: UTF8.self)
    let colored = String(
      decoding: ReplayText.state(state, options: RenderOptions(color: true)), as: UTF8.self)
    #expect(colored.contains("\u{1b}["))
    #expect(colored.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
    #expect(!plain.contains("\u{1b}"))
  }

  // MARK: Schema

  @Test(arguments: ReplaySamples.calls.indices) func statesAreValid(_ index: Int) throws {
    let validator = try Schema.validator("pmtrace.replay-1.schema.json")
    let state = try ReplaySamples.state(of: ReplaySamples.calls[index])
    #expect(validator.errors(in: try JSONParser.parse(ReplayJSON.state(state))) == [])
  }

  @Test(arguments: ["d_leak_pagemap", "p2p", "gpusvm_p2p"]) func stepsAreValid(recording: String)
    throws
  {
    let validator = try Schema.validator("pmtrace.replay-step-1.schema.json")
    for passage in try ReplaySamples.passages(of: ReplaySamples.Call(recording, "all")) {
      let document = try JSONParser.parse(ReplayJSON.line(passage, isNanoseconds: true))
      #expect(validator.errors(in: document) == [])
    }
  }

  /// Every object of a state, with one member too many or too few, must be refused.
  @Test func nothingMayBeAddedOrLeftOut() throws {
    let validator = try Schema.validator("pmtrace.replay-1.schema.json")
    let call = ReplaySamples.Call("p2p", "few") {
      $0.moment = .event(60)
      $0.range = 0..<UInt64.max
    }
    let document = try JSONParser.parse(ReplayJSON.state(ReplaySamples.state(of: call)))
    var checked = 0
    for change in document.changes(keeping: []) {
      #expect(!validator.errors(in: change.document).isEmpty, "\(change.name)")
      checked += 1
    }
    #expect(checked > 300)
  }
}
