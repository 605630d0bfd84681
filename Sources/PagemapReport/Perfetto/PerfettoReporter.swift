import PagemapAnalysis
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// Timelines as a Perfetto trace, for ui.perfetto.dev: pagemaps as slices of their states,
/// migrations on the tracks of their tasks, counts as counters, and what is wrong or missing where it
/// is. `Documentation/Perfetto.md` tells what the tracks are.
package enum PerfettoReporter: Reporter {
  package static let name = "perfetto"
  package static let needsTimeline = true

  package static func render(_ report: Report, options: RenderOptions) -> [UInt8] {
    var trace = PerfettoTrace()
    for (number, analysis) in report.traces.enumerated() {
      var parent = PerfettoTrace.Track.root
      if report.traces.count > 1 {
        parent = trace.track(report.location(of: analysis), under: .root)
      }
      let part = PerfettoPart(report, analysis, number)
      part.write(to: &trace, under: parent)
    }
    // Several traces share one axis, each with its own stamps; the first one's clock names it.
    let clocks = report.traces.compactMap { $0.metadata }
    return trace.packets(PerfettoClock(clocks.first?.clock))
  }
}

/// What one trace of a report shows.
struct PerfettoPart {
  let report: Report
  let analysis: TraceAnalysis
  /// Its place in the report.
  let number: Int
  /// The first and the last moment of it; nil where it holds none.
  let bounds: ClosedRange<UInt64>?

  init(_ report: Report, _ analysis: TraceAnalysis, _ number: Int) {
    self.report = report
    self.analysis = analysis
    self.number = number
    let summary = analysis.summary
    let starts = [
      analysis.timeline?.start, analysis.ledger?.firstTimestamp, summary?.firstEvent,
    ].compactMap { $0 }
    let ends = [
      analysis.timeline?.end, analysis.ledger?.lastTimestamp, summary?.lastEvent,
      summary?.recordedUntil,
    ].compactMap { $0 }
    bounds = starts.min().flatMap { start in ends.max().map { start...max(start, $0) } }
  }

  /// A moment within the trace.
  func within(_ time: UInt64) -> UInt64 {
    bounds.map { min(max(time, $0.lowerBound), $0.upperBound) } ?? time
  }

  func write(to trace: inout PerfettoTrace, under parent: PerfettoTrace.Track) {
    writeVerdict(&trace, parent)
    writeFindings(&trace, parent)
    writeLosses(&trace, parent)
    var devices = PerfettoDevices(parent)
    if let timeline = analysis.timeline {
      writeMemory(timeline, &trace, parent)
      writeLanes(timeline, &trace, &devices)
      writeSpans(timeline, &trace, &devices)
    }
    writeUnplugs(&trace, &devices)
  }

  /// The verdict from the first moment to the last; of an input without any, in the track's name.
  private func writeVerdict(_ trace: inout PerfettoTrace, _ parent: PerfettoTrace.Track) {
    let verdict = analysis.verdict.rawValue
    guard let bounds else {
      _ = trace.track(
        "verdict: \(verdict), no event to show", under: parent,
        description: "\(report.location(of: analysis)): "
          + analysis.reason.text(analysis.time))
      return
    }
    let track = trace.track("verdict", under: parent)
    let notes = PerfettoNotes { notes in
      notes.add("trace", report.location(of: analysis))
      notes.add("reason", analysis.reason.text(analysis.time))
      notes.add("exit code", signed: Int64(analysis.exitCode))
      notes.add("clock", analysis.metadata?.clock)
      if analysis.metadata?.timestampsAreNanoseconds == false {
        notes.add("stamps", "ticks of this clock, shown as if they were nanoseconds")
      }
      notes.add("kernel", analysis.metadata?.kernelRelease)
      if let timeline = analysis.timeline, timeline.resolution > 0 {
        let unit = analysis.time.isNanoseconds ? "ns" : "ticks"
        notes.add("merged within (\(unit))", number: timeline.resolution)
      }
      if let lanes = analysis.timeline?.furtherLanes, lanes > 0 {
        notes.add("pagemaps left out", number: lanes)
      }
      notes.add("pmtrace", report.toolVersion.isEmpty ? nil : report.toolVersion)
    }
    trace.begin(verdict, "verdict", on: track, at: bounds.lowerBound, notes)
    trace.end(on: track, at: bounds.upperBound)
  }

  private func writeMemory(
    _ timeline: Timeline, _ trace: inout PerfettoTrace, _ parent: PerfettoTrace.Track
  ) {
    guard !timeline.memory.isEmpty else { return }
    let track = trace.track("struct page memory of all pagemaps", under: parent, unit: .bytes)
    for step in timeline.memory {
      trace.count(Int64(clamping: step.bytes), on: track, at: within(step.time))
    }
  }
}

/// The tracks of a trace's devices, made as they are met.
struct PerfettoDevices {
  private let parent: PerfettoTrace.Track
  private var tracks: [String: PerfettoTrace.Track] = [:]

  init(_ parent: PerfettoTrace.Track) { self.parent = parent }

  /// The track of the device with this name; nil for what is of no known device.
  mutating func track(_ name: String?, _ trace: inout PerfettoTrace) -> PerfettoTrace.Track {
    let label = name.map { "device \($0)" } ?? "unknown device"
    if let known = tracks[label] { return known }
    let track = trace.track(label, under: parent)
    tracks[label] = track
    return track
  }
}
