import PagemapEvents
import PagemapModel

extension PerfettoPart {
  /// A row of calls of one task, device and direction: as many tracks of one name as it takes that
  /// no two calls on a track overlap.
  private struct Row: Hashable {
    var device: PerfettoTrace.Track
    var direction: MigrationDirection
    var pid: Int32
  }

  /// Migrations, faults and evictions, and counters of the bytes they moved.
  func writeSpans(
    _ timeline: Timeline, _ trace: inout PerfettoTrace, _ devices: inout PerfettoDevices
  ) {
    let flows = PerfettoFlowBook(timeline.spans, salt: UInt64(number))
    writeMoved(timeline, &trace, &devices)
    var rows: [Row: PerfettoRows] = [:]
    for (index, span) in timeline.spans.enumerated() {
      let device = devices.track(span.device, &trace)
      let row = Row(device: device, direction: span.direction, pid: span.pid)
      let name = "\(span.direction.rawValue) \(task(of: span))"
      let start = within(span.start)
      let end = span.isOpen ? nil : max(start, within(span.end))
      let track = rows[row, default: PerfettoRows()].place(from: start, to: end) {
        trace.track(name, under: device)
      }
      trace.begin(
        title(of: span), "migration", on: track, at: start, flows: flows.flows(of: index),
        notes(of: span))
      if let end { trace.end(on: track, at: end) }
    }
  }

  private func task(of span: Timeline.Span) -> String {
    span.pid == -1 ? "several tasks" : "\(span.task ?? "<...>")-\(span.pid)"
  }

  private func title(of span: Timeline.Span) -> String {
    var title = span.direction.rawValue
    if span.count > 1 { title = "\(span.count) merged: \(title)" }
    if span.failures > 0 {
      let failures = span.count > 1 ? "\(span.failures) failed" : "failed"
      title += ", \(failures): \(Errno.name(span.errno))"
    }
    return title
  }

  private func notes(of span: Timeline.Span) -> PerfettoNotes {
    PerfettoNotes { notes in
      notes.add("pages", number: span.pages)
      notes.add("bytes", number: bytes(of: span))
      notes.add("range start", address: span.rangeStart)
      notes.add("range end", address: span.rangeEnd)
      notes.add("mm", address: span.mm)
      notes.add("pagemap", address: span.pagemap)
      notes.add("allocation", address: span.allocation)
      if span.allocationSerial != 0 {
        notes.add("allocation life", number: span.allocationSerial)
      }
      if span.isOpen {
        notes.add("result", "it had not returned when the recording ended")
      } else if span.count == 1 {
        notes.add("result", signed: span.failures > 0 ? -span.errno : 0)
      }
      if span.failures > 0 { notes.add("errno", Errno.name(span.errno)) }
      notes.add("cpu", number: UInt64(span.cpu))
      if span.pid != -1 { notes.add("pid", signed: Int64(span.pid)) }
      if span.count > 1 {
        notes.add("merged calls", number: span.count)
        notes.add("failed calls", number: span.failures)
        notes.add("time in calls (ns)", number: span.busy)
      }
    }
  }

  private func bytes(of span: Timeline.Span) -> UInt64 {
    let (bytes, overflow) = span.pages.multipliedReportingOverflow(by: 4096)
    return overflow ? .max : bytes
  }

  // MARK: Bytes moved

  private struct Way: Hashable {
    var device: String?
    var direction: MigrationDirection
  }

  /// Counters that grow when a call that moved something returns.
  private func writeMoved(
    _ timeline: Timeline, _ trace: inout PerfettoTrace, _ devices: inout PerfettoDevices
  ) {
    var counters: [Way: (track: PerfettoTrace.Track, bytes: UInt64)] = [:]
    let returns = timeline.spans.enumerated().filter { $0.element.pages > 0 }
      .sorted { ($0.element.end, $0.offset) < ($1.element.end, $1.offset) }
    for (_, span) in returns {
      let way = Way(device: span.device, direction: span.direction)
      if counters[way] == nil {
        let track = trace.track(
          "bytes moved \(span.direction.rawValue)",
          under: devices.track(span.device, &trace), unit: .bytes)
        trace.count(0, on: track, at: bounds?.lowerBound ?? span.start)
        counters[way] = (track, 0)
      }
      guard var counter = counters[way] else { continue }
      let (sum, overflow) = counter.bytes.addingReportingOverflow(bytes(of: span))
      counter.bytes = overflow ? .max : sum
      counters[way] = counter
      trace.count(Int64(clamping: counter.bytes), on: counter.track, at: within(span.end))
    }
  }
}

/// Tracks side by side, on each of which nothing overlaps.
struct PerfettoRows {
  /// When each becomes free; nil where what is on it has no end.
  private var rows: [(track: PerfettoTrace.Track, free: UInt64?)] = []

  /// The first track that is free from `start` on, or one more. Calls come in the order of `start`.
  mutating func place(
    from start: UInt64, to end: UInt64?, _ more: () -> PerfettoTrace.Track
  ) -> PerfettoTrace.Track {
    if let index = rows.firstIndex(where: { row in row.free.map { $0 <= start } ?? false }) {
      rows[index].free = end
      return rows[index].track
    }
    let track = more()
    rows.append((track, end))
    return track
  }
}
