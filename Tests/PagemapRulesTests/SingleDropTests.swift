import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// Legal stories of which one event is missing without a mark: a probe missed a call. Nothing about
/// pagemaps' lives, caches, lists, groups and zdds may be certain then.
///
/// `PMTRACE_SWEEP=1` leaves out each event of each story.
@Suite struct SingleDropTests {
  private static let isThorough = ProcessInfo.processInfo.environment["PMTRACE_SWEEP"] != nil
  private static let stories = LookAlike.all.filter { story in
    (13...34).contains { story.name.hasPrefix("\(RuleID($0)) ") }
  }
  /// Where nothing else in the trace tells of the one event: its story, by the rule, and its name.
  private static let untold: Set = [
    "PM021 memremap_pages", "PM023 drm_pagemap_shrinker_scan",
  ]
  private static let rules = Set((13...34).map { RuleID($0) })

  @Test(arguments: stories)
  func noMissingEventProvesAViolation(lookAlike: LookAlike) throws {
    let whole = lookAlike.trace()
    // One loss is enough.
    guard !whole.hasLosses else { return }
    var random = ScenarioGenerator(seed: UInt64(lookAlike.name.utf8.count))
    let all = Array(0..<whole.eventCount)
    let places = Self.isThorough ? all : Array(all.shuffled(using: &random).prefix(6))
    for place in places {
      var kernel = whole
      let name = kernel.recordedName(place)
      if Self.untold.contains("\(lookAlike.name.prefix(5)) \(name)") { continue }
      kernel.dropRecorded(place)
      let analysis = try analyze(kernel.finish())
      let certain = analysis.violations.filter { $0.isCertain && Self.rules.contains($0.rule) }
      #expect(certain.isEmpty, "without event \(place), \(name): \(analysis.lines)")
    }
  }
}
