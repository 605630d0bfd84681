/// Writes a trace in the kernel's vocabulary: what tasks do with pagemaps becomes the events that
/// Linux 7.3.4 would have recorded, with the counts it would have sampled.
///
///     var kernel = PagemapScenario()
///     let gpu = kernel.bind("0000:03:00.0")
///     let vm = kernel.vmCreate(gpu)
///     let allocation = kernel.migrateToDevmem(vm, at: 0x7f00_0000_0000, pages: 4)
///     kernel.munmap(allocation)
///     kernel.vmClose(vm)
///     let bytes = kernel.finish()
///
/// What a task does is told in program order; `now`, `cpu` and `pid` say when, where and by whom.
/// Events may be told in any order of time: each CPU's are sorted by their stamps, those with equal
/// stamps stay as told.
package struct PagemapScenario {
  /// The CPU and the task of what is told next.
  package var cpu: UInt32 = 0
  package var pid: Int32 = 100
  /// The stamp of the next event, in nanoseconds.
  package var now: UInt64 = 20_000_000_000
  /// What an event adds to `now`.
  package var tick: UInt64 = 2_000
  /// The trace's clock.
  package var clock = "mono"
  /// Whether events are recorded; the kernel's state changes either way.
  package var isRecording = true
  /// Probes that are not loaded: neither a format nor an event is in the trace.
  package var absentProbes: Set<String> = []
  /// Optional probes (those of `fixtures/event-formats/optional`) that are loaded although none of
  /// their events is recorded; those with events are loaded anyway.
  package var extraProbes: Set<String> = []
  /// Fields that probes do not record, by event.
  package var absentFields: [String: Set<String>] = [:]
  /// Whether the shrinker and the last put tell the driver that its destroy may sleep.
  package var destroyMaySleep = false
  /// Events that go missing without a mark, although their probes are loaded.
  package var missingEvents: Set<String> = []
  /// Whether `missing` took events away by now.
  package private(set) var hasLosses = false
  /// Which events are recorded, counted from the first that happened; nil for all. Behind the last
  /// one the recording stops.
  package var window: Range<Int>?
  /// The kernel's state.
  package var state = ScenarioState()

  fileprivate enum Content {
    case event(String, pid: Int32, [String: ScenarioFormats.Value])
    case loss(UInt64?)
  }

  fileprivate struct Entry {
    var cpu: UInt32
    var time: UInt64
    var content: Content

    var pid: Int32? {
      if case .event(_, let pid, _) = content { return pid }
      return nil
    }
  }

  private var entries: [Entry] = []
  private var stopped: UInt64?
  private var happened = 0

  package init() {}

  // MARK: Time and place

  /// Lets time go by.
  package mutating func wait(milliseconds: UInt64) { now += milliseconds * 1_000_000 }

  /// Lets time go by.
  package mutating func wait(microseconds: UInt64) { now += microseconds * 1000 }

  /// Tells something on another CPU or by another task, then comes back.
  @discardableResult
  package mutating func on<Result>(
    cpu: UInt32? = nil, pid: Int32? = nil, _ body: (inout PagemapScenario) -> Result
  ) -> Result {
    let (oldCPU, oldPID) = (self.cpu, self.pid)
    self.cpu = cpu ?? oldCPU
    self.pid = pid ?? oldPID
    defer { (self.cpu, self.pid) = (oldCPU, oldPID) }
    return body(&self)
  }

  /// Tells something that happened at another time; `now` stays as it was.
  package mutating func at(_ time: UInt64, _ body: (inout PagemapScenario) -> Void) {
    let old = now
    now = time
    body(&self)
    now = old
  }

  /// Tells something that is not recorded, without a mark.
  package mutating func unrecorded(_ body: (inout PagemapScenario) -> Void) {
    let old = isRecording
    isRecording = false
    body(&self)
    isRecording = old
  }

  /// Tells something of which certain events are not recorded, without a mark.
  package mutating func missing(
    _ names: Set<String>, _ body: (inout PagemapScenario) -> Void
  ) {
    let old = missingEvents
    hasLosses = true
    missingEvents.formUnion(names)
    body(&self)
    missingEvents = old
  }

  /// Ends the recording here; what is told from now on happens unseen.
  package mutating func stopRecording() {
    stopped = now
    isRecording = false
  }

  // MARK: Events

  /// Records an event and lets `tick` go by.
  package mutating func emit(_ name: String, _ values: [String: ScenarioFormats.Value]) {
    precondition(ScenarioFormats.kernel.formats[name] != nil, "no format of \(name)")
    defer {
      now += tick
      happened += 1
    }
    if let window, happened == window.upperBound { stopRecording() }
    if let window, !window.contains(happened) { return }
    guard isRecording, !missingEvents.contains(name) else { return }
    entries.append(Entry(cpu: cpu, time: now, content: .event(name, pid: pid, values)))
  }

  /// Loses events of this CPU here.
  ///
  /// - Parameter count: how many, or nil for a mark without a count.
  package mutating func loseEvents(count: UInt64?) {
    entries.append(Entry(cpu: cpu, time: now, content: .loss(count)))
  }

  /// How many events are recorded by now.
  package var eventCount: Int { entries.count }

  /// How many events happened by now, recorded or not.
  package var happenedCount: Int { happened }

  /// The names of the events that are recorded by now.
  package var recordedNames: Set<String> {
    Set(
      entries.compactMap { entry in
        if case .event(let name, _, _) = entry.content { return name }
        return nil
      })
  }

  /// Takes recorded events away, by their places in the order they were told, and marks each CPU's
  /// next event; what has no next event gets one at the end.
  package mutating func loseRecorded(_ places: Range<Int>, counted: Bool) {
    let places = places.clamped(to: entries.indices)
    var counts: [UInt32: (time: UInt64, count: UInt64)] = [:]
    for entry in entries[places] {
      counts[entry.cpu] = (
        max(counts[entry.cpu]?.time ?? 0, entry.time), (counts[entry.cpu]?.count ?? 0) + 1
      )
    }
    entries.removeSubrange(places)
    for (cpu, loss) in counts.sorted(by: { $0.key < $1.key }) {
      entries.append(
        Entry(cpu: cpu, time: loss.time, content: .loss(counted ? loss.count : nil)))
      on(cpu: cpu) { $0.emit("drm_pagemap_pagemap_ops_get", [:]) }
    }
  }

  /// Takes one recorded event away without a mark, by its place in the order they were told.
  package mutating func dropRecorded(_ place: Int) { entries.remove(at: place) }

  /// The name of a recorded event, by its place; empty for a mark.
  package func recordedName(_ place: Int) -> String {
    if case .event(let name, _, _) = entries[place].content { return name }
    return ""
  }

  // MARK: The file

  /// The trace as a file.
  package func finish(as container: TraceDatBuilder.Container = .version7(.none)) -> [UInt8] {
    var trace = TraceDatBuilder()
    trace.clock = clock
    let end = stopped ?? now
    trace.recordedUntil = (end + 999) / 1000 * 1000
    let formats = ScenarioFormats.kernel
    let extra = extraProbes.union(recordedNames)
    for (name, format) in formats.formats.sorted(by: { $0.value.id < $1.value.id })
    where !absentProbes.contains(name) && (!format.isOptional || extra.contains(name)) {
      var text = format.text
      for field in absentFields[name] ?? [] {
        text = text.replacing(" \(field);", with: " not_\(field);")
      }
      trace.addFormat(system: format.system, text: text)
    }
    for (index, task) in Set(entries.compactMap(\.pid)).sorted().enumerated() {
      trace.addComm(pid: task, name: "task\(index)")
    }
    let sorted = entries.enumerated().sorted { one, other in
      (one.element.time, one.offset) < (other.element.time, other.offset)
    }
    for cpu in 0...(entries.map(\.cpu).max() ?? 0) { trace.addEmpty(cpu: cpu) }
    for entry in sorted.map(\.element) {
      switch entry.content {
      case .event(let name, let pid, let values):
        guard !absentProbes.contains(name), let id = formats.formats[name]?.id else { continue }
        trace.addEvent(
          cpu: entry.cpu, timestamp: entry.time, id: id,
          payload: formats.payload(name, pid: pid, values))
      case .loss(let count): trace.loseEvents(cpu: entry.cpu, count: count)
      }
    }
    return trace.finish(as: container)
  }
}
