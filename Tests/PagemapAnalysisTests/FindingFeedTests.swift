import PagemapEvents
import PagemapModel
import Testing
import TraceIngest
import TraceWords

@testable import PagemapAnalysis
@testable import PagemapRules

/// What is told of findings while a trace goes on.
@Suite struct FindingFeedTests {
  /// A trace that hands out what a test puts in, a batch at a time.
  private final class Handed: TraceReader {
    var metadata = TraceMetadata(container: .traceDat(version: 7, compression: "none"))
    var taskNames = TaskNames()
    var ledger = TraceLedger()
    var losses: [LostEvents] = []

    func select(_ selection: EventSelection) {}

    func read(into batch: inout RecordBatch) throws(IngestError) -> Bool {
      batch.removeAll()
      guard !losses.isEmpty else { return false }
      for (place, loss) in losses.enumerated() {
        batch.losses.append(loss)
        batch.records.append(
          RecordHeader(
            timestamp: loss.before ?? 0, payloadOffset: UInt32(place), payloadLength: 0,
            cpu: loss.cpu, eventID: 0, kind: .lostEvents))
      }
      losses = []
      return true
    }
  }

  private struct Unwatched: RunWatcher {
    static var keepsLast: Bool { false }
    func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool { true }
    func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool { true }
    func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool { true }
  }

  /// A run in which findings are made by hand.
  private struct Story {
    let reader = Handed()
    var run: TraceRun
    var feed = FindingFeed()

    init() {
      reader.taskNames[7] = "pmtest"
      run = TraceRun(reader, AnalysisOptions())
    }

    func make(
      _ serial: UInt64, certain isCertain: Bool, _ severity: Severity = .error,
      at time: UInt64 = 100
    ) {
      var event = PagemapEvent()
      event.kind = .folioFree
      event.timestamp = time
      run.context.mirror.apply(event)
      let object = ObjectReference(kind: .pagemap, address: serial, epoch: 1)
      let finding = Finding(
        rule: RuleID(1), category: .leakReference, severity: severity, isCertain: isCertain,
        title: "finding \(serial)", object: object,
        firstSeen: Moment(time: time, cpu: 0, pid: 7), explanation: [], evidence: [], advice: "")
      run.context.report(finding, cause: .life(serial), provedSince: time - 50)
    }

    mutating func lose(from start: UInt64, to end: UInt64) throws {
      reader.losses = [LostEvents(buffer: 0, cpu: 1, count: 5, after: start, before: end)]
      var watcher = Unwatched()
      _ = try run.run(&watcher, nil)
    }

    /// What is new, as `found 1`, `changed 2 uncertain`.
    mutating func news() -> [String] {
      feed.news(of: run).map { news in
        "\(news.kind) \(news.number)" + (news.finding.isCertain ? "" : " uncertain")
      }
    }
  }

  @Test func aCertainFindingIsToldOnce() {
    var story = Story()
    #expect(story.news() == [])
    story.make(1, certain: true)
    let news = story.feed.news(of: story.run)
    #expect(news.map { $0.finding.title.text(TimeFormat()) } == ["finding 1"])
    #expect(news.first?.finding.firstSeen.task == "pmtest")
    #expect(story.news() == [])
    // What comes later on the same life is evidence of the first.
    story.make(1, certain: true)
    #expect(story.news() == [])
    story.make(2, certain: true)
    story.make(3, certain: true)
    #expect(story.news() == ["found 2", "found 3"])
  }

  @Test func anUncertainOneIsToldWhenItIsProven() {
    var story = Story()
    story.make(1, certain: false, .warning)
    #expect(story.news() == [])
    #expect(story.feed.tally.count(.warning, certain: false) == 1)
    story.make(1, certain: true)
    #expect(story.news() == ["found 1"])
    #expect(story.feed.tally.count(.warning, certain: false) == 0)
    #expect(story.feed.tally.count(.error, certain: true) == 1)
    #expect(story.feed.tally.made.values.reduce(0, +) == 2)
  }

  @Test func aGapThatBecomesKnownLaterTakesCertaintyAway() throws {
    var story = Story()
    story.make(1, certain: true, at: 100)
    story.make(2, certain: true, at: 1000)
    #expect(story.news() == ["found 1", "found 2"])
    try story.lose(from: 960, to: 970)
    #expect(story.news() == ["changed 2 uncertain"])
    #expect(story.news() == [])
    #expect(story.feed.tally.count(.error, certain: true) == 1)
    #expect(story.feed.tally.count(.warning, certain: false) == 1)
    // The finding itself is left to the end, which comes to the same.
    #expect(story.run.context.finding(at: 1).finding.isCertain)
    _ = story.run.finish(story.run.completeLedger())
    #expect(!story.run.context.finding(at: 1).finding.isCertain)
    #expect(story.news() == [])
  }

  @Test func whatLiesInAKnownGapIsNotTold() throws {
    var story = Story()
    try story.lose(from: 80, to: 90)
    story.make(1, certain: true, at: 100)
    #expect(story.news() == [])
    #expect(story.feed.tally.count(.warning, certain: false) == 1)
  }

  @Test func aWithdrawnOneIsTakenBackOnce() {
    var story = Story()
    story.make(1, certain: true)
    story.make(2, certain: false)
    #expect(story.news() == ["found 1"])
    story.run.context.withdraw(1, RuleID(1))
    story.run.context.withdraw(2, RuleID(1))
    #expect(story.news() == ["withdrawn 1"])
    story.run.context.withdraw(1, RuleID(1))
    #expect(story.news() == [])
    #expect(story.feed.tally.standing.values.allSatisfy { $0 == 0 })
    #expect(story.feed.tally.withdrawn[RuleID(1)] == 2)
  }

  @Test func oneThatIsMadeAndWithdrawnBetweenTwoLooksIsNeverTold() {
    var story = Story()
    story.make(1, certain: true)
    story.run.context.withdraw(1, RuleID(1))
    #expect(story.news() == [])
    story.make(2, certain: true)
    #expect(story.news() == ["found 2"])
  }

  @Test func anAmendedOneIsToldAgainWhereItMatters() {
    var story = Story()
    story.make(1, certain: true)
    #expect(story.news() == ["found 1"])
    story.run.context.amend(1) { $0.advice = "another" }
    #expect(story.news() == [])
    story.run.context.amend(1) { $0.severity = .warning }
    #expect(story.news() == ["changed 1"])
  }
}
