import PagemapEvents
package import PagemapModel
import PagemapRules
package import TraceIngest

/// The analysis of a trace that is still being made: the same run as a recording's, step by step,
/// with a look at it whenever one is wanted.
package struct LiveAnalysis {
  private var run: TraceRun
  private var storage = TraceRun.Storage()
  private var feed = FindingFeed()
  private let options: AnalysisOptions

  /// The analysis of a trace that was not read from yet.
  package init(_ reader: any TraceReader, options: AnalysisOptions) {
    self.options = options
    run = TraceRun(reader, options)
  }

  /// Takes in what has come, and waits where nothing has.
  ///
  /// - Returns: false when the trace has ended.
  /// - Throws: `IngestError` where the reader fails.
  package mutating func advance() throws(IngestError) -> Bool {
    var nobody = Unwatched()
    switch try run.advance(&nobody, &storage) {
    case .more: return true
    case .end, .stopped: return false
    }
  }

  /// Whether `news()` may have something to tell; this costs nothing.
  package var hasNews: Bool { feed.hasNews(of: run) }

  /// What became known of findings since the last call.
  package mutating func news() -> [FindingNews] { feed.news(of: run, options) }

  /// How many findings there are.
  package var tally: FindingTally { feed.tally }

  /// What was read and what is missing.
  package var ledger: TraceLedger { run.reader.ledger }

  /// What the model knows now, with at most `limit` pagemaps one by one; `bounds` are those of the
  /// latencies, nil where none are wanted.
  package func overview(limit: Int, bounds: [UInt64]? = nil) -> LiveOverview {
    run.overview(limit: limit, bounds: bounds)
  }

  /// How many of the rules the recorded events can decide.
  package var decidableRules: Int {
    let inventory = run.decoder.inventory
    return RuleRegistry.all.count { inventory.absentNeed(of: $0) == nil }
  }

  /// The verdict on the whole trace, as on a recording of it that is called `path`.
  package mutating func conclude(path: String) -> TraceAnalysis {
    Analyzer.conclude(&run, path, options)
  }
}
