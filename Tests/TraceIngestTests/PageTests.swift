import TestSupport
import Testing
import TraceIngest

/// What a ring buffer page may hold besides plain records.
@Suite struct PageTests {
  private static func trace() -> TraceDatBuilder {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "s", text: formatText(name: "e", id: 300))
    return trace
  }

  @Test(arguments: [false, true])
  func timeExtendsAndAbsoluteStamps(isBigEndian: Bool) throws {
    var trace = Self.trace()
    trace.isBigEndian = isBigEndian
    // The last but one needs the five upper bits of its page's stamp.
    let stamps: [UInt64] = [
      10, (1 << 27) + 9, (1 << 27) + 10, 1 << 40, (1 << 40) + 1, (1 << 62) + 5, (1 << 62) + 1 << 28,
    ]
    for (index, stamp) in stamps.enumerated() {
      if index == 5 { trace.endPage(cpu: 0) }
      trace.addEvent(
        cpu: 0, timestamp: stamp, id: 300, payload: [0, 0, 0, 0, 1, 0, 0, 0],
        absolute: index % 2 == 0)
    }
    let read = try ReadTrace(trace.finish())
    #expect(read.events.map(\.timestamp) == stamps)
    #expect(read.ledger.damage == [])
  }

  @Test func discardedRecordsAndPaddingAreSkipped() throws {
    var trace = Self.trace()
    trace.addEvent(cpu: 0, timestamp: 10, id: 300, pid: 1)
    trace.addDiscarded(cpu: 0, timestamp: 30, length: 24)
    trace.addEvent(cpu: 0, timestamp: 50, id: 300, pid: 1)
    trace.endPage(cpu: 0, padded: true)
    trace.addEvent(cpu: 0, timestamp: 70, id: 300, pid: 1)
    let read = try ReadTrace(trace.finish(as: .version6))
    #expect(read.events.map(\.timestamp) == [10, 50, 70])
    #expect(read.ledger.damage == [])
  }

  @Test func longRecordsHaveTheirLength() throws {
    var trace = Self.trace()
    let lengths = [8, 112, 116, 120, 500, 4000]
    for (index, length) in lengths.enumerated() {
      trace.addEvent(
        cpu: 0, timestamp: UInt64(index), id: 300, payload: [UInt8](repeating: 9, count: length))
    }
    let read = try ReadTrace(trace.finish(as: .version7(.zstd)))
    #expect(read.events.map(\.payload.count) == lengths)
  }

  @Test(arguments: [4, 8])
  func lossMarksComeRightBeforeTheNextRecordOfTheirCPU(longSize: Int) throws {
    var trace = Self.trace()
    trace.longSize = longSize
    trace.addEvent(cpu: 0, timestamp: 10, id: 300, pid: 1)
    trace.addEvent(cpu: 1, timestamp: 15, id: 300, pid: 1)
    trace.loseEvents(cpu: 0, count: 123)
    trace.addEvent(cpu: 0, timestamp: 20, id: 300, pid: 1)
    trace.addEvent(cpu: 1, timestamp: 25, id: 300, pid: 1)
    trace.loseEvents(cpu: 1, count: nil)
    trace.addEvent(cpu: 1, timestamp: 35, id: 300, pid: 1)
    let read = try ReadTrace(trace.finish())
    #expect(
      read.records.map { "\($0.timestamp) \($0.cpu) \($0.kind == .lostEvents)" } == [
        "10 0 false", "15 1 false", "20 0 true", "20 0 false", "25 1 false", "35 1 true",
        "35 1 false",
      ])
    let first = LostEvents(buffer: 0, cpu: 0, count: 123, after: 10, before: 20)
    let second = LostEvents(buffer: 0, cpu: 1, count: nil, after: 25, before: 35)
    #expect(read.records.compactMap(\.loss) == [first, second])
    #expect(read.ledger.cpus[0].gaps == [first])
    #expect(read.ledger.cpus[0].eventsLost == 123)
    #expect(read.ledger.cpus[1].gaps == [second])
    #expect(read.ledger.cpus[1].gapsOfUnknownSize == 1)
    #expect(read.ledger.damage == [])
  }

  @Test func lossMarksComeThoughNoRecordIsWanted() throws {
    var trace = Self.trace()
    trace.addEvent(cpu: 0, timestamp: 10, id: 300, pid: 1)
    trace.loseEvents(cpu: 0, count: 2)
    trace.addEvent(cpu: 0, timestamp: 20, id: 300, pid: 1)
    let read = try ReadTrace(trace.finish(), selection: EventSelection(ids: []))
    #expect(read.records.map(\.kind) == [.lostEvents])
  }

  @Test func upperHalfOfTheCommitFieldIsIgnored() throws {
    // A kernel that sets the loss flag twice carries it into the upper half.
    var trace = Self.trace()
    var page: [UInt8] = [100, 0, 0, 0, 0, 0, 0, 0]
    page += [12, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff]
    page += [2 | 1 << 5, 0, 0, 0, 0x2c, 1, 0, 0, 1, 0, 0, 0]
    trace.addRawPage(cpu: 0, page)
    trace.setStatistics(cpu: 0) { $0.readEvents = 1 }
    let read = try ReadTrace(trace.finish())
    #expect(read.events.map(\.timestamp) == [101])
    #expect(read.ledger.cpus[0].gapsOfUnknownSize == 1)
    #expect(read.ledger.damage == [])
  }

  @Test func aDamagedPageIsLeftAndTheNextIsRead() throws {
    var trace = Self.trace()
    trace.addEvent(cpu: 0, timestamp: 10, id: 300, pid: 1)
    trace.endPage(cpu: 0)
    // A record of 28 words in a page with 12 bytes of data.
    trace.addRawPage(
      cpu: 0,
      [20, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    // A page that claims more data than it can hold, and one of zeros.
    trace.addRawPage(cpu: 0, [30, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0])
    trace.addRawPage(cpu: 0, [])
    trace.addEvent(cpu: 0, timestamp: 40, id: 300, pid: 1)
    let bytes = trace.finish(as: .version6)
    let read = try ReadTrace(bytes)
    #expect(read.events.map(\.timestamp) == [10, 40])
    let data = UInt64(bytes.count - 5 * 4096)
    #expect(
      read.ledger.damage.map(\.offset) == [data + 4096 + 16, data + 2 * 4096, data + 3 * 4096])
    #expect(read.ledger.damage.map(\.length) == [12, 4096, 4096])
    #expect(read.ledger.damage.allSatisfy { $0.kind == .malformed && $0.cpu == 0 })
    #expect(
      read.records.compactMap(\.loss) == [
        LostEvents(buffer: 0, cpu: 0, count: nil, after: 10, before: 40)
      ])
  }

  @Test(arguments: [TraceDatBuilder.Container.Compression.zstd, .zlib])
  func aBrokenChunkIsLeftAndTheNextIsRead(
    compression: TraceDatBuilder.Container.Compression
  ) throws {
    var trace = Self.trace()
    trace.pagesPerChunk = 1
    for page: UInt64 in 0..<3 {
      for index: UInt64 in 0..<10 {
        trace.addEvent(cpu: 0, timestamp: page * 100 + index, id: 300, pid: 1)
      }
      trace.endPage(cpu: 0)
    }
    var bytes = trace.finish(as: .version7(compression))
    // The data starts page-aligned: the number of chunks, then the first chunk's two sizes.
    let start = try #require(
      stride(from: 4096, to: bytes.count, by: 4096).first { bytes[$0..<$0 + 4] == [3, 0, 0, 0] })
    let second = start + 4 + 8 + Int(bytes[start + 4]) + 256 * Int(bytes[start + 5])
    for offset in second + 8..<second + 20 { bytes[offset] ^= 0x5a }
    let read = try ReadTrace(bytes)
    #expect(read.events.map(\.timestamp) == Array(0..<10) + Array(200..<210))
    #expect(read.ledger.damage.map(\.kind) == [.undecompressible, .missingEvents])
    #expect(read.ledger.damage.first?.offset == UInt64(second))
    #expect(read.records.compactMap(\.loss).map(\.before) == [200])
  }
}
