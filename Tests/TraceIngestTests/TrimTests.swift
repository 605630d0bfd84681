import Foundation
import TestSupport
import Testing
import TraceIngest

/// A smaller recording holds the same kept records, gaps and ends.
@Suite struct TrimTests {
  /// Compares what readers hand out of the recording and of the smaller one.
  private func expectSame(
    _ bytes: [UInt8], keeping ids: [UInt16] = [301], _ comment: Comment? = nil
  ) throws {
    let trimmed = try TrimmedTrace(bytes, keeping: ids)
    let selection = EventSelection(ids: ids)
    let before = try ReadTrace(bytes, selection: selection)
    let after = try ReadTrace(path: trimmed.path, selection: selection)
    #expect(after.records == before.records, comment)
    #expect(after.ledger.withoutCounts == before.ledger.withoutCounts, comment)
    #expect(after.ledger.damage == before.ledger.damage, comment)
    #expect(after.ledger.firstTimestamp == before.ledger.firstTimestamp, comment)
    #expect(after.ledger.lastTimestamp == before.ledger.lastTimestamp, comment)
    #expect(after.metadata.formats == before.metadata.formats, comment)
    #expect(after.metadata.buffers == before.metadata.buffers, comment)
    #expect(after.metadata.isBigEndian == before.metadata.isBigEndian, comment)
    #expect(after.metadata.longSize == before.metadata.longSize, comment)
    #expect(after.metadata.clock == before.metadata.clock, comment)
    #expect(after.metadata.uname == before.metadata.uname, comment)
    #expect(after.metadata.recordedUntil == before.metadata.recordedUntil, comment)
    #expect(after.metadata.endIsKnown == before.metadata.endIsKnown, comment)
    #expect(after.names[7] == before.names[7], comment)
    #expect(after.ledger.eventsRead == trimmed.summary.eventsKept + trimmed.summary.edgesKept)
    #expect(before.ledger.eventsRead == trimmed.summary.eventsRead)
    let kept = before.events.count
    #expect(trimmed.summary.eventsKept == UInt64(kept), comment)
  }

  @Test(arguments: RoundTripTests.Shape.all)
  func everyShape(shape: RoundTripTests.Shape) throws {
    let trace = mixedTrace(configure: shape.configure)
    try expectSame(trace.finish(as: shape.container))
    try expectSame(trace.finish(as: shape.container), keeping: [300, 301])
    try expectSame(trace.finish(as: shape.container), keeping: [])
  }

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func clocksAndConversions(container: TraceDatBuilder.Container) throws {
    let shapes: [(inout TraceDatBuilder) -> Void] = [
      { $0.timeOffset = -123_456_789 }, { $0.tscToNanoseconds = (1_234_567, 20, 5_000_000) },
      { $0.clock = nil }, { $0.clock = "local" }, { $0.uname = nil },
      { $0.hasStatistics = false }, { $0.clock = "x86-tsc" },
    ]
    for (index, configure) in shapes.enumerated() {
      try expectSame(mixedTrace(configure: configure).finish(as: container), "\(index)")
    }
  }

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func severalBuffers(container: TraceDatBuilder.Container) throws {
    for isBigEndian in [false, true] {
      var trace = mixedTrace(events: 200) { $0.isBigEndian = isBigEndian }
      for index in 0..<200 {
        trace.addEvent(
          cpu: UInt32(index % 5), timestamp: 5_000_000_000 + UInt64(index) * 999,
          id: index % 7 == 0 ? 301 : 300, pid: 7, buffer: index % 2 == 0 ? "inst" : "another")
      }
      trace.addEmpty(cpu: 6, buffer: "inst")
      trace.loseEvents(cpu: 2, count: 5, buffer: "inst")
      try expectSame(trace.finish(as: container))
    }
  }

  /// Marks with and without a number, several between two records, before the first record and
  /// behind the last, each before a record that is kept or not.
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func marks(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for container in [TraceDatBuilder.Container.version6, .version7(.zstd)] {
      var trace = mixedTrace(events: 0) { $0.isBigEndian = seed % 2 == 0 }
      for index in 0..<400 as Range<UInt64> {
        let cpu = UInt32(random.next(upperBound: UInt64(3)))
        if random.next(upperBound: UInt64(20)) == 0 {
          trace.loseEvents(
            cpu: cpu, count: [nil, 1, 77, 1 << 40].randomElement(using: &random) ?? nil)
        }
        if random.next(upperBound: UInt64(40)) == 0 {
          trace.addRawPage(cpu: cpu, Self.markedPage(of: index, isBigEndian: seed % 2 == 0))
        }
        trace.addEvent(
          cpu: cpu, timestamp: 1000 + index, id: index % 9 == 0 ? 301 : 300, pid: 7,
          fields: [UInt8](repeating: 3, count: index % 10 == 0 ? 3000 : 8))
      }
      trace.addRawPage(cpu: 1, Self.markedPage(of: 500, isBigEndian: seed % 2 == 0))
      for cpu: UInt32 in 0..<3 {
        trace.setStatistics(cpu: cpu) {
          $0.overrun += random.next(upperBound: UInt64(100))
          $0.droppedEvents = random.next(upperBound: UInt64(3))
          $0.entries = random.next(upperBound: UInt64(4))
        }
      }
      try expectSame(trace.finish(as: container), "seed \(seed)")
      try expectSame(trace.finish(as: container), keeping: [], "seed \(seed)")
    }
  }

  /// A page without records that says that two events were lost.
  private static func markedPage(of stamp: UInt64, isBigEndian: Bool) -> [UInt8] {
    [stamp, 3 << 30, 2].flatMap { (number: UInt64) in
      withUnsafeBytes(of: isBigEndian ? number.bigEndian : number.littleEndian) { Array($0) }
    }
  }

  /// A record that fills its page leaves no room for a mark's number.
  @Test func aMarkBeforeTheLongestRecord() throws {
    var trace = mixedTrace(events: 0)
    trace.addEvent(cpu: 0, timestamp: 5, id: 300, pid: 7)
    trace.addRawPage(cpu: 0, Self.markedPage(of: 6, isBigEndian: false))
    trace.addEvent(
      cpu: 0, timestamp: 7, id: 301, pid: 7, fields: [UInt8](repeating: 1, count: 4096 - 16 - 16))
    try expectSame(trace.finish())
  }

  @Test func stampsThatGoBackwardsOrFarAhead() throws {
    var trace = mixedTrace(events: 0)
    let stamps: [UInt64] = [
      900, 1000, 400, 500, 1 << 20, 1 << 30, 1 << 58, 1 << 62, 77, .max - 1 << 22,
    ]
    for (index, stamp) in stamps.enumerated() {
      trace.addEvent(
        cpu: 0, timestamp: stamp, id: index % 3 == 0 ? 301 : 300, pid: 7, fields: [UInt8(index)])
    }
    try expectSame(trace.finish())
    try expectSame(trace.finish(), keeping: [])
    for (index, stamp) in [5000, 100, 200, 50, 7000 as UInt64].enumerated() {
      trace.addEvent(
        cpu: 1, timestamp: stamp, id: index == 2 ? 301 : 300, payload: [0, 0, 0, 0, 7, 0, 0, 0],
        absolute: true)
    }
    try expectSame(trace.finish())
  }

  /// The kernel's counters tell the same losses when the records left out are taken from them.
  @Test func counters() throws {
    let changes: [(inout CPUStatistics) -> Void] = [
      { $0.overrun = 77 }, { $0.entries = 9 },
      {
        $0.readEvents = 2; $0.entries = 598
      },
      {
        $0.readEvents = 0; $0.entries = 5
      },
      {
        $0.readEvents = .max; $0.entries = .max
      },
      {
        $0.droppedEvents = 4; $0.commitOverrun = 2
      }, { $0.now = 1 },
    ]
    for (index, change) in changes.enumerated() {
      for container in [TraceDatBuilder.Container.version6, .version7(.none)] {
        var trace = mixedTrace(cpus: 1)
        trace.setStatistics(cpu: 0, change)
        let bytes = trace.finish(as: container)
        guard try ReadTrace(bytes).ledger.damage.isEmpty else { continue }
        try expectSame(bytes, "\(index)")
      }
    }
  }

  /// That the kernel handed out more events than the file has, the smaller file says as well.
  @Test func missingEventsStayMissing() throws {
    var trace = mixedTrace(cpus: 1)
    trace.setStatistics(cpu: 0) { $0.readEvents += 12 }
    let trimmed = try TrimmedTrace(trace.finish(), keeping: [301])
    let read = try ReadTrace(path: trimmed.path)
    #expect(read.ledger.damage.map(\.kind) == [.missingEvents])
    #expect(read.ledger.damage.first?.message.contains("12 of them are not") == true)
    #expect(read.ledger.cpus.first?.gaps.map(\.count) == [12])
  }

  @Test func aTrimmedRecordingIsTrimmedToItself() throws {
    var trace = mixedTrace()
    trace.loseEvents(cpu: 1, count: 5)
    trace.addEvent(cpu: 1, timestamp: 90_000_000_000, id: 300, pid: 7)
    let once = try TrimmedTrace(trace.finish(as: .version6), keeping: [301])
    let twice = try TrimmedTrace(path: once.path, keeping: [301])
    #expect(try once.bytes == twice.bytes)
    #expect(once.summary.edgesKept > 0)
  }

  @Test func manyCPUsStaySmall() throws {
    var trace = mixedTrace(events: 0)
    for index in 0..<20_000 as Range<UInt64> {
      trace.addEvent(
        cpu: UInt32(index % 64), timestamp: index, id: index % 200 == 0 ? 301 : 300, pid: 7,
        fields: [UInt8](repeating: UInt8(truncatingIfNeeded: index &* 37), count: 96))
    }
    let bytes = trace.finish()
    try expectSame(bytes)
    let trimmed = try TrimmedTrace(bytes, keeping: [301])
    #expect(bytes.count > 2_000_000)
    #expect(trimmed.summary.bytesWritten < 1 << 16)
  }
}
