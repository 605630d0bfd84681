import Foundation
import TraceIngest

/// The events of a real recording, to be written anew with some of them left out.
package struct RecordedEvents: Sendable {
  /// One event as the ring buffer held it.
  package struct Event: Sendable {
    package var cpu: UInt32
    package var timestamp: UInt64
    package var id: UInt16
    package var payload: [UInt8]
  }

  /// The events in the order of the merged trace.
  package var events: [Event]
  /// The text of kallsyms for what is written; nil for none.
  package var symbols: String?
  /// The names of the events by id.
  package let names: [UInt16: String]
  private var metadata: TraceMetadata

  /// Reads `fixtures/recordings/NAME.dat`.
  package init(_ name: String) throws {
    let path = RepositoryFiles.url("fixtures/recordings/\(name).dat").path
    let reader = try TraceOpener.open(path: path)
    reader.select(.all)
    metadata = reader.metadata
    var batch = RecordBatch()
    var events: [Event] = []
    while try reader.read(into: &batch) {
      for header in batch.records where header.kind == .binary {
        let start = Int(header.payloadOffset)
        events.append(
          Event(
            cpu: header.cpu, timestamp: header.timestamp, id: header.eventID,
            payload: Array(batch.bytes[start..<start + Int(header.payloadLength)])))
      }
    }
    self.events = events
    names = Dictionary(
      metadata.formats.compactMap(Self.name), uniquingKeysWith: { first, _ in first })
  }

  private static func name(of format: EventFormatText) -> (UInt16, String)? {
    let lines = String(decoding: format.text, as: UTF8.self).split(separator: "\n")
    guard let name = lines.first(where: { $0.hasPrefix("name: ") })?.dropFirst(6),
      let id = lines.first(where: { $0.hasPrefix("ID: ") }).flatMap({ UInt16($0.dropFirst(4)) })
    else { return nil }
    return (id, String(name))
  }

  /// How a dropped event shows in the trace.
  package enum Mark: Sendable, CaseIterable {
    /// A lost-events mark tells how many there were.
    case counted
    /// A lost-events mark without a number.
    case uncounted
    /// Nothing tells of it.
    case none
  }

  /// The recording as if it had been stopped before the event at `place`.
  package func until(_ place: Int) -> [UInt8] {
    var copy = self
    copy.metadata.recordedUntil = place < events.count ? events[place].timestamp : nil
    return copy.without(Set(place..<events.count), mark: .none)
  }

  /// The recording without the events at these places, as a file.
  package func without(_ dropped: Set<Int>, mark: Mark) -> [UInt8] {
    var trace = TraceDatBuilder()
    trace.clock = metadata.clock
    trace.recordedUntil = metadata.recordedUntil
    trace.symbols = symbols
    for format in metadata.formats {
      trace.addFormat(
        system: format.system, text: String(decoding: format.text, as: UTF8.self))
    }
    for cpu in Set(metadata.buffers.flatMap(\.cpus)) { trace.addEmpty(cpu: cpu) }
    var lost: [UInt32: UInt64] = [:]
    for (place, event) in events.enumerated() {
      if dropped.contains(place) {
        lost[event.cpu, default: 0] += 1
        continue
      }
      if let count = lost.removeValue(forKey: event.cpu), mark != .none {
        trace.loseEvents(cpu: event.cpu, count: mark == .counted ? count : nil)
      }
      trace.addEvent(
        cpu: event.cpu, timestamp: event.timestamp, id: event.id, payload: event.payload)
    }
    // What was lost at a CPU's end is told by its counters.
    for (cpu, count) in lost where mark != .none {
      trace.setStatistics(cpu: cpu) { $0.droppedEvents = count }
    }
    return trace.finish()
  }
}

/// What a recording's ground truth expects.
package struct RecordedTruth: Decodable, Sendable {
  package struct Expectation: Decodable, Sendable {
    package var `class`: String
    package var address: String?
  }

  package var expect: [Expectation]

  /// Reads `fixtures/recordings/NAME.json`.
  package init(of name: String) throws {
    let data = try Data(contentsOf: RepositoryFiles.url("fixtures/recordings/\(name).json"))
    self = try JSONDecoder().decode(RecordedTruth.self, from: data)
  }

  /// All recordings of the repository.
  package static let names: [String] = {
    let folder = RepositoryFiles.url("fixtures/recordings").path
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".dat") }.map { String($0.dropLast(4)) }.sorted()
  }()
}

/// A small generator with a fixed seed, so that failures repeat.
package struct ScenarioGenerator: RandomNumberGenerator {
  private var state: UInt64
  package init(seed: UInt64) { state = seed }
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
