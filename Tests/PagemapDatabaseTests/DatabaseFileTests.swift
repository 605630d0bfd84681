import Foundation
import GRDB
import PagemapAnalysis
import PagemapDatabase
import PagemapEvents
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

@Suite struct DatabaseFileTests {
  @Test(arguments: [
    "clean", "d_leak_page", "d_thrash", "gpusvm_stress", "p2p", "stress", "thp.pages",
  ])
  func holdsWhatTheAnalysisSees(_ name: String) throws {
    let databases = try Databases()
    let path = databases.fresh
    let analysis = try #require(try databases.write([name], to: path).first)
    let queue = try Databases.open(path)
    var options = AnalysisOptions()
    options.wantsTimeline = true
    let reader = try TraceOpener.open(path: Databases.recording(name))
    let plain = try Analyzer.analyze(reader, path: "\(name).dat", options: options)
    #expect(plain.verdict == analysis.verdict && plain.reason == analysis.reason)
    #expect(plain.findings.map(\.title) == analysis.findings.map(\.title))

    let summary = try #require(plain.summary)
    let timeline = try #require(plain.timeline)
    func count(_ table: String) throws -> Int64? {
      try queue.number("SELECT count(*) FROM \(table)")
    }
    #expect(try count("events") == Int64(summary.events))
    #expect(try queue.number("SELECT max(sequence) + 1 FROM events") == Int64(summary.events))
    #expect(try count("migrations") == Int64(timeline.spans.count))
    #expect(try count("findings") == Int64(plain.findings.count))
    #expect(try count("evidence") == Int64(plain.findings.reduce(0) { $0 + $1.evidence.count }))
    #expect(try count("rules") == Int64(plain.rules.count))
    #expect(try count("devices") == Int64(summary.devices.count))
    #expect(try count("probes") == Int64(plain.probes?.present.count ?? 0))
    let references = timeline.lanes.flatMap(\.steps).count { $0.references != nil }
    #expect(try count("pagemap_references") == Int64(references))
    let lives = summary.pagemaps.created + summary.pagemaps.adopted
    #expect(
      try queue.number("SELECT count(*) FROM lives WHERE kind = 'pagemap'").map { UInt64($0) }
        ?? 0 >= lives)
    #expect(try queue.number("SELECT peak_bytes FROM traces") == Int64(summary.cost.peakBytes))
  }

  @Test func isSoundAndNamesItself() throws {
    let queue = try Databases().queue("stress")
    #expect(try queue.lines("PRAGMA integrity_check") == ["ok"])
    #expect(try queue.number("PRAGMA user_version") == 1)
    #expect(try queue.number("PRAGMA application_id") == 0x504d_5452)
    #expect(try queue.lines("SELECT * FROM meta") == ["schema|pmtrace.sqlite/1", "tool|1.2.3"])
    for question in [
      "SELECT count(*) FROM lives WHERE end_ns < begin_ns OR (end_ns IS NOT NULL AND NOT is_over)",
      "SELECT count(*) FROM evidence v LEFT JOIN events e USING (trace, sequence) "
        + "WHERE e.time_ns IS NOT v.time_ns",
      "SELECT count(*) FROM migrations m LEFT JOIN events e "
        + "ON e.trace = m.trace AND e.sequence = m.return_sequence "
        + "WHERE e.phase IS NOT 'return' OR e.pid != m.pid",
      "SELECT count(*) FROM event_fields "
        + "WHERE (address IS NULL) + (value IS NULL) + (word IS NULL) != 2",
      "SELECT count(*) FROM event_fields WHERE name = 'ret' AND value < -4095",
      "SELECT count(*) FROM event_fields f LEFT JOIN events e USING (trace, sequence) "
        + "WHERE e.function IS NULL",
    ] {
      #expect(try queue.number(question) == 0, "\(question)")
    }
  }

  @Test func fieldNamesAreUnlike() {
    let labels = PagemapEvent.Field.allCases.filter { $0 != .xeVma }.map(\.label)
    #expect(Set(labels).count == labels.count)
  }

  @Test func theSameTraceGivesTheSameBytes() throws {
    let databases = try Databases()
    let paths = [databases.fresh, databases.fresh]
    for path in paths { try databases.write(["clean", "p2p"], to: path) }
    let files = try paths.map { try Data(contentsOf: URL(filePath: $0)) }
    #expect(files[0] == files[1])
    #expect(DatabaseFile.isOurs(header: Array(files[0].prefix(100))))
    #expect(!DatabaseFile.isOurs(header: Array(files[0].prefix(99))))
    #expect(!DatabaseFile.isOurs(header: [UInt8](repeating: 0, count: 100)))
  }

  @Test func severalTracesHaveNumbers() throws {
    let queue = try Databases().queue("clean", "d_leak_pagemap", "clean")
    #expect(
      try queue.lines("SELECT trace, path, verdict FROM traces ORDER BY trace") == [
        "1|clean.dat|pass", "2|d_leak_pagemap.dat|fail", "3|clean.dat|pass",
      ])
    let counts = try queue.lines("SELECT count(*) FROM events GROUP BY trace ORDER BY trace")
    #expect(counts.count == 3 && counts[0] == counts[2])
  }

  @Test func anInputThatFailsInTheMiddleLeavesNoRows() throws {
    let databases = try Databases()
    let path = databases.fresh
    let file = try DatabaseFile(path: path, toolVersion: "")
    let result = try file.add(path: "<\u{1b}>", options: AnalysisOptions()) {
      () throws(IngestError) -> any TraceReader in
      try FailingReader(TraceOpener.open(path: Databases.recording("stress")), after: 1)
    }
    guard case .failure = result else {
      Issue.record("it did not fail")
      return
    }
    try file.finish()
    let queue = try Databases.open(path)
    #expect(try queue.lines("SELECT trace, path, verdict FROM traces") == ["1|<\\x1b>|unusable"])
    for table in DatabaseSchema.tables where !["meta", "traces"].contains(table.name) {
      #expect(try queue.number("SELECT count(*) FROM \(table.name)") == 0, "\(table.name)")
    }
  }

  @Test func lossesAreRows() throws {
    let databases = try Databases()
    let bytes = try Data(contentsOf: URL(filePath: Databases.recording("stress")))
    let cut = databases.folder.appending(path: "cut.dat")
    try bytes.prefix(bytes.count * 9 / 10).write(to: cut)
    let path = databases.fresh
    let file = try DatabaseFile(path: path, toolVersion: "")
    let analysis = try file.add(path: "cut.dat", options: AnalysisOptions()) {
      () throws(IngestError) -> any TraceReader in try TraceOpener.open(path: cut.path())
    }.get()
    try file.finish()
    let ledger = try #require(analysis.ledger)
    let queue = try Databases.open(path)
    #expect(try queue.number("SELECT count(*) FROM damage") == Int64(ledger.damage.count))
    #expect(try queue.number("SELECT count(*) FROM cpus") == Int64(ledger.cpus.count))
    #expect(!ledger.damage.isEmpty)
  }

  @Test func hostileNamesAreText() throws {
    let databases = try Databases()
    let clean = try String(
      contentsOf: RepositoryFiles.url("fixtures/text/clean.txt"), encoding: .utf8)
    var lines = clean.replacingOccurrences(of: "pmfake.0", with: "a'b\u{1b}[2J")
      .replacingOccurrences(of: "pmtest-", with: "x');--\u{202e}-").components(separatedBy: "\n")
    lines.insert("CPU:0 [LOST 12 EVENTS]", at: lines.count / 2)
    let text = databases.folder.appending(path: "t.txt")
    try Data(lines.joined(separator: "\n").utf8).write(to: text)
    let path = databases.fresh
    let file = try DatabaseFile(path: path, toolVersion: "")
    let analysis = try file.add(path: "t.txt", options: AnalysisOptions()) {
      () throws(IngestError) -> any TraceReader in try TraceOpener.open(path: text.path())
    }.get()
    try file.finish()
    let queue = try Databases.open(path)
    #expect(try queue.lines("SELECT device FROM devices").contains("a'b\\x1b[2J"))
    #expect(try queue.lines("SELECT task FROM tasks").contains("x');--\\u{202e}"))
    #expect(
      try queue.number("SELECT count(*) FROM event_fields WHERE word = 'a''b\\x1b[2J'") ?? 0 > 0)
    #expect(try queue.lines("SELECT cpu, events FROM gaps") == ["0|12"])
    #expect(try queue.number("SELECT events_lost FROM traces") == 12)
    #expect(analysis.verdict == .inconclusive)
  }

  @Test func aFileThatCannotBeMadeIsAFailure() {
    #expect(throws: DatabaseFailure.self) {
      try DatabaseFile(path: "/nowhere/at/all.db", toolVersion: "")
    }
  }
}

/// A reader whose input breaks.
private final class FailingReader: TraceReader {
  private let reader: any TraceReader
  private var left: Int

  init(_ reader: any TraceReader, after batches: Int) {
    self.reader = reader
    left = batches
  }

  var metadata: TraceMetadata { reader.metadata }
  var taskNames: TaskNames { reader.taskNames }
  var ledger: TraceLedger { reader.ledger }
  func select(_ selection: EventSelection) { reader.select(selection) }

  func read(into batch: inout RecordBatch) throws(IngestError) -> Bool {
    guard left > 0 else {
      throw IngestError(
        .unreadable, offset: 0, expectation: "expected more", advice: "read it again")
    }
    left -= 1
    return try reader.read(into: &batch)
  }
}
