import TestSupport
import Testing
import TraceIngest

/// The kernel's counters against what the file holds.
@Suite struct LossAccountingTests {
  private static func trace(_ events: UInt64 = 5) -> TraceDatBuilder {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "s", text: formatText(name: "e", id: 300))
    for index in 0..<events { trace.addEvent(cpu: 0, timestamp: 10 + index, id: 300, pid: 1) }
    return trace
  }

  private static func gap(_ count: UInt64?, after: UInt64?, before: UInt64? = nil) -> LostEvents {
    LostEvents(buffer: 0, cpu: 0, count: count, after: after, before: before)
  }

  @Test func nothingIsInvented() throws {
    for container in TraceDatBuilder.Container.allCases {
      let read = try ReadTrace(Self.trace().finish(as: container))
      #expect(read.ledger.cpus.map(\.gaps) == [[]])
      #expect(!read.ledger.isIncomplete)
    }
  }

  @Test func overrunWithoutMarksIsAGapBeforeTheFirstRecord() throws {
    for container in TraceDatBuilder.Container.allCases {
      var trace = Self.trace()
      trace.setStatistics(cpu: 0) { $0.overrun = 77 }
      let read = try ReadTrace(trace.finish(as: container))
      #expect(read.records.first?.loss == Self.gap(77, after: nil, before: 10))
      #expect(read.ledger.cpus[0].eventsLost == 77)
    }
  }

  @Test func overrunThatMarksCoverIsNotCountedTwice() throws {
    var trace = Self.trace()
    trace.loseEvents(cpu: 0, count: 77)
    trace.addEvent(cpu: 0, timestamp: 100, id: 300, pid: 1)
    #expect(try ReadTrace(trace.finish()).ledger.cpus[0].eventsLost == 77)
    trace.setStatistics(cpu: 0) { $0.overrun = 80 }
    let read = try ReadTrace(trace.finish())
    #expect(
      read.ledger.cpus[0].gaps == [Self.gap(77, after: 14, before: 100), Self.gap(3, after: nil)])
  }

  @Test func overrunThatAnUncountedMarkMayCoverIsNotCountedAgain() throws {
    var trace = Self.trace()
    trace.loseEvents(cpu: 0, count: nil)
    trace.addEvent(cpu: 0, timestamp: 100, id: 300, pid: 1)
    trace.setStatistics(cpu: 0) { $0.overrun = 80 }
    let read = try ReadTrace(trace.finish())
    #expect(read.ledger.cpus[0].gaps == [Self.gap(nil, after: 14, before: 100)])
  }

  @Test func eventsLeftInTheKernelAreAGapAtTheEnd() throws {
    var trace = Self.trace()
    trace.setStatistics(cpu: 0) { $0.entries = 9 }
    let read = try ReadTrace(trace.finish())
    #expect(read.records.last?.loss == Self.gap(9, after: 14))
    #expect(read.ledger.cpus[0].eventsLost == 9)
    #expect(read.ledger.damage == [])
  }

  @Test func eventsReadAfterTheCountersAreNotMissing() throws {
    var trace = Self.trace()
    trace.setStatistics(cpu: 0) {
      $0.readEvents = 2
      $0.entries = 3
    }
    #expect(try !ReadTrace(trace.finish()).ledger.isIncomplete)
  }

  @Test func droppedEventsAndCommitOverrunsAreGapsAnywhere() throws {
    var trace = Self.trace()
    trace.setStatistics(cpu: 0) {
      $0.droppedEvents = 4
      $0.commitOverrun = 2
    }
    let read = try ReadTrace(trace.finish(as: .version6))
    #expect(read.ledger.cpus[0].gaps == [Self.gap(4, after: nil), Self.gap(2, after: nil)])
    #expect(read.records.suffix(2).map(\.kind) == [.lostEvents, .lostEvents])
    #expect(read.records.last?.timestamp == read.metadata.recordedUntil)
  }

  @Test func eventsThatWereHandedOutButAreNotThereAreDamage() throws {
    var trace = Self.trace()
    trace.setStatistics(cpu: 0) { $0.readEvents = 8 }
    let read = try ReadTrace(trace.finish())
    #expect(read.ledger.damage.map(\.kind) == [.missingEvents])
    #expect(read.ledger.damage.first?.message.contains("3 of them") == true)
    #expect(read.ledger.cpus[0].gaps == [Self.gap(3, after: nil)])
  }

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func countersBelongToTheirBuffer(container: TraceDatBuilder.Container) throws {
    var trace = Self.trace()
    trace.addEvent(cpu: 0, timestamp: 20, id: 300, pid: 1, buffer: "other")
    trace.setStatistics(cpu: 0, buffer: "other") { $0.droppedEvents = 6 }
    let read = try ReadTrace(trace.finish(as: container))
    #expect(read.ledger.cpus.map(\.eventsLost) == [0, 6])
    #expect(read.ledger.cpus.map { $0.statistics?.readEvents } == [5, 1])
    #expect(read.ledger.damage == [])
  }

  @Test func aCPUWithoutDataMayHaveLostAll() throws {
    var trace = Self.trace()
    trace.addEmpty(cpu: 1)
    trace.setStatistics(cpu: 1) { $0.overrun = 5 }
    let read = try ReadTrace(trace.finish())
    #expect(read.ledger.cpus.count == 2)
    #expect(read.ledger.cpus[1].eventsLost == 5)
  }

  @Test func gapsWithoutACountHoldWhatTheKernelCounted() throws {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "s", text: formatText(name: "e", id: 300))
    trace.addEvent(cpu: 0, timestamp: 100, id: 300, pid: 1)
    trace.loseEvents(cpu: 0, count: 4)
    trace.addEvent(cpu: 0, timestamp: 200, id: 300, pid: 1)
    trace.loseEvents(cpu: 0, count: nil)
    trace.addEvent(cpu: 0, timestamp: 300, id: 300, pid: 1)
    trace.setStatistics(cpu: 0) { $0.overrun = 11 }
    let read = try ReadTrace(trace.finish())
    #expect(read.ledger.cpus.map(\.eventsLost) == [11])
    #expect(read.ledger.cpus.map(\.gapsOfUnknownSize) == [1])
    #expect(read.records.count { $0.kind == .lostEvents } == 2)
  }
}
