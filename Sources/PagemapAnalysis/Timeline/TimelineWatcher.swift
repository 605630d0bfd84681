import PagemapEvents
import PagemapModel
import TraceIngest

/// Looks on while a trace is analysed and gathers its timeline.
struct TimelineWatcher: RunWatcher {
  static var keepsLast: Bool { false }

  var recorder = TimelineRecorder()

  func willTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool { true }

  mutating func didTake(_ event: borrowing PagemapEvent, _ run: borrowing TraceRun) -> Bool {
    if !run.mirror.news.activities.isEmpty { recorder.take(run.mirror.news.activities) }
    return true
  }

  func willMiss(_ loss: LostEvents, at time: UInt64) -> Bool { true }
}
