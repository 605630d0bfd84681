import Foundation
import TestSupport
import Testing

@testable import TraceIngest

/// Recordings that the writer made read back as what went in, whole or cut short.
@Suite struct RecordingWriterTests {
  /// Writes the pages of all CPUs in turns, some at a time, and ends well where `isEnded`.
  private func record(_ trace: TraceDatBuilder, to path: String, isEnded: Bool = true) throws {
    let writer = try RecordingWriter(path: path, trace.description)
    let size = trace.subBufferSize
    var left = (0..<trace.description.cpuCount).map { ($0, trace.pages(of: $0)[...]) }
    while left.contains(where: { !$0.1.isEmpty }) {
      for index in left.indices {
        let piece = Array(left[index].1.prefix(2 * size))
        left[index].1 = left[index].1.dropFirst(2 * size)
        piece.withUnsafeBytes { writer.append(cpu: left[index].0, $0) }
      }
      writer.flush()
    }
    #expect(writer.failure == nil)
    guard isEnded else { return }
    try writer.finish(
      statistics: trace.statisticsTexts, commandLines: trace.description.commandLines)
  }

  private func bytes(at path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test(arguments: [4096, 16384])
  func aRecordingThatEndedReadsLikeAnyOther(pageSize: Int) throws {
    let trace = mixedTrace { $0.subBufferSize = pageSize }
    let expected = try ReadTrace(trace.finish())
    let file = try TemporaryFile([])
    try record(trace, to: file.path)
    let read = try ReadTrace(path: file.path)
    #expect((read.records == expected.records) as Bool)
    #expect(read.ledger.damage == [])
    #expect(!read.ledger.isIncomplete)
    #expect(read.metadata.endIsKnown)
    #expect(read.metadata.recordedUntil == expected.metadata.recordedUntil)
    #expect(Set(read.metadata.formats) == Set(expected.metadata.formats))
    #expect(read.metadata.clock == "mono")
    #expect(read.metadata.kernelRelease == "7.3.4+deb13-amd64")
    #expect(read.names[42] == expected.names[42])
  }

  @Test func aRecordingThatWasNotEndedIsReadAndSaidToBeCut() throws {
    let trace = mixedTrace()
    let expected = try ReadTrace(trace.finish())
    let file = try TemporaryFile([])
    try record(trace, to: file.path, isEnded: false)
    let read = try ReadTrace(path: file.path)
    #expect((read.events == expected.events) as Bool)
    #expect(read.ledger.isIncomplete)
    #expect(read.ledger.damage.map(\.kind) == [.truncated])
    #expect(!read.metadata.endIsKnown)
  }

  @Test func aJournalCutAnywhereGivesWhatWasWritten() throws {
    let trace = mixedTrace()
    let expected = try ReadTrace(trace.finish())
    let file = try TemporaryFile([])
    try record(trace, to: file.path, isEnded: false)
    let whole = try bytes(at: file.path)
    let start = trace.description.headerSize
    var counts: [Int] = []
    for end in stride(from: start, through: whole.count, by: 509) {
      let read = try ReadTrace(Array(whole[..<end]))
      #expect(read.ledger.isIncomplete)
      let known = Set(expected.events)
      #expect(read.events.allSatisfy(known.contains), "cut at \(end)")
      counts.append(read.events.count)
    }
    #expect(counts == counts.sorted())
    #expect(counts.last ?? 0 > expected.events.count / 2)
  }

  @Test func aPlaceThatCannotBeWrittenIsToldAtOnce() throws {
    let error = #expect(throws: RecordingError.self) {
      try RecordingWriter(path: "/nonexistent/x.dat", mixedTrace().description)
    }
    #expect(
      error?.description.contains("/nonexistent/x.dat: the recording cannot be created") == true)
  }

  @Test func nothingIsWrittenToWhatIsNoFile() throws {
    #expect(throws: RecordingError.self) {
      try RecordingWriter(path: "/dev/null", mixedTrace().description)
    }
    #expect(FileManager.default.fileExists(atPath: "/dev/null"))
  }
}

extension RecordingDescription {
  /// Where the journal starts.
  fileprivate var headerSize: Int {
    RecordingHeader(description: self, pageSize: 4096, isJournal: true).bytes(sizes: [:]).count
  }
}
