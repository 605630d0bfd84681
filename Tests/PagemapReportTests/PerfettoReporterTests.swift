import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapReport
import PagemapRules
import TestSupport
import Testing
import TraceIngest
import TraceWords

@Suite struct PerfettoReporterTests {
  private static func analysis(_ name: String) throws -> TraceAnalysis {
    let path = RepositoryFiles.url("fixtures/recordings/\(name).dat").path()
    var options = AnalysisOptions()
    options.wantsTimeline = true
    return try Analyzer.analyze(
      TraceOpener.open(path: path), path: "\(name).dat", options: options)
  }

  private static func bytes(_ traces: [TraceAnalysis]) -> [UInt8] {
    PerfettoReporter.render(
      Report(traces: traces, rules: RuleRegistry.all), options: RenderOptions())
  }

  /// The file of some traces, which keeps the rules by our own reading and by the published protos.
  private static func file(_ traces: [TraceAnalysis]) throws -> PerfettoFile {
    let bytes = bytes(traces)
    let file = try #require(PerfettoFile(bytes))
    #expect(file.faults.isEmpty, "\(file.faults.prefix(5))")
    if let official = try PerfettoCheck.run(bytes) {
      #expect(official.clock == file.clock)
      for category in ["migration", "pagemap", "lost", "verdict"] {
        #expect(
          official.counts["slices \(category)", default: 0] == file.slices(category).count)
      }
      #expect(official.counts["tracks", default: 0] == file.order.count)
      #expect(official.counts["flows", default: 0] == Set(file.events.flatMap(\.ending)).count)
    }
    return file
  }

  @Test(arguments: ["clean", "d_leak_pagemap"]) func golden(_ name: String) throws {
    let file = try Self.file([Self.analysis(name)])
    try expectGolden(Array(file.text.utf8), "perfetto-\(name)")
  }

  @Test(arguments: [
    "clean", "clean.local", "d_leak_page", "d_migrate_unplugged", "cache_revive", "evict_race",
    "gpusvm_stress", "p2p", "stress", "two_tiles", "vm_churn", "thp.pages",
  ])
  func holdsWhatTheTimelineHolds(_ name: String) throws {
    let analysis = try Self.analysis(name)
    let timeline = try #require(analysis.timeline)
    let file = try Self.file([analysis])
    #expect(file.slices("migration").count == timeline.spans.count)
    #expect(file.instants("finding").count == analysis.findings.count)
    let unplugged = analysis.summary?.devices.count { $0.unpluggedAt != nil }
    #expect(file.instants("device").count == unplugged)
    var states = 0
    for lane in timeline.lanes {
      let steps = lane.steps
      states += steps.indices.count { index in
        index == 0 || steps[index].state != steps[index - 1].state
          || steps[index].epoch != steps[index - 1].epoch
      }
    }
    #expect(file.slices("pagemap").count + file.instants("pagemap").count == states)
    // The counters end at the sum of what calls moved.
    for direction in MigrationDirection.allCases {
      let name = "bytes moved \(direction.rawValue)"
      let counters = file.order.filter { file.tracks[$0]?.name == name }
      let moved = counters.compactMap { counter in
        file.events.last { $0.track == counter }?.value
      }
      let spans = timeline.spans.filter { $0.direction == direction }
      #expect(moved.reduce(0, +) == Int64(spans.reduce(0) { $0 + $1.pages } * 4096), "\(name)")
    }
    let start = try #require(analysis.ledger?.firstTimestamp)
    let end = try #require(analysis.summary?.recordedUntil)
    #expect(file.events.allSatisfy { $0.time >= start && $0.time <= end })
  }

  @Test func arrowsGoFromMigrationsToWhatTakesThemBack() throws {
    let analysis = try Self.analysis("evict")
    let file = try Self.file([analysis])
    var begun: [UInt64: String] = [:]
    var ended = 0
    for event in file.slices("migration") {
      for flow in event.flows where begun[flow] == nil { begun[flow] = event.name }
      for flow in event.ending {
        #expect(begun[flow]?.contains("system-to-device") == true)
        #expect(event.name?.hasPrefix("device-to-system") == true)
        ended += 1
      }
    }
    #expect(ended > 0 && ended == begun.count)
  }

  @Test func aMigrationBetweenDevicesTakesOverAnArrow() throws {
    let file = try Self.file([Self.analysis("p2p")])
    let between = file.slices("migration").filter { $0.name == "device-to-device" }
    #expect(between.contains { !$0.ending.isEmpty || !$0.flows.isEmpty })
  }

  @Test func lossesAndDamageStandWhereTheyAre() throws {
    let file = try Self.file([Samples.inconclusive])
    let gaps = file.slices("lost")
    #expect(gaps.map(\.name) == ["1,024 events lost", "events lost"])
    #expect(gaps.map(\.time) == [19_040_000_000, 19_060_000_000])
    #expect(gaps.allSatisfy { file.path(of: $0.track) == "lost events / CPU 1" })
    let ends = file.events.filter { $0.kind == .end && file.path(of: $0.track).contains("CPU 1") }
    #expect(ends.map(\.time) == [19_050_000_000, 19_500_000_000])
    #expect(file.instants("lost").count == 2)
  }

  @Test func aCutRecordingShowsItsDamage() throws {
    let scratch = try Data(
      contentsOf: RepositoryFiles.url("fixtures/recordings/stress.dat"))
    let path = FileManager.default.temporaryDirectory.appending(path: "pmtrace-\(UUID()).dat")
    defer { try? FileManager.default.removeItem(at: path) }
    try scratch.prefix(scratch.count * 9 / 10).write(to: path)
    var options = AnalysisOptions()
    options.wantsTimeline = true
    let analysis = try Analyzer.analyze(
      TraceOpener.open(path: path.path()), path: "cut.dat", options: options)
    #expect(analysis.verdict == .inconclusive || !(analysis.ledger?.damage.isEmpty ?? true))
    let file = try Self.file([analysis])
    #expect(file.instants("lost").count >= 1)
  }

  @Test func unusableAndEmptyTracesAreFiles() throws {
    let unusable = try Self.file([Samples.unusable])
    #expect(unusable.events.isEmpty)
    #expect(unusable.tracks.values.contains { $0.name.contains("unusable") })
    var empty = Samples.pass
    empty.timeline = Timeline()
    #expect(try Self.file([empty]).slices("verdict").count == 1)
    #expect(try Self.file([]).tracks.isEmpty)
  }

  @Test func severalTracesHaveTracksOfTheirOwn() throws {
    let traces = try [
      Self.analysis("clean"), Self.analysis("clean"), Self.analysis("evict"), Samples.unusable,
    ]
    let file = try Self.file(traces)
    let roots = file.order.compactMap { file.tracks[$0] }.filter { $0.parent == nil }
    #expect(roots.map(\.name) == ["clean.dat", "clean.dat", "evict.dat", "picture.png"])
    let spans = traces.reduce(0) { $0 + ($1.timeline?.spans.count ?? 0) }
    #expect(file.slices("migration").count == spans)
  }

  @Test func hostileNamesStaySingleLines() throws {
    var analysis = Samples.fail
    let name = "<a>&\"'\u{1b}[31m\n\u{202e}\u{fffd}\u{0}"
    analysis.summary?.devices[0].name = name
    analysis.findings[0].title = Sentence(name)
    analysis.path = name
    let file = try Self.file([analysis, analysis])
    let words =
      file.tracks.values.map(\.name) + file.events.compactMap(\.name)
      + file.events.flatMap { $0.notes.map(\.value) }
    #expect(words.contains { $0.contains("<a>&\"'\\x1b[31m\\n\\u{202e}\u{fffd}\\x00") })
    for word in words {
      let scalars = word.replacingOccurrences(of: "\n      ", with: "").unicodeScalars
      #expect(!scalars.contains(where: UntrustedText.mustBeEscaped), "\(word.debugDescription)")
    }
  }

  @Test func theClockIsTheTraces() throws {
    for (name, number) in [("mono", 3), ("mono_raw", 5), ("boot", 6), ("local", 6)] {
      var analysis = Samples.pass
      analysis.metadata?.clock = name
      #expect(try Self.file([analysis]).clock == UInt64(number))
    }
  }

  @Test func theSameTraceGivesTheSameBytes() throws {
    let bytes = try (0..<2).map { _ in Self.bytes([try Self.analysis("stress")]) }
    #expect(bytes[0] == bytes[1])
  }
}

/// The check with the published protos, in Python.
private enum PerfettoCheck {
  struct Result: Decodable {
    var clock: UInt64
    var counts: [String: Int]
  }

  /// What the check counted; nil where it cannot run.
  static func run(_ bytes: [UInt8]) throws -> Result? {
    let python = RepositoryFiles.url(".build/python/bin/python").path()
    guard FileManager.default.isExecutableFile(atPath: python) else {
      print("skipped: the check with Perfetto's protos; 'make python' installs what it needs")
      return nil
    }
    let path = FileManager.default.temporaryDirectory.appending(path: "pmtrace-\(UUID()).pftrace")
    defer { try? FileManager.default.removeItem(at: path) }
    try Data(bytes).write(to: path)
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = [RepositoryFiles.url("Tests/Tools/check-perfetto").path(), path.path()]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if process.terminationStatus == 42 {
      print("skipped: the check with Perfetto's protos; 'make python' installs what it needs")
      return nil
    }
    let text = String(decoding: printed, as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(text)")
    return process.terminationStatus == 0
      ? try JSONDecoder().decode(Result.self, from: printed) : nil
  }
}
