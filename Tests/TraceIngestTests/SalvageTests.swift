import Glibc
import TestSupport
import Testing
import TraceIngest

/// Files that are cut or damaged anywhere.
@Suite struct SalvageTests {
  private static func smallTrace() -> TraceDatBuilder {
    var trace = TraceDatBuilder()
    trace.addFormat(system: "sched", text: formatText(name: "sched_switch", id: 300))
    trace.addComm(pid: 7, name: "task")
    trace.pagesPerChunk = 1
    for index: UInt64 in 0..<40 {
      if index == 20 { trace.endPage(cpu: 0) }
      trace.addEvent(cpu: UInt32(index % 2), timestamp: 1000 + index, id: 300, pid: 7, fields: [1])
    }
    return trace
  }

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func aFileCutAtAnyByteIsNeverWhole(container: TraceDatBuilder.Container) throws {
    let bytes = Self.smallTrace().finish(as: container)
    #expect(try !ReadTrace(bytes).ledger.isIncomplete)
    let file = try TemporaryFile(bytes)
    for length in Self.cuts(of: bytes) {
      #expect(truncate(file.path, off_t(length)) == 0)
      do {
        let read = try ReadTrace(path: file.path)
        #expect(!read.ledger.damage.isEmpty, "cut at \(length) of \(bytes.count)")
        #expect(read.ledger.damage.allSatisfy { $0.offset <= length }, "cut at \(length)")
        #expect(read.events.count <= 40)
      } catch let error as IngestError {
        let codes: [IngestError.Code] = [.truncatedHeader, .empty]
        #expect(codes.contains(error.code), "cut at \(length): \(error)")
        #expect(error.offset <= length)
      }
    }
  }

  /// Every length below that of the whole, longest first. Deep inside runs of zeros, which are
  /// padding, one in 32 stands for its neighbours.
  private static func cuts(of bytes: [UInt8]) -> [Int] {
    bytes.indices.reversed().filter { cut in
      cut % 32 == 0 || bytes[max(cut - 16, 0)..<min(cut + 16, bytes.count)].contains { $0 != 0 }
    }
  }

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func recordsInFrontOfTheCutAreRead(container: TraceDatBuilder.Container) throws {
    // The end of the data: only what stands behind it in version 7 is lost, or one last page.
    let bytes = Self.smallTrace().finish(as: container)
    let whole = try ReadTrace(bytes)
    if case .version6 = container {
      let read = try ReadTrace(Array(bytes.dropLast(2000)))
      #expect(read.events == whole.events)
      #expect(read.ledger.damage.map(\.kind) == [.truncated])
      #expect(read.ledger.damage.map(\.cpu) == [1])
      #expect(read.records.last?.kind == .lostEvents)
    } else {
      let options = try #require(Self.lastOptions(bytes))
      for length in [options, options + 5, bytes.count - 1] {
        let read = try ReadTrace(Array(bytes[..<length]))
        #expect(read.events == whole.events, "cut at \(length)")
        #expect(read.metadata.kernelRelease == whole.metadata.kernelRelease)
        #expect(read.metadata.buffers.count == 1)
        #expect(read.ledger.cpus.map(\.eventsRead) == [20, 20])
      }
    }
  }

  /// Where the options section behind the data starts: before its BUFFER option.
  private static func lastOptions(_ bytes: [UInt8]) -> Int? {
    bytes.indices.dropLast(24).last {
      bytes[$0] == 0 && bytes[$0 + 1] == 0 && bytes[$0 + 16] == 3 && bytes[$0 + 17] == 0
        && bytes[$0 + 9..<$0 + 16].allSatisfy { $0 == 0 }
    }
  }

  @Test func aDataSectionCutInTheMiddleGivesItsFirstCPUs() throws {
    for compression in TraceDatBuilder.Container.Compression.allCases {
      let bytes = Self.smallTrace().finish(as: .version7(compression))
      let options = try #require(Self.lastOptions(bytes))
      // The second CPU's data starts at the last page boundary before the options.
      let second = options / 4096 * 4096 - (compression == .none && options % 4096 == 0 ? 4096 : 0)
      let read = try ReadTrace(Array(bytes[..<(second + 10)]))
      #expect(read.ledger.cpus.first?.eventsRead == 20, "\(compression)")
      #expect(read.ledger.cpus.last?.gapsOfUnknownSize ?? 0 > 0, "\(compression)")
    }
  }

  @Test func anOptionsChainThatBitesItsTailEnds() throws {
    var bytes = Self.smallTrace().finish()
    let options = try #require(Self.lastOptions(bytes))
    let size = Int(bytes[options + 8])
    // The last option's data is the offset of the next section: make it this one.
    for index in 0..<8 {
      bytes[options + 16 + size - 8 + index] = UInt8(truncatingIfNeeded: options >> (8 * index))
    }
    let read = try ReadTrace(bytes)
    #expect(read.events.count == 40)
    #expect(read.ledger.damage.map(\.kind) == [.malformed])
  }

  @Test func dataOfTwoCPUsCannotOverlap() throws {
    var bytes = Self.smallTrace().finish(as: .version6)
    // The table of the CPUs stands behind the word flyrecord: offset and size of each.
    let word = Array("flyrecord\0".utf8)
    let table = try #require(bytes.indices.first { bytes[$0...].starts(with: word) }) + word.count
    bytes.replaceSubrange(table + 16..<table + 24, with: bytes[table..<table + 8])
    let read = try ReadTrace(bytes)
    #expect(read.ledger.cpus.map(\.eventsRead) == [20, 0])
    #expect(read.ledger.damage.first?.kind == .malformed)
  }

  @Test(arguments: TraceDatBuilder.Container.allCases)
  func flippedBytesNeverCrash(container: TraceDatBuilder.Container) throws {
    let bytes = Self.smallTrace().finish(as: container)
    let meta = bytes.count - 3 * 4096
    var random = SeededGenerator(seed: 1)
    for _ in 0..<1500 {
      var copy = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Half of the flips hit the numbers in front of the data.
        let end = Bool.random(using: &random) ? max(meta, 200) : copy.count
        copy[Int.random(in: 0..<min(end, copy.count), using: &random)] =
          UInt8.random(in: 0...255, using: &random)
      }
      do {
        let read = try ReadTrace(copy)
        #expect(read.events.count <= 3 * 1024)
      } catch is IngestError {}
    }
  }
}
