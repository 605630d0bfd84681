/// Keeps a timeline small by showing less of what is short.
///
/// What is added is merged where it falls into a stretch of time that holds the like already. Only
/// when there are too many stretches are they made longer, and everything is merged anew.
struct TimelineCompactor: Sendable {
  /// Whether a coarser look may still merge something.
  private(set) var mayMergeMore = true
  /// The spans that more may be merged into, by what they hold.
  private var places: [Bucket: Int] = [:]

  /// The resolution at which everything of one kind has become one.
  private static let coarsest = UInt64.max

  /// Makes the stretches `factor` times as long, and merges what falls into one.
  mutating func coarsen(_ timeline: inout Timeline, by factor: UInt64) {
    let length = (timeline.end ?? 0) - (timeline.start ?? 0)
    let (longer, overflow) = timeline.resolution.multipliedReportingOverflow(by: factor)
    // The first look is one that can be told apart on no screen.
    timeline.resolution = max(overflow ? Self.coarsest : longer, length >> 14, 1)
    mayMergeMore = timeline.resolution < Self.coarsest
    let spans = timeline.spans
    timeline.spans.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    for span in spans { add(span, to: &timeline) }
    mergeSteps(of: &timeline)
    let memory = timeline.memory
    timeline.memory.removeAll(keepingCapacity: true)
    for step in memory { add(step, to: &timeline) }
  }

  /// Merges steps at the resolution that the timeline has, lives too where there are many.
  func mergeSteps(of timeline: inout Timeline) {
    guard timeline.resolution > 0 else { return }
    for place in timeline.lanes.indices {
      timeline.lanes[place].steps = merged(timeline.lanes[place].steps, timeline.resolution)
    }
  }

  // MARK: Spans

  private struct Bucket: Hashable, Sendable {
    var number: UInt64
    var direction: MigrationDirection
    var device: UInt64?
    var pid: Int32
    var isOpen: Bool

    /// One word for all of it: there are as many look-ups as there are calls.
    func hash(into hasher: inout Hasher) {
      let place = (device ?? .max) &* 0x9e37_79b9_7f4a_7c15
      let task = UInt64(UInt32(bitPattern: pid)) << 3 | UInt64(direction.place)
      hasher.combine(number &* 0xff51_afd7_ed55_8ccd ^ place ^ task << 1 ^ (isOpen ? 1 : 0))
    }
  }

  /// Adds a span. Short ones of one task, direction and device within one stretch become one. Once a
  /// stretch is longer than the trace, those of all tasks do, and at last those of all devices.
  mutating func add(_ span: Timeline.Span, to timeline: inout Timeline) {
    let resolution = timeline.resolution
    let isCoarsest = resolution == Self.coarsest
    guard resolution > 0, span.end - span.start < resolution || isCoarsest else {
      timeline.spans.append(span)
      return
    }
    let length = (timeline.end ?? 0) - (timeline.start ?? 0)
    let bucket = Bucket(
      number: isCoarsest ? 0 : span.start / resolution, direction: span.direction,
      device: isCoarsest || resolution >> 1 > length ? nil : span.deviceIndex,
      pid: isCoarsest || resolution > length ? -1 : span.pid, isOpen: span.isOpen)
    if let place = places[bucket] {
      timeline.spans[place].merge(span)
    } else {
      places[bucket] = timeline.spans.count
      timeline.spans.append(span)
    }
  }

  // MARK: Steps

  /// Adds a step of a pagemap. Steps within one stretch become one, unless its state changed.
  static func add(_ step: Timeline.Step, to steps: inout [Timeline.Step], _ resolution: UInt64) {
    guard resolution > 0, let last = steps.indices.last,
      steps[last].state == step.state, steps[last].epoch == step.epoch,
      step.time / resolution == steps[last].time / resolution
    else { return steps.append(step) }
    steps[last].merge(step)
  }

  private func merged(_ steps: [Timeline.Step], _ resolution: UInt64) -> [Timeline.Step] {
    var result: [Timeline.Step] = []
    result.reserveCapacity(steps.count)
    for step in steps { Self.add(step, to: &result, resolution) }
    return result.count > steps.count / 2 ? mergedLives(result, resolution) : result
  }

  /// Where lives are shorter than a stretch, all of them within it become one step.
  private func mergedLives(_ steps: [Timeline.Step], _ resolution: UInt64) -> [Timeline.Step] {
    var result: [Timeline.Step] = []
    result.reserveCapacity(steps.count)
    for step in steps {
      if let last = result.last, step.time / resolution == last.time / resolution {
        result[result.count - 1].merge(step)
      } else {
        result.append(step)
      }
    }
    return result
  }

  // MARK: Memory

  /// Adds a step of memory. Those within one stretch become one.
  func add(_ step: Timeline.MemoryStep, to timeline: inout Timeline) {
    guard timeline.resolution > 0, let last = timeline.memory.indices.last,
      step.time / timeline.resolution == timeline.memory[last].time / timeline.resolution
    else { return timeline.memory.append(step) }
    timeline.memory[last].bytes = step.bytes
    timeline.memory[last].most = max(timeline.memory[last].most, step.most)
  }
}

extension Timeline.Span {
  /// Takes in another span of the same task, direction and device.
  mutating func merge(_ other: Timeline.Span) {
    start = min(start, other.start)
    end = max(end, other.end)
    count += other.count
    if failures == 0 { errno = other.errno }
    failures += other.failures
    busy &+= other.busy
    pages &+= other.pages
    if pagemap != other.pagemap { pagemap = 0 }
    if allocationSerial != other.allocationSerial {
      (allocation, allocationSerial, rangeStart, rangeEnd) = (0, 0, 0, 0)
    }
    if mm != other.mm { mm = 0 }
    if pid != other.pid { pid = -1 }
    if deviceIndex != other.deviceIndex { deviceIndex = nil }
  }
}

extension Timeline.Step {
  /// Takes in the next step of the same pagemap.
  mutating func merge(_ next: Timeline.Step) {
    let least = [fewest, next.fewest].compactMap { $0 }.min()
    let greatest = [most, next.most].compactMap { $0 }.max()
    let (first, number) = (time, count)
    self = next
    time = first
    (fewest, most, count) = (least, greatest, number + next.count)
  }
}

extension Timeline {
  /// The timeline with at most so many spans and so many steps of lanes and of memory each, as far
  /// as merging what is short can do that.
  package func coarsened(spans spanLimit: Int, steps stepLimit: Int) -> Timeline {
    var timeline = self
    var compactor = TimelineCompactor()
    while compactor.mayMergeMore,
      timeline.spans.count > spanLimit || timeline.memory.count > stepLimit
        || timeline.lanes.reduce(0, { $0 + $1.steps.count }) > stepLimit
    {
      compactor.coarsen(&timeline, by: 2)
    }
    for place in timeline.spans.indices {
      if timeline.spans[place].pid < 0 { timeline.spans[place].task = nil }
      if timeline.spans[place].deviceIndex == nil { timeline.spans[place].device = nil }
    }
    timeline.spans.sort { ($0.start, $0.pid, $0.end) < ($1.start, $1.pid, $1.end) }
    return timeline
  }
}
