import PagemapAnalysis
import PagemapEvents
import PagemapModel
import PagemapRules
import TraceIngest
import TraceWords

/// A trace's timeline as the page's script reads it: `Assets/data.js`.
struct TimelineData {
  private var out = DataWriter()
  private var devices = IndexTable(first: "")
  private var tasks = IndexTable(first: "")
  private var addresses = IndexTable(first: UInt64(0))
  private let start: UInt64
  /// Nanoseconds in a unit of the data: more than one where the trace is longer than 104 days.
  private let shift: UInt64

  /// The data, or nil where it does not fit into so many bytes.
  static func encode(_ section: TraceSection, _ timeline: Timeline, limit: Int) -> [UInt8]? {
    var data = TimelineData(timeline)
    data.write(section, timeline)
    return data.out.bytes.count <= limit ? data.out.bytes : nil
  }

  private init(_ timeline: Timeline) {
    start = timeline.start ?? 0
    let length = (timeline.end ?? start) - start
    var shift: UInt64 = 0
    while length >> shift > DataWriter.largest { shift += 1 }
    self.shift = shift
  }

  private mutating func write(_ section: TraceSection, _ timeline: Timeline) {
    out.open("{")
    out.string(String(start), key: "start")
    out.number(relative(timeline.end ?? start), key: "length")
    out.number(1 << shift, key: "unit")
    out.number(section.time.isNanoseconds ? 1 : 0, key: "nanoseconds")
    out.number(timeline.resolution, key: "resolution")
    out.number(timeline.furtherLanes, key: "furtherLanes")
    spans(timeline.spans)
    out.open("[", key: "lanes")
    for lane in timeline.lanes { self.lane(lane, section.trace.findings) }
    out.close("]")
    memory(timeline.memory)
    gaps(section.trace)
    unplugs(section.trace)
    findings(section)
    errnos(timeline.spans)
    out.strings("devices", devices.values)
    out.strings("tasks", tasks.values)
    out.strings("addresses", addresses.values.map { Format.hexadecimal($0, digits: 1) })
    out.close("}")
  }

  /// A moment in units since the start.
  private func relative(_ time: UInt64) -> UInt64 { time > start ? (time - start) >> shift : 0 }

  private mutating func task(_ name: String?, _ pid: Int32) -> UInt64 {
    pid < 0 ? 0 : tasks.index(of: "\(name ?? "<...>")-\(pid)")
  }

  // MARK: Spans

  private mutating func spans(_ spans: [Timeline.Span]) {
    out.open("{", key: "spans")
    out.growing("start", spans.map { relative($0.start) })
    out.column("length", spans.map { relative($0.end) - relative($0.start) })
    out.column("direction", spans.map { UInt64($0.direction.place) })
    out.column("device", spans.map { devices.index(of: $0.device ?? "") })
    out.column("task", spans.map { task($0.task, $0.pid) })
    out.column("cpu", spans.map { UInt64($0.cpu) })
    out.column("pagemap", spans.map { addresses.index(of: $0.pagemap) })
    out.column("allocation", spans.map { addresses.index(of: $0.allocation) })
    out.column("range", spans.map { addresses.index(of: $0.rangeStart) })
    out.column("size", spans.map { $0.rangeEnd > $0.rangeStart ? $0.rangeEnd - $0.rangeStart : 0 })
    out.column("mm", spans.map { addresses.index(of: $0.mm) })
    out.column("pages", spans.map(\.pages))
    sparse(spans)
    out.close("}")
  }

  /// What few spans have, by place.
  private mutating func sparse(_ spans: [Timeline.Span]) {
    let merged = spans.indices.filter { spans[$0].count > 1 }
    out.growing("mergedAt", merged.map(UInt64.init))
    out.column("count", merged.map { spans[$0].count })
    out.column("busy", merged.map { spans[$0].busy })
    let failed = spans.indices.filter { spans[$0].failures > 0 }
    out.growing("failedAt", failed.map(UInt64.init))
    out.column("failures", failed.map { spans[$0].failures })
    out.signedColumn("errno", failed.map { spans[$0].errno })
    out.growing("openAt", spans.indices.filter { spans[$0].isOpen }.map(UInt64.init))
  }

  private mutating func errnos(_ spans: [Timeline.Span]) {
    let numbers = Set(spans.filter { $0.failures > 0 }.map(\.errno)).sorted()
    out.open("[", key: "errnos")
    for number in numbers {
      out.open("[")
      out.signed(number)
      out.string(Errno.name(number))
      out.close("]")
    }
    out.close("]")
  }

  // MARK: Lanes

  private mutating func lane(_ lane: Timeline.Lane, _ findings: [Finding]) {
    let steps = lane.steps
    let leaks = findings.filter {
      $0.object.kind == .pagemap && $0.object.address == lane.address
        && ($0.ledger?.unattributed ?? 0) > 0
    }
    out.open("{")
    out.number(addresses.index(of: lane.address), key: "address")
    out.number(devices.index(of: lane.device ?? ""), key: "device")
    out.growing("time", steps.map { relative($0.time) })
    out.column("epoch", steps.map { UInt64($0.epoch) })
    out.column("state", steps.map { UInt64($0.state.rawValue) })
    out.signedColumn("references", steps.map(\.references))
    out.signedColumn("explained", steps.map { explained($0, leaks) })
    out.column("task", steps.map { task($0.task, $0.pid) })
    let merged = steps.indices.filter { steps[$0].count > 1 }
    out.growing("mergedAt", merged.map(UInt64.init))
    out.column("count", merged.map { steps[$0].count })
    out.signedColumn("fewest", merged.map { steps[$0].fewest })
    out.signedColumn("most", merged.map { steps[$0].most })
    out.growing("adoptedAt", steps.indices.filter { steps[$0].isAdopted }.map(UInt64.init))
    out.close("}")
  }

  /// How many references known holders account for: as it was at the step, less what a finding shows
  /// to have been nobody's from then on.
  private func explained(_ step: Timeline.Step, _ leaks: [Finding]) -> Int64 {
    var explained = step.explained
    for leak in leaks where leak.object.epoch == step.epoch {
      guard let ledger = leak.ledger, let references = step.references,
        step.time >= (ledger.appearedBefore ?? ledger.sampledAt).time
      else { continue }
      explained = max(0, min(explained, references &- ledger.unattributed))
    }
    return explained
  }

  private mutating func memory(_ steps: [Timeline.MemoryStep]) {
    out.open("{", key: "memory")
    out.growing("time", steps.map { relative($0.time) })
    out.column("bytes", steps.map(\.bytes))
    out.column("most", steps.map(\.most))
    out.close("}")
  }

  // MARK: Marks

  private mutating func gaps(_ trace: TraceAnalysis) {
    out.open("[", key: "gaps")
    for gap in trace.ledger?.cpus.flatMap(\.gaps) ?? [] {
      out.open("[")
      out.signed(gap.after.map { Int64(relative($0)) })
      out.signed(gap.before.map { Int64(relative($0)) })
      out.number(UInt64(gap.cpu))
      out.signed(gap.count.map { Int64(min($0, DataWriter.largest)) })
      out.string(trace.metadata?.bufferName(gap.buffer) ?? "")
      out.close("]")
    }
    out.close("]")
    out.open("[", key: "damage")
    for damage in trace.ledger?.damage ?? [] {
      out.open("[")
      out.signed(damage.cpu.map { Int64($0) })
      out.string(TextReporter.sentence(damage))
      out.close("]")
    }
    out.close("]")
  }

  private mutating func unplugs(_ trace: TraceAnalysis) {
    out.open("[", key: "unplugs")
    for device in trace.summary?.devices ?? [] {
      guard let time = device.unpluggedAt else { continue }
      out.open("[")
      out.number(relative(time))
      out.string(device.name ?? Format.address(device.drm))
      out.close("]")
    }
    out.close("]")
  }

  private mutating func findings(_ section: TraceSection) {
    out.open("[", key: "findings")
    for (place, finding) in section.trace.findings.prefix(section.findingLimit).enumerated() {
      out.open("{")
      out.string(section.findingID(place), key: "id")
      out.number(relative(finding.firstSeen.time), key: "time")
      out.string(finding.rule.description, key: "rule")
      out.string(finding.severity.rawValue, key: "severity")
      out.string(finding.title.text(section.time), key: "title")
      out.string(finding.object.kind.rawValue, key: "kind")
      out.string(finding.object.device ?? "", key: "device")
      let moment = finding.firstSeen
      out.number(task(moment.task, moment.pid), key: "task")
      out.number(addresses.index(of: finding.object.address), key: "address")
      out.column("evidence", finding.evidence.prefix(200).map { relative($0.moment.time) })
      out.close("}")
    }
    out.close("]")
  }
}

extension MigrationDirection {
  /// Its place among all directions.
  var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
