import Foundation
import PagemapEvents
import TestSupport
import Testing
import TraceIngest

@Test
func contextIsReadFromPayloads() throws {
  let probe = RecordedProbe(name: "drm_pagemap_put", fields: [("dpagemap", .u64(4096))])
  var payload = probe.payload()
  payload[2] = 0x91
  payload[3] = 0x23
  var decoder = probe.decoder(.littleEndian)
  let header = RecordHeader(
    timestamp: 1, payloadOffset: 0, payloadLength: UInt32(payload.count), cpu: 0,
    eventID: RecordedProbe.id, kind: .binary)
  var event = PagemapEvent()
  let bytes = payload + [UInt8](repeating: 0, count: RecordBatch.slack)
  #expect(decoder.decode(header, bytes.span.bytes, into: &event))
  let context = try #require(event.context)
  #expect(context.flags == 0x91 && context.counts == 0x23)
  #expect(context.preemptCount == 3 && !context.isTask)
}

@Test
func contextThatABorrowSpoiltIsNotKnown() {
  #expect(!EventContext(flags: 0xff, counts: 0xff).isKnown)
  #expect(!EventContext(flags: 0x03, counts: 0xff).isKnown)
  #expect(EventContext(flags: 0xff, counts: 0x0f).isKnown)
}

@Test
func contextOfTextIsThatOfItsFlags() throws {
  let probe = RecordedProbe(name: "drm_pagemap_put", fields: [("dpagemap", .u64(4096))])
  var decoder = probe.decoder(.text)
  let id = try #require(decoder.selection.idOfName("drm_pagemap_put"))
  let line = Array(probe.line.utf8)
  let bytes = line + [UInt8](repeating: 0, count: RecordBatch.slack)
  var header = RecordHeader(
    timestamp: 1, payloadOffset: 0, payloadLength: UInt32(line.count), cpu: 0, eventID: id,
    kind: .text)
  var event = PagemapEvent()
  #expect(decoder.decode(header, bytes.span.bytes, into: &event))
  #expect(event.context == nil)
  header.hasContext = true
  header.contextFlags = 0x01
  header.contextCounts = 0x12
  #expect(decoder.decode(header, bytes.span.bytes, into: &event))
  #expect(event.context == EventContext(flags: 0x01, counts: 0x12))
}

/// What a probe's handler adds to the preemption depth: nothing where kprobes are, one at a return
/// or an entry alone, two at the entry of a function whose return is probed, too. So the depth at a
/// return is one less than at its entry, or both are the same.
@Test(arguments: ["clean", "evict", "exit_both", "cache_revive", "clean.portable-7.2"])
func recordedDepthsAreBalanced(name: String) throws {
  let path = RepositoryFiles.url("fixtures/recordings/\(name).dat").path
  let reader = try TraceOpener.open(path: path)
  var decoder = EventDecoder(metadata: reader.metadata)
  reader.select(decoder.selection)
  var batch = RecordBatch()
  var event = PagemapEvent()
  var entered: [Int32: [(function: UInt64, depth: Int)]] = [:]
  var pairs = 0
  while try reader.read(into: &batch) {
    for header in batch.records where header.kind == .binary {
      guard decoder.decode(header, batch.bytes.span.bytes, into: &event) else { continue }
      let depth = try #require(event.context).preemptCount
      switch event.kind.origin.phase {
      case .entry: entered[event.pid, default: []].append((event.function, depth))
      case .return:
        #expect(event.caller != 0)
        let place = entered[event.pid]?.lastIndex { $0.function == event.function }
        guard let place, let entry = entered[event.pid]?[place] else { continue }
        entered[event.pid]?.removeSubrange(place...)
        #expect(depth == (entry.depth == 0 ? 0 : entry.depth - 1), "\(event.kind)")
        pairs += 1
      case .tracepoint: break
      }
    }
  }
  #expect(pairs > 10)
}
