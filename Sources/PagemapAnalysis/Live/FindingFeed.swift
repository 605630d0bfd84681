import PagemapModel
import PagemapRules
import TraceIngest

/// Tells what is new of the findings while a trace goes on: a finding once, the moment it is
/// certain, and what becomes of it afterwards. What stays in doubt is left to the end's report.
///
/// A finding is known by its place among all findings of the run, which never changes. Where nothing
/// happened since the last time it costs two comparisons, else what has changed.
package struct FindingFeed: Sendable {
  /// What is known of the finding at one place.
  private struct Known {
    /// How it is counted; nil while it is not, or where it was withdrawn.
    var key: FindingTally.Key?
    /// Whether it was told.
    var isTold = false
    var isWithdrawn = false
  }

  /// How many findings there are.
  package private(set) var tally = FindingTally()
  private var known: [Known] = []
  /// The places of findings that are certain.
  private var certain: Set<Int> = []
  private var gapsSeen = 0

  package init() {}

  /// Whether anything changed since the last call of `news(of:)`.
  func hasNews(of run: borrowing TraceRun) -> Bool {
    !run.context.changes.isEmpty || run.mirror.recording.gapRevision != gapsSeen
  }

  /// What became known since the last call, in the order it happened.
  mutating func news(of run: borrowing TraceRun, _ options: AnalysisOptions = AnalysisOptions())
    -> [FindingNews]
  {
    let context = run.context
    let gaps = run.mirror.recording.gapRevision
    guard hasNews(of: run) else { return [] }
    var places = context.takeChanges()
    // A gap may take the ground from what was told before.
    if gaps != gapsSeen { places += certain.sorted() }
    gapsSeen = gaps
    let tasks = run.reader.taskNames
    let stacks = run.stackNames
    var news: [FindingNews] = []
    var seen: Set<Int> = []
    for place in places where seen.insert(place).inserted {
      var (finding, isWithdrawn) = context.finding(at: place)
      if finding.isCertain, context.isDoubtful(place) { finding.doubt() }
      finding = options.judged(finding)
      guard let kind = isWithdrawn ? withdraw(place) : take(finding, at: place) else { continue }
      news.append(
        FindingNews(
          kind: kind, number: place + 1,
          finding: options.marked(finding.named({ tasks[$0] }, stacks))))
    }
    return news
  }

  /// Takes in how a finding stands. Answers what is to be told of it.
  private mutating func take(_ finding: Finding, at place: Int) -> FindingNews.Kind? {
    while known.count <= place { known.append(Known()) }
    let before = known[place].key
    let key = FindingTally.Key(
      rule: finding.rule, severity: finding.severity, isCertain: finding.isCertain)
    if key != before { tally.count(key, insteadOf: before) }
    known[place].key = key
    if finding.isCertain { certain.insert(place) } else { certain.remove(place) }
    if known[place].isTold { return key == before ? nil : .changed }
    known[place].isTold = finding.isCertain
    return finding.isCertain ? .found : nil
  }

  private mutating func withdraw(_ place: Int) -> FindingNews.Kind? {
    while known.count <= place { known.append(Known()) }
    guard !known[place].isWithdrawn else { return nil }
    known[place].isWithdrawn = true
    certain.remove(place)
    if let key = known[place].key { tally.withdraw(key) }
    known[place].key = nil
    return known[place].isTold ? .withdrawn : nil
  }
}
