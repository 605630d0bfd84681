import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// Real recordings with events left out: what is missing never proves a violation.
///
/// `PMTRACE_DROPS` sets how many events of each recording are left out, one at a time.
@Suite struct DroppedEventTests {
  private static let drops =
    ProcessInfo.processInfo.environment["PMTRACE_DROPS"].flatMap { Int($0) } ?? 4
  private static let names = RecordedTruth.names.filter { name in
    let size =
      try? FileManager.default.attributesOfItem(
        atPath: RepositoryFiles.url("fixtures/recordings/\(name).dat").path)[.size] as? Int
    return size ?? 0 < 60_000
  }

  @Test(arguments: names)
  func aMarkedLossLeavesNoCertaintyThatTheTruthDoesNotShare(name: String) throws {
    let recording = try RecordedEvents(name)
    let truth = try RecordedTruth(of: name)
    for (turn, place) in Self.places(in: recording, name).enumerated() {
      let mark: RecordedEvents.Mark = turn % 2 == 0 ? .counted : .uncounted
      let analysis = try analyze(recording.without([place], mark: mark))
      let lost = recording.names[recording.events[place].id] ?? "?"
      // What the second pagemap of that recording leads to is its own proof: a list that is not empty.
      let follows = name.hasPrefix("d_shrink_race") ? RuleID(28) : nil
      let false_ = analysis.violations.filter {
        $0.isCertain && !truth.holds($0) && $0.rule != follows
      }
      #expect(
        false_.isEmpty, "\(name) without event \(place), \(lost): \(analysis.lines)")
      #expect(
        analysis.exitCode == (analysis.hasCertainError ? 1 : 2),
        "\(name) without event \(place), \(lost)")
      #expect(analysis.ledger?.isIncomplete == true)
    }
  }

  /// A ring buffer does not lose events without a mark, but a probe may miss a call. What such a
  /// loss leads to is counted and told, and bounded.
  @Test func anUnmarkedLossSeldomLooksLikeAViolation() throws {
    var tally: [String: Int] = [:]
    var count = 0
    for name in Self.names {
      let recording = try RecordedEvents(name)
      let truth = try RecordedTruth(of: name)
      guard truth.expect.isEmpty else { continue }
      for place in Self.places(in: recording, name) {
        let analysis = try analyze(recording.without([place], mark: .none))
        count += 1
        let lost = recording.names[recording.events[place].id] ?? "?"
        for finding in analysis.violations where finding.isCertain {
          tally["\(lost): \(finding.rule) \(finding.title.plain)", default: 0] += 1
        }
      }
    }
    let wrong = tally.values.reduce(0, +)
    print("unmarked losses: \(count), of which \(wrong) look like a certain violation")
    for line in tally.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("  \(line.value) × without \(line.key)")
    }
    #expect(wrong * 4 < count)
  }

  /// Places of events to leave out: those that are no page inits first, as those come in masses.
  private static func places(in recording: RecordedEvents, _ name: String) -> [Int] {
    var random = ScenarioGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let masses: Set = ["zone_device_page_init", "drm_pagemap_folio_free"]
    let all = recording.events.indices.shuffled(using: &random)
    let rare = all.filter { !masses.contains(recording.names[recording.events[$0].id] ?? "") }
    let common = all.filter { masses.contains(recording.names[recording.events[$0].id] ?? "") }
    return Array(rare.prefix(max(1, drops * 3 / 4)) + common.prefix(max(1, drops / 4)))
  }
}

extension TraceAnalysis {
  var hasCertainError: Bool { violations.contains { $0.isCertain && $0.severity == .error } }
}

extension RecordedTruth {
  /// Whether a finding is one of those that are expected.
  func holds(_ finding: Finding) -> Bool {
    let address = "0x" + String(finding.object.address, radix: 16)
    return expect.contains {
      $0.class == finding.category.rawValue && ($0.address ?? address) == address
    }
  }
}
