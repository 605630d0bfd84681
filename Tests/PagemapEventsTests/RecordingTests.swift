import Foundation
import PagemapEvents
import TestSupport
import Testing
import TraceIngest

/// The fixtures' folder.
private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures")

private func recordings() throws -> [String] {
  let folder = fixtures.appending(path: "recordings").path
  return try FileManager.default.contentsOfDirectory(atPath: folder)
    .filter { $0.hasSuffix(".dat") }.sorted()
}

/// A trace decoded to its end: a line per event, stamps in microseconds.
private struct DecodedTrace {
  var lines: [String] = []
  var records = 0
  var decoder: EventDecoder

  init(_ path: String) throws {
    let reader = try TraceOpener.open(path: fixtures.appending(path: path).path)
    decoder = EventDecoder(metadata: reader.metadata)
    reader.select(decoder.selection)
    var batch = RecordBatch()
    var event = PagemapEvent()
    while try reader.read(into: &batch) {
      let bytes = batch.bytes.span.bytes
      for header in batch.records where header.kind != .lostEvents {
        records += 1
        guard decoder.decode(header, bytes, into: &event) else { continue }
        let time = (event.timestamp + 500) / 1000
        lines.append(
          "\(time) \(event.cpu) \(event.pid) \(event.kind) "
            + "\(describe(event, names: decoder.names).plain) \(event.result ?? 0)")
      }
    }
  }
}

@Test
func everyRecordedEventIsDecoded() throws {
  for name in try recordings() {
    let trace = try DecodedTrace("recordings/\(name)")
    let inventory = trace.decoder.inventory
    #expect(trace.records > 0, "\(name)")
    #expect(trace.lines.count == trace.records, "\(name)")
    #expect(trace.decoder.undecodable == 0, "\(name)")
    #expect(inventory.unknown == [], "\(name)")
    #expect(inventory.rejected == [], "\(name)")
    #expect(inventory.present.reduce(0) { $0 + $1.count } == UInt64(trace.records), "\(name)")
  }
}

/// The text of a recording tells the same events, with stamps rounded to microseconds.
@Test(arguments: ["clean", "d_leak_pagemap"])
func textTellsTheSame(name: String) throws {
  let binary = try DecodedTrace("recordings/\(name).dat")
  let text = try DecodedTrace("text/\(name).txt")
  #expect(text.lines == binary.lines)
  #expect(text.decoder.undecodable == 0)
}
