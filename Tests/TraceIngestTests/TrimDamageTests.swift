import Foundation
import TestSupport
import Testing
import TraceIngest

/// A damaged recording never becomes an intact one, and a failure leaves nothing behind.
@Suite struct TrimDamageTests {
  private static let whole: [(name: String, bytes: [UInt8])] = TraceDatBuilder.Container.allCases
    .map { ("\($0)", mixedTrace().finish(as: $0)) }

  /// Cut or changed at many places, it is refused, or it is read without damage anyway.
  @Test(arguments: whole.indices)
  func damageIsRefusedAndStays(_ index: Int) throws {
    let bytes = Self.whole[index].bytes
    var random = SeededGenerator(seed: 3)
    var refused = 0
    for round in 0..<60 {
      var damaged = bytes
      let place = Int(random.next(upperBound: UInt64(bytes.count)))
      if round % 2 == 0 {
        damaged.removeLast(bytes.count - place)
      } else {
        damaged[place] ^= UInt8(1 << random.next(upperBound: UInt64(8)))
      }
      let before = try? ReadTrace(damaged)
      do {
        let trimmed = try TrimmedTrace(damaged, keeping: [301])
        #expect(before?.ledger.damage.filter { $0.kind != .missingEvents } == [], "byte \(place)")
        let after = try ReadTrace(path: trimmed.path)
        #expect(after.ledger.isIncomplete == before?.ledger.isIncomplete, "byte \(place)")
      } catch TrimError.damaged {
        refused += 1
        #expect(before?.ledger.damage.isEmpty == false, "byte \(place)")
        let salvaged = try TrimmedTrace(damaged, keeping: [301], salvaging: true)
        let after = try ReadTrace(path: salvaged.path)
        #expect(after.ledger.damage.contains { $0.kind == .truncated }, "byte \(place)")
        #expect(salvaged.summary.damage.isIncomplete)
        #expect(throws: TrimError.self) {
          try TrimmedTrace(path: salvaged.path, keeping: [301])
        }
      } catch TrimError.unusable {
        #expect(before == nil, "byte \(place)")
      }
    }
    #expect(refused > 10)
  }

  /// Where bytes in the middle cannot be read, the smaller recording has a gap of unknown size.
  @Test func aBrokenPageIsAGap() throws {
    var trace = mixedTrace(events: 0)
    for stamp in [10, 20] as [UInt64] { trace.addEvent(cpu: 0, timestamp: stamp, id: 300, pid: 7) }
    trace.addRawPage(cpu: 0, [UInt8](repeating: 0xee, count: 4096))
    for stamp in [30, 40] as [UInt64] { trace.addEvent(cpu: 0, timestamp: stamp, id: 300, pid: 7) }
    let salvaged = try TrimmedTrace(trace.finish(), keeping: [301], salvaging: true)
    let read = try ReadTrace(path: salvaged.path)
    #expect(
      read.ledger.cpus.first?.gaps.first
        == LostEvents(buffer: 0, cpu: 0, count: nil, after: 20, before: 30))
    #expect(!read.ledger.damage.isEmpty)
  }

  @Test func aJournalIsSalvaged() throws {
    let folder = try TemporaryFolder()
    let trace = mixedTrace()
    let writer = try RecordingWriter(path: folder.path + "/journal", trace.description)
    for cpu: UInt32 in 0..<3 {
      let pages = trace.pages(of: cpu)
      let count = pages.count / 4096 * 4096
      pages.withUnsafeBytes {
        writer.append(cpu: cpu, UnsafeRawBufferPointer(rebasing: $0[..<count]))
      }
    }
    writer.flush()
    let path = folder.path + "/journal"
    #expect(throws: TrimError.self) { try TrimmedTrace(path: path, keeping: [301]) }
    let salvaged = try TrimmedTrace(path: path, keeping: [301], salvaging: true)
    let selection = EventSelection(ids: [301])
    let before = try ReadTrace(path: path, selection: selection)
    let after = try ReadTrace(path: salvaged.path, selection: selection)
    #expect(after.events == before.events)
    #expect(!after.events.isEmpty)
    #expect(after.ledger.isIncomplete)
    #expect(!after.metadata.endIsKnown)
  }

  @Test func failuresLeaveNothingBehind() throws {
    let folder = try TemporaryFolder()
    let input = folder.path + "/in.dat"
    try Data(Self.whole[0].bytes).write(to: URL(fileURLWithPath: input))
    try Data(Self.whole[0].bytes.dropLast(100)).write(
      to: URL(fileURLWithPath: folder.path + "/cut.dat"))
    let link = folder.path + "/link.dat"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: input)
    let names = try folder.names
    func failure(_ path: String, _ output: String) -> TrimError? {
      #expect(throws: TrimError.self) {
        try Trimmer.trim(path: path, to: output, salvaging: false) { _ in IDKeeper([301]) }
      }
    }
    #expect(failure(input, input) == .wouldOverwriteInput(path: input))
    #expect(failure(input, link) == .wouldOverwriteInput(path: link))
    #expect(failure(link, input) == .wouldOverwriteInput(path: input))
    guard case .damaged = failure(folder.path + "/cut.dat", folder.path + "/out") else {
      Issue.record("damage was expected")
      return
    }
    for output in [folder.path, "/dev/full", folder.path + "/nowhere/out"] {
      guard case .unwritable = failure(input, output) else {
        Issue.record("\(output) cannot be written")
        return
      }
    }
    #expect(try folder.names == names)
    #expect(try Data(contentsOf: URL(fileURLWithPath: input)).count == Self.whole[0].bytes.count)
  }
}
