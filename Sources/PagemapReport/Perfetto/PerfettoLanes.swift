import PagemapModel
import TraceWords

extension PerfettoPart {
  /// A track per pagemap, a slice per state, and a counter of its references.
  func writeLanes(
    _ timeline: Timeline, _ trace: inout PerfettoTrace, _ devices: inout PerfettoDevices
  ) {
    for lane in timeline.lanes {
      let device = devices.track(lane.device, &trace)
      let name = "pagemap \(Format.address(lane.address))"
      let track = trace.track(name, under: device)
      writeStates(lane, &trace, track)
      guard lane.steps.contains(where: { $0.references != nil }) else { continue }
      let counter = trace.track("references of \(name)", under: device, unit: .count)
      for step in lane.steps {
        guard let references = step.references else { continue }
        trace.count(references, on: counter, at: within(step.time))
      }
    }
  }

  /// Slices from one change of state or life to the next. A pagemap's end is a moment.
  private func writeStates(
    _ lane: Timeline.Lane, _ trace: inout PerfettoTrace, _ track: PerfettoTrace.Track
  ) {
    var shown: (epoch: UInt32, state: Pagemap.State)?
    var isOpen = false
    var latest: UInt64 = 0
    for step in lane.steps where shown.map({ $0 != (step.epoch, step.state) }) ?? true {
      // Where stamps are each CPU's own, a later step may have an earlier one.
      latest = max(latest, within(step.time))
      if isOpen { trace.end(on: track, at: latest) }
      shown = (step.epoch, step.state)
      let name = "\(step.state) \(Format.address(lane.address)) #\(step.epoch)"
      isOpen = step.state != .destroyed
      if isOpen {
        trace.begin(name, "pagemap", on: track, at: latest, notes(of: step, lane))
      } else {
        trace.instant(name, "pagemap", on: track, at: latest, notes(of: step, lane))
      }
    }
    if isOpen {
      trace.end(
        on: track, at: max(latest, bounds?.upperBound ?? latest),
        PerfettoNotes { $0.add("until", "the end of the recording") })
    }
  }

  private func notes(of step: Timeline.Step, _ lane: Timeline.Lane) -> PerfettoNotes {
    PerfettoNotes { notes in
      notes.add("pagemap", address: lane.address)
      notes.add("epoch", number: UInt64(step.epoch))
      notes.add("older than the recording", flag: step.isAdopted)
      if let references = step.references { notes.add("references", signed: references) }
      notes.add("references of known holders", signed: step.explained)
      notes.add("task", step.task)
      notes.add("pid", signed: Int64(step.pid))
      if step.count > 1 { notes.add("merged steps", number: step.count) }
    }
  }
}
