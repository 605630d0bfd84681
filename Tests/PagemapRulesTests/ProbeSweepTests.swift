import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing
import TraceIngest

/// Legal stories stay legal with fewer probes, and lose nothing but their completeness to gaps.
///
/// `PMTRACE_SWEEP=1` combines all stories with all probes and many gaps.
@Suite struct ProbeSweepTests {
  private static let isThorough = ProcessInfo.processInfo.environment["PMTRACE_SWEEP"] != nil
  private static let probes = ScenarioFormats.kernel.eventNames

  @Test(arguments: LookAlike.all)
  func noAbsentProbeMakesALegalStoryACertainViolation(lookAlike: LookAlike) throws {
    let whole = lookAlike.trace()
    let used = Self.probes.filter { whole.recordedNames.contains($0) }
    var random = ScenarioGenerator(seed: UInt64(lookAlike.name.utf8.count))
    let chosen = Self.isThorough ? used : Array(used.shuffled(using: &random).prefix(2))
    for probe in chosen {
      var kernel = whole
      kernel.absentProbes.insert(probe)
      let analysis = try analyze(kernel.finish())
      #expect(!analysis.hasCertainViolation, "without \(probe): \(analysis.lines)")
      #expect(analysis.exitCode == (analysis.summary?.pagemapEvents == 0 ? 2 : 0))
    }
    for _ in 0..<(Self.isThorough ? 20 : 1) {
      var kernel = whole
      kernel.absentProbes.formUnion(used.filter { _ in random.next() % 4 == 0 })
      let analysis = try analyze(kernel.finish())
      #expect(
        !analysis.hasCertainViolation,
        "without \(kernel.absentProbes.sorted()): \(analysis.lines)")
    }
  }

  @Test(arguments: LookAlike.all)
  func noMarkedGapMakesALegalStoryACertainViolation(lookAlike: LookAlike) throws {
    let whole = lookAlike.trace()
    var random = ScenarioGenerator(seed: UInt64(lookAlike.name.utf8.count))
    for turn in 0..<(Self.isThorough ? 60 : 1) {
      let length = Int(random.next() % 4) + 1
      let start = Int(random.next() % UInt64(max(1, whole.eventCount - length)))
      var kernel = whole
      kernel.loseRecorded(start..<start + length, counted: turn % 2 == 0)
      let analysis = try analyze(kernel.finish())
      #expect(
        !analysis.hasCertainViolation, "without \(start)..<\(start + length): \(analysis.lines)")
      #expect(analysis.exitCode == 2)
    }
  }
}
