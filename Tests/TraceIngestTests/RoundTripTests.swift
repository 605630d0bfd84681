import TestSupport
import Testing
import TraceIngest

/// Composed traces read back as they were composed, in every form of the container.
@Suite struct RoundTripTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var container: TraceDatBuilder.Container
    var isBigEndian: Bool
    var longSize: Int
    var subBufferSize: Int
    var testDescription: String {
      "\(container) big \(isBigEndian) long \(longSize) page \(subBufferSize)"
    }

    static let all: [Shape] = TraceDatBuilder.Container.allCases.flatMap { container in
      [false, true].flatMap { order in
        [4, 8].flatMap { long in
          [4096, 16384].map {
            Shape(container: container, isBigEndian: order, longSize: long, subBufferSize: $0)
          }
        }
      }
    }

    func configure(_ trace: inout TraceDatBuilder) {
      trace.isBigEndian = isBigEndian
      trace.longSize = longSize
      trace.subBufferSize = subBufferSize
    }
  }

  @Test(arguments: Shape.all)
  func everyShapeGivesTheSameRecords(shape: Shape) throws {
    let plain = try ReadTrace(mixedTrace().finish())
    let read = try ReadTrace(mixedTrace(configure: shape.configure).finish(as: shape.container))
    #expect(read.events.count == 600)
    #expect(read.ledger.damage == [])
    #expect(!read.ledger.isIncomplete)
    #expect(read.events.map(\.timestamp) == plain.events.map(\.timestamp))
    #expect(read.events.map(\.cpu) == plain.events.map(\.cpu))
    #expect(read.events.map(\.id) == plain.events.map(\.id))
    // The common fields are written in the trace's byte order, the rest as given.
    #expect(
      read.events.map { $0.payload.dropFirst(8) } == plain.events.map { $0.payload.dropFirst(8) })
    #expect(read.metadata.isBigEndian == shape.isBigEndian)
    #expect(read.metadata.longSize == shape.longSize)
    #expect(read.ledger.cpus.map(\.eventsRead).reduce(0, +) == 600)
  }

  @Test func equalStampsGoByCPUThenByFileOrder() throws {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "s", text: formatText(name: "e", id: 300))
    for cpu: UInt32 in [2, 0, 1] {
      for value: UInt8 in 0..<3 {
        trace.addEvent(cpu: cpu, timestamp: 100, id: 300, pid: 1, fields: [UInt8(cpu), value])
      }
    }
    let read = try ReadTrace(trace.finish())
    let places = read.events.map { [$0.payload[8], $0.payload[9]] }
    #expect(
      places == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]])
  }

  @Test func selectionHandsOnlyTheWantedAndCountsTheRest() throws {
    let bytes = mixedTrace().finish(as: .version7(.zstd))
    let all = try ReadTrace(bytes)
    let some = try ReadTrace(bytes, selection: EventSelection(ids: [301]))
    #expect(some.records == all.records.filter { $0.id == 301 })
    #expect(some.ledger.eventsRead == 600)
    #expect(some.ledger.lastTimestamp == all.ledger.lastTimestamp)
    #expect(some.ledger.firstTimestamp == all.records.first?.timestamp)
    let none = try ReadTrace(bytes, selection: EventSelection(ids: []))
    #expect(none.records == [])
    #expect(none.ledger.eventsRead == 600)
  }

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func furtherBuffersEqualTheirSingleBufferTwin(container: TraceDatBuilder.Container) throws {
    let twin = try ReadTrace(mixedTrace(events: 300).finish(as: container))
    var trace = mixedTrace(events: 50)
    for event in twin.events {
      trace.addEvent(
        cpu: event.cpu, timestamp: event.timestamp, id: event.id, payload: event.payload,
        buffer: "inst")
    }
    let read = try ReadTrace(trace.finish(as: container))
    #expect(read.ledger.damage == [])
    #expect(!read.ledger.isIncomplete)
    #expect(read.metadata.buffers.map(\.name) == ["", "inst"])
    var further = read.events.filter { $0.buffer == 1 }
    for index in further.indices { further[index].buffer = 0 }
    #expect(further == twin.events)
    #expect(read.events.filter { $0.buffer == 0 }.count == 50)
    let stamps = read.events.map(\.timestamp)
    #expect(stamps == stamps.sorted())
  }

  @Test func backwardsClocksAreHandedOn() throws {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "s", text: formatText(name: "e", id: 300))
    for stamp: UInt64 in [1000, 900, 950, 2000] {
      trace.addEvent(cpu: 0, timestamp: stamp, id: 300, pid: 1)
    }
    let read = try ReadTrace(trace.finish())
    #expect(read.events.map(\.timestamp) == [1000, 900, 950, 2000])
    #expect(read.ledger.lastTimestamp == 2000)
  }

  @Test func aLongTraceComesInBatches() throws {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "s", text: formatText(name: "e", id: 300))
    for index in 0..<20_000 {
      trace.addEvent(cpu: UInt32(index % 2), timestamp: UInt64(index), id: 300, pid: 1)
    }
    let file = try TemporaryFile(trace.finish(as: .version7(.zlib)))
    let reader = try TraceOpener.open(path: file.path)
    reader.select(.all)
    var batch = RecordBatch()
    var stamps: [UInt64] = []
    while try reader.read(into: &batch) {
      #expect(batch.records.count <= 4097)
      #expect(batch.bytes.suffix(RecordBatch.slack).allSatisfy { $0 == 0 })
      stamps += batch.records.map(\.timestamp)
    }
    #expect(batch.records.isEmpty)
    #expect(stamps == Array(0..<20_000))
  }
}
