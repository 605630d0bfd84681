import Foundation
import PagemapAnalysis
import PagemapModel
import PagemapRules
import TestSupport
import Testing

/// Legal stories told by chance are legal, whole and in every window of theirs.
///
/// `PMTRACE_STORIES` sets how many are told.
@Suite struct RandomStoryTests {
  private static let seeds = Array(
    0..<(ProcessInfo.processInfo.environment["PMTRACE_STORIES"].flatMap { UInt64($0) } ?? 24))

  @Test(arguments: seeds)
  func aStoryIsLegal(seed: UInt64) throws {
    var story = RandomStory(seed: seed)
    story.tell(steps: 120)
    story.kernel.wait(milliseconds: 1500)
    story.kernel.heartbeat()
    try expectLegal(story.kernel, "seed \(seed)")
  }

  /// A recording that starts late and stops early.
  @Test(arguments: seeds)
  func aPieceOfAStoryIsLegal(seed: UInt64) throws {
    var whole = RandomStory(seed: seed)
    whole.tell(steps: 120)
    let count = whole.kernel.happenedCount
    var random = ScenarioGenerator(seed: seed)
    for _ in 0..<3 {
      let start = Int(random.next() % UInt64(count))
      let end = start + 1 + Int(random.next() % UInt64(count - start))
      for piece in [0..<end, start..<count, start..<end] {
        var story = RandomStory(seed: seed)
        story.kernel.window = piece
        story.tell(steps: 120)
        if piece.upperBound == count {
          story.kernel.wait(milliseconds: 1500)
          story.kernel.stopRecording()
        }
        let analysis = try analyze(story.kernel.finish())
        #expect(
          analysis.violations.isEmpty, "seed \(seed), events \(piece): \(analysis.lines)")
        #expect(analysis.exitCode == (analysis.summary?.pagemapEvents == 0 ? 2 : 0))
      }
    }
  }

  /// What is planted in a story is found, on the right object, and nothing else.
  @Test(arguments: RandomStory.Defect.allCases, seeds)
  func whatIsPlantedIsFound(defect: RandomStory.Defect, seed: UInt64) throws {
    var story = RandomStory(seed: seed)
    story.planted = defect
    story.tell(steps: 120)
    story.kernel.wait(milliseconds: 1500)
    story.kernel.heartbeat()
    guard let broken = story.broken else { return }
    let analysis = try analyze(story.kernel.finish())
    let lines = "\(analysis.lines)"
    try #require(analysis.violations.count == 1, "\(lines)")
    let finding = analysis.violations[0]
    #expect(finding.isCertain, "\(lines)")
    let category: FindingClass =
      switch defect {
      case .attribute: .leakReference
      case .folio: .leakPage
      case .peer: .ownerLeak
      }
    #expect(finding.category == category, "\(lines)")
    #expect(finding.object.address == broken, "\(lines)")
    #expect(analysis.exitCode == 1)
  }

  /// The stories are worth their name, and something to go wrong comes up in most of them.
  @Test func storiesAreEventful() {
    var broken = 0
    for seed in Self.seeds {
      for defect in RandomStory.Defect.allCases {
        var story = RandomStory(seed: seed)
        story.planted = defect
        story.tell(steps: 120)
        broken += story.broken == nil ? 0 : 1
        #expect(story.kernel.eventCount > 200, "seed \(seed)")
        #expect(story.kernel.recordedNames.count > 30, "seed \(seed)")
      }
    }
    #expect(broken * 10 > Self.seeds.count * RandomStory.Defect.allCases.count * 7)
  }
}

/// Legal stories whose tasks run at a time.
@Suite struct InterleavedStoryTests {
  private static let seeds = Array(
    0..<(ProcessInfo.processInfo.environment["PMTRACE_STORIES"].flatMap { UInt64($0) } ?? 24))

  @Test(arguments: seeds)
  func tasksThatRunAtATimeAreLegal(seed: UInt64) throws {
    let story = InterleavedStory(seed: seed, tasks: Int32(2 + seed % 5))
    story.tell(operations: 40)
    story.kernel.wait(milliseconds: 300)
    story.kernel.heartbeat()
    try expectLegal(story.kernel, "seed \(seed)")
  }

  /// A leak among them is found, on the right pagemap, and nothing else.
  @Test(arguments: seeds)
  func aLeakAmongThemIsFound(seed: UInt64) throws {
    let story = InterleavedStory(seed: seed, tasks: Int32(2 + seed % 5))
    story.leaksAttribute = true
    story.tell(operations: 40)
    guard let leaked = story.leaked else { return }
    story.kernel.wait(milliseconds: 300)
    story.kernel.heartbeat()
    try expectFinding(
      Expected(rule: 1, category: .leakReference, kind: .pagemap, address: leaked, epoch: nil),
      in: story.kernel)
  }

  /// All VMs close, while processes keep some of their pages: the counts come to rest above zero.
  @Test(arguments: seeds)
  func whatLivingProcessesHoldIsNoLeak(seed: UInt64) throws {
    let story = InterleavedStory(seed: seed, tasks: Int32(2 + seed % 5))
    story.livesOn = true
    story.tell(operations: 3 + Int(seed % 7))
    story.kernel.wait(milliseconds: 300)
    story.kernel.heartbeat()
    try expectLegal(story.kernel, "seed \(seed)")
  }

  @Test(arguments: seeds)
  func theyAreLegalWhereverTheRecordingStops(seed: UInt64) throws {
    let whole = InterleavedStory(seed: seed, tasks: Int32(2 + seed % 5))
    whole.tell(operations: 40)
    var random = ScenarioGenerator(seed: seed)
    for _ in 0..<6 {
      let end = 1 + Int(random.next() % UInt64(whole.kernel.happenedCount))
      let story = InterleavedStory(seed: seed, tasks: Int32(2 + seed % 5))
      story.kernel.window = 0..<end
      story.tell(operations: 40)
      let analysis = try analyze(story.kernel.finish())
      #expect(analysis.violations.isEmpty, "seed \(seed), until \(end): \(analysis.lines)")
    }
  }
}
