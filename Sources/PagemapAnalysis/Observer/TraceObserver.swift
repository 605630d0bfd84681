package import PagemapEvents
package import PagemapModel
import PagemapRules
package import TraceIngest

/// Looks on while a trace is analysed: at every event, what it ended, and at whose lives it ended.
package protocol TraceObserver {
  /// An event was taken in.
  ///
  /// - Returns: false to end the analysis, which then has seen no more of the trace.
  mutating func take(_ event: borrowing PagemapEvent, _ step: TraceStep) -> Bool
}

/// What an observer is told with an event.
package struct TraceStep: Sendable {
  /// The device names that events refer to.
  package var names: Names
  /// What the event ended or changed.
  package var activities: [Activity]
  /// Lives of objects that the event ended.
  package var endedLives: [RecordedLife]
}

/// What is known only when the whole trace was read.
package struct TraceRemainder: Sendable {
  /// The device names that events refer to.
  package var names: Names
  /// The names of tasks.
  package var tasks: TaskNames
  /// Lives of objects that no event was seen to end, by kind, address and life; those that are over
  /// all the same say so.
  package var openLives: [RecordedLife]
  /// Calls that had not returned.
  package var openCalls: [Timeline.Span]
}

/// A life of an object with its begin and its end.
package struct RecordedLife: Hashable, Sendable {
  /// An event, by its stamp and its place in the merged trace.
  package struct Place: Hashable, Sendable {
    package var time: UInt64
    package var sequence: UInt64
  }

  /// The object as it stood last.
  package var life: ObjectLife
  /// The first event that showed it.
  package var begin: Place
  /// The event that ended it; nil where none was seen to.
  package var end: Place?
}

extension Analyzer {
  /// Analyses one trace while `observer` looks on.
  ///
  /// - Parameters:
  ///   - reader: the trace, not read from yet.
  ///   - path: its name for the report.
  ///   - progress: told the number of records read, now and then.
  /// - Throws: `IngestError` where the input fails in the middle.
  package static func analyze(
    _ reader: any TraceReader, path: String, options: AnalysisOptions,
    observer: inout some TraceObserver, progress: ((UInt64) -> Void)? = nil
  ) throws(IngestError) -> (analysis: TraceAnalysis, remainder: TraceRemainder) {
    var run = TraceRun(reader, options)
    run.recordActivity()
    var watcher = ObservingWatcher(observer: observer)
    defer { observer = watcher.observer }
    _ = try run.run(&watcher, progress)
    let analysis = conclude(&run, path, options)
    let mirror = run.context.mirror
    let end = analysis.summary?.recordedUntil ?? mirror.recording.now
    return (
      analysis,
      TraceRemainder(
        names: run.decoder.names, tasks: run.reader.taskNames,
        openLives: watcher.lives.open(in: mirror), openCalls: mirror.openSpans(until: end))
    )
  }
}

/// Hands on to an observer what a run shows.
private struct ObservingWatcher<Observer: TraceObserver>: RunWatcher {
  static var keepsLast: Bool { false }

  var observer: Observer
  var lives = LifeTracker()

  mutating func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
    lives.willTake(event, run.mirror)
    return true
  }

  mutating func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
    let ended = lives.didTake(event, run.mirror)
    return observer.take(
      event,
      TraceStep(names: run.decoder.names, activities: run.mirror.news.activities, endedLives: ended)
    )
  }

  func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool { true }
}
