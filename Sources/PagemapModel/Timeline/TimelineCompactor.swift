/// Makes a timeline smaller by showing less of what is short.
struct TimelineCompactor: Sendable {
  /// Whether a coarser look may still merge something.
  private(set) var mayMergeMore = true

  /// The resolution at which everything of one kind has become one.
  private static let coarsest = UInt64.max

  /// Merges what falls into one stretch of time; `coarser` makes the stretches twice as long first.
  mutating func compact(_ timeline: inout Timeline, coarser: Bool) {
    let length = (timeline.end ?? 0) - (timeline.start ?? 0)
    if coarser || timeline.resolution == 0 {
      let doubled = timeline.resolution >= 1 << 62 ? Self.coarsest : timeline.resolution << 1
      // The first look is one that can be told apart on no screen.
      timeline.resolution = max(doubled, length >> 14, 1)
    }
    mayMergeMore = timeline.resolution < Self.coarsest
    timeline.spans = merged(timeline.spans, timeline.resolution, length)
    for place in timeline.lanes.indices {
      timeline.lanes[place].steps = merged(timeline.lanes[place].steps, timeline.resolution)
    }
    timeline.memory = merged(timeline.memory, timeline.resolution)
  }

  // MARK: Spans

  private var places: [Bucket: Int] = [:]

  private struct Bucket: Hashable, Sendable {
    var number: UInt64
    var direction: MigrationDirection
    var device: UInt64?
    var pid: Int32
    var isOpen: Bool

    /// One word for all of it: there are as many look-ups as there are calls, several times over.
    func hash(into hasher: inout Hasher) {
      let place = (device ?? .max) &* 0x9e37_79b9_7f4a_7c15
      let task = UInt64(UInt32(bitPattern: pid)) << 3 | UInt64(direction.place)
      hasher.combine(number &* 0xff51_afd7_ed55_8ccd ^ place ^ task << 1 ^ (isOpen ? 1 : 0))
    }
  }

  /// Short spans of one task, direction and device within one stretch become one. Once a stretch is
  /// longer than the trace, those of all tasks do, and at last those of all devices.
  private mutating func merged(
    _ spans: [Timeline.Span], _ resolution: UInt64, _ length: UInt64
  )
    -> [Timeline.Span]
  {
    var result: [Timeline.Span] = []
    result.reserveCapacity(spans.count)
    places.removeAll(keepingCapacity: true)
    let isCoarsest = resolution == Self.coarsest
    for span in spans {
      guard span.end - span.start < resolution || isCoarsest else {
        result.append(span)
        continue
      }
      let bucket = Bucket(
        number: isCoarsest ? 0 : span.start / resolution, direction: span.direction,
        device: isCoarsest || resolution >> 1 > length ? nil : span.deviceIndex,
        pid: isCoarsest || resolution > length ? -1 : span.pid, isOpen: span.isOpen)
      if let place = places[bucket] {
        result[place].merge(span)
      } else {
        places[bucket] = result.count
        result.append(span)
      }
    }
    return result
  }

  // MARK: Steps

  /// Steps within one stretch become one, unless the pagemap's state changed.
  private func merged(_ steps: [Timeline.Step], _ resolution: UInt64) -> [Timeline.Step] {
    var result: [Timeline.Step] = []
    for step in steps {
      if let last = result.last, step.time / resolution == last.time / resolution,
        last.state == step.state, last.epoch == step.epoch
      {
        result[result.count - 1].merge(step)
      } else {
        result.append(step)
      }
    }
    return result.count > steps.count / 2 ? mergedLives(result, resolution) : result
  }

  /// Where lives are shorter than a stretch, all of them within it become one step.
  private func mergedLives(_ steps: [Timeline.Step], _ resolution: UInt64) -> [Timeline.Step] {
    var result: [Timeline.Step] = []
    for step in steps {
      if let last = result.last, step.time / resolution == last.time / resolution {
        result[result.count - 1].merge(step)
      } else {
        result.append(step)
      }
    }
    return result
  }

  private func merged(_ steps: [Timeline.MemoryStep], _ resolution: UInt64)
    -> [Timeline.MemoryStep]
  {
    var result: [Timeline.MemoryStep] = []
    for step in steps {
      if let last = result.last, step.time / resolution == last.time / resolution {
        result[result.count - 1].bytes = step.bytes
        result[result.count - 1].most = max(last.most, step.most)
      } else {
        result.append(step)
      }
    }
    return result
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
      compactor.compact(&timeline, coarser: true)
    }
    for place in timeline.spans.indices {
      if timeline.spans[place].pid < 0 { timeline.spans[place].task = nil }
      if timeline.spans[place].deviceIndex == nil { timeline.spans[place].device = nil }
    }
    timeline.spans.sort { ($0.start, $0.pid, $0.end) < ($1.start, $1.pid, $1.end) }
    return timeline
  }
}
