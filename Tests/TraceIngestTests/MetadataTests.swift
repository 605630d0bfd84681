import TestSupport
import Testing
import TraceIngest

/// What a file says besides its records.
@Suite struct MetadataTests {
  @Test(arguments: TraceDatBuilder.Container.allCases)
  func metadataIsRead(container: TraceDatBuilder.Container) throws {
    let read = try ReadTrace(
      mixedTrace { $0.recordedUntil = 99_123_456_789 }.finish(as: container))
    let metadata = read.metadata
    #expect(metadata.formats.map(\.system) == ["ftrace", "sched", "drm_pagemap"])
    #expect(metadata.formats[1].text == Array(formatText(name: "sched_switch", id: 300).utf8))
    #expect(metadata.clock == "mono")
    #expect(metadata.kernelRelease == "7.3.4+deb13-amd64")
    #expect(metadata.uname == "Linux (none) 7.3.4+deb13-amd64 x86_64")
    #expect(metadata.buffers == [TraceBuffer(name: "", cpus: [0, 1, 2])])
    #expect(metadata.endIsKnown)
    #expect(metadata.recordedUntil == 99_123_456_000)
    #expect(metadata.timestampsAreNanoseconds)
    #expect(read.names[7] == "a task: with-all")
    #expect(read.names.count == 1)
    switch container {
    case .version6: #expect(metadata.container == .traceDat(version: 6, compression: "none"))
    case .version7(let compression):
      #expect(metadata.container == .traceDat(version: 7, compression: compression.rawValue))
    }
  }

  @Test func withoutStatisticsTheEndIsNotKnown() throws {
    let read = try ReadTrace(mixedTrace { $0.hasStatistics = false }.finish())
    #expect(!read.metadata.endIsKnown)
    #expect(read.metadata.recordedUntil == nil)
    #expect(read.ledger.damage == [])
  }

  @Test(arguments: [
    ("mono", true, true), ("local", true, false), ("boot", true, true), ("counter", false, true),
    ("uptime", false, true), ("x86-tsc", false, true),
  ])
  func clocks(name: String, inNanoseconds: Bool, isGlobal: Bool) throws {
    for container in [TraceDatBuilder.Container.version6, .version7(.none)] {
      let read = try ReadTrace(mixedTrace { $0.clock = name }.finish(as: container))
      #expect(read.metadata.clock == name)
      #expect(read.metadata.timestampsAreNanoseconds == inNanoseconds)
      #expect(read.metadata.clockIsGlobal == isGlobal)
    }
  }

  @Test func offsetIsAddedToStampsAndToTheEnd() throws {
    for offset: Int64 in [1_000_000_000, -2_000_000_000] {
      let plain = try ReadTrace(mixedTrace().finish())
      let read = try ReadTrace(mixedTrace { $0.timeOffset = offset }.finish())
      func moved(_ stamp: UInt64) -> UInt64 { stamp &+ UInt64(bitPattern: offset) }
      #expect(read.events.map(\.timestamp) == plain.events.map { moved($0.timestamp) })
      #expect(read.ledger.lastTimestamp == plain.ledger.lastTimestamp.map(moved))
      #expect(read.metadata.recordedUntil == plain.metadata.recordedUntil.map(moved))
    }
  }

  @Test func ticksBecomeNanoseconds() throws {
    let plain = try ReadTrace(mixedTrace().finish())
    let read = try ReadTrace(
      mixedTrace {
        $0.clock = "x86-tsc"
        $0.tscToNanoseconds = (3 << 20, 21, 0)
      }.finish())
    #expect(read.events.map(\.timestamp) == plain.events.map { $0.timestamp * 3 / 2 })
    #expect(read.metadata.timestampsAreNanoseconds)
  }

  @Test func aSubBufferOfItsOwnIsTakenFromTheHeaderPage() throws {
    // The machine's page stays at 4096 where the sub-buffers of the ring buffer are larger.
    let read = try ReadTrace(
      mixedTrace {
        $0.subBufferSize = 8192
        $0.pageSize = 4096
      }.finish())
    #expect(read.events.count == 600)
    #expect(read.ledger.damage == [])
  }

  @Test func aUserSpaceOfHalfTheKernelsLongIsNoContradiction() throws {
    let read = try ReadTrace(mixedTrace { $0.userLongSize = 4 }.finish(as: .version6))
    #expect(read.events.count == 600)
    #expect(read.metadata.longSize == 8)
  }
}
