package import PagemapEvents

/// Gathers a timeline while a trace is read, in bounded memory.
package struct TimelineRecorder: Sendable {
  /// How much a timeline holds at most.
  package struct Limits: Hashable, Sendable {
    /// Spans.
    package var spans = 1 << 13
    /// Steps of all lanes together.
    package var steps = 1 << 13
    /// Steps of memory.
    package var memory = 1 << 12
    /// Lanes.
    package var lanes = 256

    package init() {}
  }

  private var timeline = Timeline()
  private let limits: Limits
  /// The lane of each pagemap, by address.
  private var laneOfAddress: [UInt64: Int] = [:]
  private var stepCount = 0
  private static let addressLimit = 1 << 16
  private var compactor = TimelineCompactor()

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// Takes in what the last event ended or changed.
  package mutating func take(_ activities: [Activity]) {
    for activity in activities {
      switch activity {
      case .call(let call): take(call)
      case .pagemap(let change): take(change)
      case .memory(let time, let bytes): takeMemory(time, bytes)
      }
    }
  }

  // MARK: Calls

  private mutating func take(_ call: CallActivity) {
    note(call.start)
    note(call.end)
    append(Timeline.Span(call))
  }

  private mutating func append(_ span: Timeline.Span) {
    compactor.add(span, to: &timeline)
    guard timeline.spans.count >= limits.spans else { return }
    while timeline.spans.count > limits.spans / 2, compactor.mayMergeMore {
      coarsen(by: timeline.spans.count > limits.spans / 4 * 3 ? 4 : 2)
    }
  }

  // MARK: Pagemaps

  private mutating func take(_ change: PagemapActivity) {
    note(change.time)
    guard let place = lane(of: change) else { return }
    let step = Timeline.Step(
      time: change.time, epoch: change.epoch, state: change.state, isAdopted: change.isAdopted,
      references: change.references, fewest: change.references, most: change.references,
      explained: change.explained, pid: change.pid)
    let before = timeline.lanes[place].steps.count
    TimelineCompactor.add(step, to: &timeline.lanes[place].steps, timeline.resolution)
    if timeline.lanes[place].deviceIndex == nil {
      timeline.lanes[place].deviceIndex = change.device
    }
    stepCount += timeline.lanes[place].steps.count - before
    guard stepCount >= limits.steps else { return }
    compactor.mergeSteps(of: &timeline)
    countSteps()
    while stepCount > limits.steps / 2, compactor.mayMergeMore {
      coarsen(by: stepCount > limits.steps / 4 * 3 ? 4 : 2)
    }
  }

  private mutating func lane(of change: PagemapActivity) -> Int? {
    if let place = laneOfAddress[change.address] {
      guard place >= 0 else { return nil }
      let known = timeline.lanes[place].drm
      if known == nil { timeline.lanes[place].drm = change.drm }
      if known == nil || change.drm == nil || known == change.drm { return place }
    }
    guard timeline.lanes.count < limits.lanes else {
      if laneOfAddress.count < Self.addressLimit, laneOfAddress[change.address] == nil {
        laneOfAddress[change.address] = -1
        timeline.furtherLanes += 1
      }
      return nil
    }
    laneOfAddress[change.address] = timeline.lanes.count
    timeline.lanes.append(
      Timeline.Lane(
        address: change.address, drm: change.drm, deviceIndex: change.device))
    return timeline.lanes.count - 1
  }

  // MARK: Memory

  private mutating func takeMemory(_ time: UInt64, _ bytes: UInt64) {
    note(time)
    compactor.add(
      Timeline.MemoryStep(time: time, bytes: bytes, most: bytes), to: &timeline)
    guard timeline.memory.count >= limits.memory else { return }
    while timeline.memory.count > limits.memory / 2, compactor.mayMergeMore {
      coarsen(by: timeline.memory.count > limits.memory / 4 * 3 ? 4 : 2)
    }
  }

  // MARK: Less of it

  private mutating func note(_ time: UInt64) {
    timeline.start = min(timeline.start ?? time, time)
    timeline.end = max(timeline.end ?? time, time)
  }

  private mutating func coarsen(by factor: UInt64) {
    compactor.coarsen(&timeline, by: factor)
    countSteps()
  }

  private mutating func countSteps() {
    stepCount = timeline.lanes.reduce(0) { $0 + $1.steps.count }
  }

  // MARK: The end

  /// The timeline of all that was taken in.
  ///
  /// - Parameters:
  ///   - mirror: the model as it stands at the end.
  ///   - end: the end of the recording; nil where it is not known.
  ///   - devices: the names of devices.
  ///   - task: the name of a task by its id.
  package mutating func finish(
    _ mirror: KernelMirror, end: UInt64?, devices: Names, task: (Int32) -> String?
  ) -> Timeline {
    for span in mirror.openSpans(until: end ?? mirror.recording.now) { append(span) }
    if let end { note(end) }
    var timeline = timeline
    timeline.spans.sort { ($0.start, $0.pid, $0.end) < ($1.start, $1.pid, $1.end) }
    for place in timeline.spans.indices {
      timeline.spans[place].device = timeline.spans[place].deviceIndex.flatMap { devices[$0] }
      timeline.spans[place].task = task(timeline.spans[place].pid)
    }
    for place in timeline.lanes.indices {
      timeline.lanes[place].device = timeline.lanes[place].deviceIndex.flatMap { devices[$0] }
      for step in timeline.lanes[place].steps.indices {
        timeline.lanes[place].steps[step].task = task(timeline.lanes[place].steps[step].pid)
      }
    }
    return timeline
  }
}

extension Timeline.Span {
  /// One call.
  init(_ call: CallActivity) {
    self.init(
      direction: call.direction, start: call.start, end: call.end, busy: call.end - call.start,
      pages: call.pages, pid: call.pid, cpu: call.cpu, pagemap: call.pagemap,
      allocation: call.allocation, allocationSerial: call.allocationSerial,
      rangeStart: call.rangeStart, rangeEnd: call.rangeEnd, mm: call.mm, deviceIndex: call.device)
    if call.result < 0 {
      failures = 1
      errno = call.result == .min ? .max : -call.result
    }
  }
}
