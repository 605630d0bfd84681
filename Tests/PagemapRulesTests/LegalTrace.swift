import Foundation
import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// A legal trace, its analysis and its events: what an interleaving is shown to be in.
struct LegalTrace {
  /// An event, with the calls that its task was in, outermost first.
  struct Step {
    var event: PagemapEvent
    var calls: [PagemapEvent]

    func isIn(_ kind: PagemapEvent.Kind) -> Bool { calls.contains { $0.kind == kind } }
  }

  let analysis: TraceAnalysis
  let steps: [Step]

  /// A recording of `fixtures/recordings`.
  init(recording name: String) throws {
    let url = RepositoryFiles.url("fixtures/recordings/\(name).dat")
    try self.init(bytes: Array(Data(contentsOf: url)))
  }

  /// A composed trace: the recording goes on for a while behind the story.
  init(_ story: (inout PagemapScenario) -> Void) throws {
    var kernel = PagemapScenario()
    story(&kernel)
    kernel.wait(milliseconds: 200)
    kernel.heartbeat()
    try self.init(bytes: kernel.finish())
  }

  init(bytes: [UInt8]) throws {
    analysis = try analyze(bytes)
    steps = try Self.steps(of: bytes)
  }

  /// The calls that are told, by the event that ends each.
  private static let ends: [PagemapEvent.Kind: PagemapEvent.Kind] = [
    .populateMMReturn: .populateMM, .migrateToDevmemReturn: .migrateToDevmem,
    .migrateToRamReturn: .migrateToRam, .evictToRamReturn: .evictToRam,
    .getPagesReturn: .getPages, .rangeEvictReturn: .rangeEvict, .xeAllocVramReturn: .xeAllocVram,
    .xeHandlePagefaultReturn: .xeHandlePagefault, .getFromCacheReturn: .getFromCache,
    .shrinkerScanReturn: .shrinkerScan, .pagemapPutReturn: .pagemapPut,
    .exitMmapReturn: .exitMmap,
  ]
  private static let begins = Set(ends.values)

  private static func steps(of bytes: [UInt8]) throws -> [Step] {
    let path = NSTemporaryDirectory() + "/pmtrace-legal-\(UUID().uuidString).dat"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let reader = try TraceOpener.open(path: path)
    var decoder = EventDecoder(metadata: reader.metadata)
    reader.select(decoder.selection)
    var batch = RecordBatch()
    var event = PagemapEvent()
    var steps: [Step] = []
    var open: [Int32: [PagemapEvent]] = [:]
    while try reader.read(into: &batch) {
      for header in batch.records {
        guard decoder.decode(header, batch.bytes.span.bytes, into: &event) else { continue }
        event.sequence = UInt64(steps.count)
        if let entry = ends[event.kind] {
          let place = open[event.pid]?.lastIndex { $0.kind == entry }
          steps.append(Step(event: event, calls: open[event.pid] ?? []))
          if let place { open[event.pid]?.removeSubrange(place...) }
        } else {
          steps.append(Step(event: event, calls: open[event.pid] ?? []))
          if begins.contains(event.kind) { open[event.pid, default: []].append(event) }
        }
      }
    }
    return steps
  }

  // MARK: What is in it

  /// Steps of a kind.
  func steps(_ kind: PagemapEvent.Kind) -> [Step] { steps.filter { $0.event.kind == kind } }

  /// How many steps of a kind are as told.
  func count(_ kind: PagemapEvent.Kind, _ condition: (Step) -> Bool = { _ in true }) -> Int {
    steps.count { $0.event.kind == kind && condition($0) }
  }

  /// How many returns of a kind have this result.
  func count(_ kind: PagemapEvent.Kind, result: Int64) -> Int {
    count(kind) { $0.event.result == result }
  }

  /// How many events of a kind come while another task is in a call of the other kind, as told.
  func count(
    _ kind: PagemapEvent.Kind, duringOthers call: PagemapEvent.Kind,
    _ condition: (_ event: PagemapEvent, _ call: PagemapEvent) -> Bool = { _, _ in true }
  ) -> Int {
    var open: [Int32: PagemapEvent] = [:]
    var count = 0
    for step in steps {
      let event = step.event
      let isMet = open.contains { $0.key != event.pid && condition(event, $0.value) }
      if event.kind == kind, isMet { count += 1 }
      if event.kind == call { open[event.pid] = event }
      if Self.ends[event.kind] == call { open[event.pid] = nil }
    }
    return count
  }

  /// Expects that the trace passes, and nothing in it is more than information.
  func expectLegal(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(analysis.verdict == .pass, "\(analysis.lines)", sourceLocation: sourceLocation)
    #expect(analysis.exitCode == 0, sourceLocation: sourceLocation)
    #expect(
      analysis.findings.allSatisfy { $0.severity == .info }, "\(analysis.lines)",
      sourceLocation: sourceLocation)
    #expect(analysis.ledger?.isIncomplete == false, sourceLocation: sourceLocation)
  }
}
