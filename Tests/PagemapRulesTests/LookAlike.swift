import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// A composed trace of something legal that looks like the violation of a rule.
struct LookAlike: Sendable {
  /// Tells the story.
  typealias Story = @Sendable (_ kernel: inout PagemapScenario) -> Void

  var name: String
  var story: Story
  /// How long the recording goes on behind the story, in milliseconds.
  var quiet: UInt64
  /// Where it is told.
  var place: SourceLocation

  init(
    _ name: String, quiet: UInt64 = 200, place: SourceLocation = #_sourceLocation,
    _ story: @escaping Story
  ) {
    self.name = name
    self.quiet = quiet
    self.place = place
    self.story = story
  }

  func trace() -> PagemapScenario {
    var kernel = PagemapScenario()
    story(&kernel)
    kernel.wait(milliseconds: quiet)
    kernel.heartbeat()
    return kernel
  }

  /// That no rule says anything above info, and no certain violation whatever is missing.
  var proofs: [Proof] {
    [
      Proof("legal: \(name)") { try expectLegal(trace(), sourceLocation: place) },
      Proof("legal with fewer probes: \(name)") { try checkAbsentProbes() },
      Proof("legal with a marked gap: \(name)") { try checkMarkedGaps() },
    ]
  }
}

// Some of what may be missing is taken at random, other things with another `PMTRACE_SEED`;
// `PMTRACE_SWEEP=1` combines all stories with all probes, many gaps and each missing event. Not all
// of that holds yet: some rules are certain although a probe or a gap took what tells the difference.
extension LookAlike {
  private static let isThorough = ProcessInfo.processInfo.environment["PMTRACE_SWEEP"] != nil
  private static let seed =
    ProcessInfo.processInfo.environment["PMTRACE_SEED"].flatMap { UInt64($0) } ?? 0
  private static let probes = ScenarioFormats.kernel.eventNames
  /// About pagemaps' lives, caches, lists, groups and zdds nothing may be certain where a probe missed
  /// a call.
  static let withstandingDrops = Set((13...34).map { RuleID($0) })

  private var random: ScenarioGenerator {
    ScenarioGenerator(seed: UInt64(name.utf8.count) &+ Self.seed)
  }

  /// No absent probe makes the story a certain violation.
  fileprivate func checkAbsentProbes() throws {
    let whole = trace()
    let used = Self.probes.filter { whole.recordedNames.contains($0) }
    var random = random
    let chosen = Self.isThorough ? used : Array(used.shuffled(using: &random).prefix(2))
    for probe in chosen {
      var kernel = whole
      kernel.absentProbes.insert(probe)
      let analysis = try analyze(kernel.finish())
      #expect(
        !analysis.hasCertainViolation, "without \(probe): \(analysis.lines)",
        sourceLocation: place)
      #expect(
        analysis.exitCode == (analysis.summary?.pagemapEvents == 0 ? 2 : 0),
        sourceLocation: place)
    }
    for _ in 0..<(Self.isThorough ? 20 : 1) {
      var kernel = whole
      kernel.absentProbes.formUnion(used.filter { _ in random.next() % 4 == 0 })
      let analysis = try analyze(kernel.finish())
      #expect(
        !analysis.hasCertainViolation,
        "without \(kernel.absentProbes.sorted()): \(analysis.lines)", sourceLocation: place)
    }
  }

  /// No marked gap makes the story a certain violation.
  fileprivate func checkMarkedGaps() throws {
    let whole = trace()
    var random = random
    for turn in 0..<(Self.isThorough ? 60 : 1) {
      let length = Int(random.next() % 4) + 1
      let start = Int(random.next() % UInt64(max(1, whole.eventCount - length)))
      var kernel = whole
      kernel.loseRecorded(start..<start + length, counted: turn % 2 == 0)
      let analysis = try analyze(kernel.finish())
      #expect(
        !analysis.hasCertainViolation, "without \(start)..<\(start + length): \(analysis.lines)",
        sourceLocation: place)
      #expect(analysis.exitCode == 2, sourceLocation: place)
    }
  }

  /// No event that is missing without a mark proves a violation: a probe missed a call.
  func checkSingleDrops(untold: Set<String>) throws {
    let whole = trace()
    // One loss is enough.
    guard !whole.hasLosses else { return }
    var random = random
    let all = Array(0..<whole.eventCount)
    let places = Self.isThorough ? all : Array(all.shuffled(using: &random).prefix(6))
    for missing in places where !untold.contains(whole.recordedName(missing)) {
      var kernel = whole
      kernel.dropRecorded(missing)
      let analysis = try analyze(kernel.finish())
      let certain = analysis.violations.filter {
        $0.isCertain && Self.withstandingDrops.contains($0.rule)
      }
      #expect(
        certain.isEmpty,
        "without event \(missing), \(whole.recordedName(missing)): \(analysis.lines)",
        sourceLocation: place)
    }
  }
}
