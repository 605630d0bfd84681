import Foundation
import TestSupport

@testable import TraceIngest

/// A file that is removed with its owner.
final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8]) throws {
    path = NSTemporaryDirectory() + "/pmtrace-test-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// One entry of a batch with its payload.
struct ReadRecord: Hashable {
  var kind: RecordHeader.Kind
  var buffer: UInt16
  var cpu: UInt32
  var timestamp: UInt64
  var id: UInt16
  var payload: [UInt8]
  var loss: LostEvents?
}

/// A trace that was read to its end.
struct ReadTrace {
  var metadata: TraceMetadata
  var names: TaskNames
  var records: [ReadRecord] = []
  var ledger: TraceLedger

  var events: [ReadRecord] { records.filter { $0.kind == .binary } }

  init(_ bytes: [UInt8], selection: EventSelection = .all) throws {
    let file = try TemporaryFile(bytes)
    try self.init(path: file.path, selection: selection)
  }

  init(path: String, selection: EventSelection = .all) throws {
    try self.init(TraceOpener.open(path: path), selection: selection)
  }

  init(_ reader: any TraceReader, selection: EventSelection = .all) throws {
    reader.select(selection)
    metadata = reader.metadata
    var batch = RecordBatch()
    while try reader.read(into: &batch) {
      for header in batch.records {
        var record = ReadRecord(
          kind: header.kind, buffer: header.buffer, cpu: header.cpu, timestamp: header.timestamp,
          id: header.eventID, payload: [])
        if header.kind == .lostEvents {
          record.loss = batch.losses[Int(header.payloadOffset)]
        } else {
          let start = Int(header.payloadOffset)
          record.payload = Array(batch.bytes[start..<start + Int(header.payloadLength)])
        }
        records.append(record)
      }
    }
    names = reader.taskNames
    ledger = reader.ledger
  }
}

/// A format that parsers accept, so that other tools read the composed files too.
func formatText(name: String, id: Int) -> String {
  """
  name: \(name)
  ID: \(id)
  format:
  \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
  \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
  \tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
  \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

  \tfield:u64 value;\toffset:8;\tsize:8;\tsigned:0;

  print fmt: "%llx", REC->value

  """
}

/// A small generator with a fixed seed, so that failures repeat.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// A trace of some CPUs with short and long records, long pauses and equal stamps.
func mixedTrace(
  events: Int = 600, cpus: UInt32 = 3, configure: (inout TraceDatBuilder) -> Void = { _ in }
) -> TraceDatBuilder {
  var trace = TraceDatBuilder()
  configure(&trace)
  trace.addFormat(system: "ftrace", text: formatText(name: "function", id: 1))
  trace.addFormat(system: "sched", text: formatText(name: "sched_switch", id: 300))
  trace.addFormat(system: "drm_pagemap", text: formatText(name: "drm_pagemap_get", id: 301))
  trace.addComm(pid: 7, name: "a task: with-all")
  var random = SeededGenerator(seed: 7)
  var now: UInt64 = 5_000_000_000
  for index in 0..<events {
    if index % 3 != 0 { now += random.next(upperBound: UInt64(2000)) }
    if index % 97 == 0 { now += 400_000_000 }
    let length = index % 50 == 0 ? 200 : 8 + 4 * Int(random.next(upperBound: UInt64(6)))
    let fields = (0..<length).map { UInt8(truncatingIfNeeded: $0 &+ index) }
    trace.addEvent(
      cpu: UInt32(random.next(upperBound: UInt64(cpus))), timestamp: now,
      id: index % 4 == 0 ? 301 : 300, pid: 7, fields: fields)
  }
  return trace
}
