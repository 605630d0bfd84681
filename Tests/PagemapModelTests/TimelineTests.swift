import PagemapEvents
import Testing

@testable import PagemapModel

@Suite struct TimelineTests {
  private func call(
    _ start: UInt64, _ end: UInt64, pid: Int32 = 7, device: UInt64? = 0,
    direction: MigrationDirection = .systemToDevice, result: Int64 = 0
  ) -> Activity {
    .call(
      CallActivity(
        direction: direction, start: start, end: end, cpu: 0, pid: pid, sequence: start,
        result: result, pages: 16, device: device, pagemap: 1, allocation: start,
        allocationSerial: start, rangeStart: start, rangeEnd: start &+ 4096, mm: 1))
  }

  private func pagemap(
    _ time: UInt64, _ address: UInt64 = 1, references: Int64? = 1, epoch: UInt32 = 1,
    state: Pagemap.State = .active
  ) -> Activity {
    .pagemap(
      PagemapActivity(
        time: time, sequence: time, pid: 7, address: address, epoch: epoch, serial: UInt64(epoch),
        isAdopted: false, drm: 9, device: 0, state: state, references: references, explained: 0))
  }

  private func timeline(
    _ activities: [Activity], spans: Int = 64, steps: Int = 64, lanes: Int = 4, memory: Int = 16
  ) -> Timeline {
    var limits = TimelineRecorder.Limits()
    (limits.spans, limits.steps, limits.lanes, limits.memory) = (spans, steps, lanes, memory)
    var recorder = TimelineRecorder(limits: limits)
    for activity in activities { recorder.take([activity]) }
    return recorder.finish(KernelMirror(probes: ProbeInventory()), end: nil, devices: Names()) {
      "t\($0)"
    }
  }

  @Test func whatFitsIsKeptAsItIs() {
    let shown = timeline([call(100, 200), call(50, 300, result: -16), pagemap(60), pagemap(70)])
    #expect(shown.resolution == 0)
    #expect(shown.spans.map(\.start) == [50, 100])
    #expect(shown.spans.map(\.failures) == [1, 0])
    #expect(shown.spans.map(\.errno) == [16, 0])
    #expect(shown.spans.map(\.task) == ["t7", "t7"])
    #expect(shown.lanes.map(\.steps.count) == [2])
    #expect(shown.start == 50)
    #expect(shown.end == 300)
  }

  /// However much there is, nothing is dropped: calls, failures, pages and time add up.
  @Test(arguments: [UInt64(1), 1000, 1_000_000])
  func mergedSpansAddUp(_ distance: UInt64) {
    let count: UInt64 = 5000
    let calls = (0..<count).map { (number: UInt64) -> Activity in
      let start = number * distance
      let result: Int64 = number % 10 == 0 ? -16 : 0
      return call(start, start + distance / 2, pid: Int32(number % 3), result: result)
    }
    let shown = timeline(calls)
    #expect(shown.spans.count <= 64)
    #expect(shown.spans.reduce(0) { $0 + $1.count } == count)
    #expect(shown.spans.reduce(0) { $0 + $1.failures } == count / 10)
    #expect(shown.spans.reduce(0) { $0 + $1.pages } == 16 * count)
    #expect(shown.spans.reduce(0) { $0 + $1.busy } == count * (distance / 2))
    #expect(shown.end == (count - 1) * distance + distance / 2)
    #expect(shown.resolution > 0)
  }

  /// What is long stays on its own while short ones around it are merged.
  @Test func longCallsStandOut() {
    var calls = (0..<4000).map { call($0 * 1000, $0 * 1000 + 10) }
    calls.append(call(100, 3_900_000))
    let shown = timeline(calls)
    let long = shown.spans.filter { $0.count == 1 && $0.end - $0.start == 3_899_900 }
    #expect(long.count == 1)
  }

  /// Every call by a task of its own, and thousands of devices: the bound holds, and so does time.
  @Test func manyTasksAndDevicesAreBounded() {
    let calls = (0..<20_000).map { (number: Int) -> Activity in
      let start = UInt64(number)
      let direction = MigrationDirection.allCases[number % 4]
      return call(
        start, start + 1, pid: Int32(number), device: start % 4000, direction: direction)
    }
    let shown = timeline(calls)
    #expect(shown.spans.count <= 64)
    #expect(shown.spans.reduce(0) { $0 + $1.count } == 20_000)
    #expect(shown.spans.contains { $0.pid == -1 })
  }

  @Test func mergedStepsKeepTheBounds() {
    let steps = (0..<4000).map { (number: Int64) -> Activity in
      pagemap(UInt64(number), references: number % 50)
    }
    let shown = timeline(steps)
    let lane = shown.lanes[0].steps
    #expect(lane.count <= 64)
    #expect(lane.reduce(0) { $0 + $1.count } == 4000)
    #expect(lane.compactMap(\.most).max() == 49)
    #expect(lane.compactMap(\.fewest).min() == 0)
    #expect(lane.last?.references == Int64(49))
    #expect(lane.map(\.time) == lane.map(\.time).sorted())
  }

  @Test func livesInQuickSuccessionAreBounded() {
    let steps = (0..<4000).map { (number: Int) -> Activity in
      let state: Pagemap.State = number % 2 == 0 ? .active : .destroyed
      return pagemap(UInt64(number), epoch: UInt32(number + 1), state: state)
    }
    #expect(timeline(steps).lanes[0].steps.count <= 64)
  }

  @Test func lanesBeyondTheLimitAreCounted() {
    let steps = (0..<40).map { (number: UInt64) -> Activity in pagemap(number, number % 20 + 1) }
    let shown = timeline(steps)
    #expect(shown.lanes.count == 4)
    #expect(shown.furtherLanes == 16)
  }

  @Test func memoryIsBounded() {
    let steps = (0..<1000).map { Activity.memory(time: UInt64($0), bytes: UInt64($0 % 7)) }
    let shown = timeline(steps)
    #expect(shown.memory.count <= 16)
    #expect(shown.memory.map(\.most).max() == 6)
    #expect(shown.memory.last?.bytes == UInt64(5))
  }

  @Test func extremesDoNotOverflow() {
    var activities = [call(0, .max), call(.max, .max, result: .min)]
    activities.append(pagemap(.max, references: .min))
    for pid: Int32 in 0..<200 { activities.append(call(.max - 1, .max, pid: pid)) }
    let shown = timeline(activities)
    #expect(shown.spans.count <= 64)
    #expect(shown.spans.reduce(0) { $0 + $1.count } == 202)
    #expect(timeline([]).isEmpty)
  }
}

@Suite struct ActivityTests {
  private struct Told {
    var mirror: KernelMirror
    var now: UInt64 = 1000
    var all: [Activity] = []

    init(recording: Bool = true) {
      var probes = ProbeInventory()
      probes.present = PagemapEvent.Kind.allCases.map {
        ProbeInventory.Probe(name: "\($0)", kind: $0, fields: [], count: 0)
      }
      mirror = KernelMirror(probes: probes)
      mirror.news.recordsActivity = recording
    }

    mutating func tell(_ kind: PagemapEvent.Kind, _ fields: [PagemapEvent.Field: UInt64]) {
      var event = PagemapEvent()
      event.kind = kind
      event.timestamp = now
      event.sequence = now
      event.pid = 7
      for (field, value) in fields { event[field] = value }
      now += 10
      mirror.apply(event)
      all += mirror.news.activities
    }

    mutating func story() {
      tell(.pagemapInit, [.dpagemap: 1, .drm: 0x1000])
      tell(.pagemapInitReturn, [.dpagemap: 1, .ref: 1, .result: 0])
      tell(.devmemInit, [.devmem: 5, .dpagemap: 1, .size: 65536])
      tell(.migrateToDevmem, [.devmem: 5, .start: 0x10000, .end: 0x20000, .mm: 3])
      tell(
        .migrateToDevmemReturn,
        [.devmem: 5, .start: 0x10000, .end: 0x20000, .mm: 3, .result: 0])
      tell(.evictToRam, [.devmem: 5, .dpagemap: 1])
      tell(.evictToRamReturn, [.devmem: 5, .result: UInt64(bitPattern: -16)])
      tell(.pagemapPut, [.dpagemap: 1, .ref: 1])
      tell(.pagemapRelease, [.dpagemap: 1, .ref: 0])
    }
  }

  @Test func nothingIsToldUnasked() {
    var told = Told(recording: false)
    told.story()
    #expect(told.all.isEmpty)
  }

  @Test func callsAndStatesAreTold() {
    var told = Told()
    told.story()
    var calls: [CallActivity] = []
    var states: [(Pagemap.State, Int64?)] = []
    for activity in told.all {
      switch activity {
      case .call(let call): calls.append(call)
      case .pagemap(let change): states.append((change.state, change.references))
      case .memory: break
      }
    }
    #expect(calls.map(\.direction) == [.systemToDevice, .deviceToSystemByEviction])
    #expect(calls.map { $0.end - $0.start } == [10, 10])
    #expect(calls.map(\.result) == [0, -16])
    #expect(calls.map(\.pagemap) == [1, 1])
    #expect(calls.map(\.rangeStart) == [0x10000, 0x10000])
    #expect(calls[0].allocationSerial == calls[1].allocationSerial)
    #expect(states.map(\.0).first == .active)
    #expect(states.map(\.0).last == .releasing)
    #expect(states.map(\.1).contains(1))
  }

  @Test func whatHasNotReturnedIsOpen() {
    var told = Told()
    told.tell(.devmemInit, [.devmem: 5, .dpagemap: 1, .size: 65536])
    told.tell(.evictToRam, [.devmem: 5, .dpagemap: 1])
    var recorder = TimelineRecorder()
    let shown = recorder.finish(told.mirror, end: 5000, devices: Names()) { _ in nil }
    #expect(shown.spans.map(\.isOpen) == [true])
    #expect(shown.spans.map(\.end) == [5000])
  }
}
