internal import TestSupport

/// The events of a simulated kernel as its ring buffers would hold them.
package struct EventLog: Sendable {
  /// One event.
  package struct Entry: Sendable {
    package var cpu: UInt32
    package var time: UInt64
    package var id: UInt16
    package var name: String
    package var payload: [UInt8]
  }

  /// The events in the order of their stamps.
  package var entries: [Entry] = []
  /// When the recording ended.
  package var end: UInt64 = 0
  /// How many CPUs there are.
  package var cpus = 1
  /// The probes that were loaded.
  package var probes: Set<String> = []

  package init() {}

  /// What is written of the log.
  package struct Cut: Sendable {
    /// Which events are recorded, by their places; nil for all.
    package var window: Range<Int>?
    /// Which are lost, and their loss is marked.
    package var lost: Set<Int> = []
    /// Whether marks say how many events were lost.
    package var isCounted = true
    /// The trace's clock.
    package var clock = "mono"

    package init() {}
  }

  /// The log as a trace.dat.
  package func file(_ cut: Cut = Cut()) -> [UInt8] {
    var trace = TraceDatBuilder()
    trace.clock = cut.clock
    let layouts = EventLayouts.kernel.events
    for name in probes.sorted() {
      guard let layout = layouts[name] else { continue }
      trace.addFormat(system: layout.system, text: layout.text)
    }
    let window = cut.window ?? entries.indices
    var until = end
    if window.upperBound < entries.count { until = entries[window.upperBound].time }
    trace.recordedUntil = (Self.stamp(until, 0, window.upperBound, cut.clock) + 999) / 1000 * 1000
    for cpu in 0..<UInt32(cpus) { trace.addEmpty(cpu: cpu) }
    var lost: [UInt32: UInt64] = [:]
    for place in window {
      let entry = entries[place]
      if cut.lost.contains(place) {
        lost[entry.cpu, default: 0] += 1
        continue
      }
      if let count = lost.removeValue(forKey: entry.cpu) {
        trace.loseEvents(cpu: entry.cpu, count: cut.isCounted ? count : nil)
      }
      trace.addEvent(
        cpu: entry.cpu, timestamp: Self.stamp(entry.time, entry.cpu, place, cut.clock),
        id: entry.id,
        payload: entry.payload)
    }
    // What was lost at a CPU's end is told by its counters.
    for (cpu, count) in lost { trace.loseAtEnd(cpu: cpu, count: count) }
    return trace.finish()
  }

  /// A stamp by another clock: each CPU's own, jiffies, or a counter that is no time.
  private static func stamp(_ time: UInt64, _ cpu: UInt32, _ place: Int, _ clock: String)
    -> UInt64
  {
    switch clock {
    case "local": time + UInt64(cpu) * 37_777
    case "uptime": time / 4_000_000 * 4_000_000
    case "counter": 1000 + UInt64(place)
    default: time
    }
  }

  /// The log as text, one event a line: for people who look into a failure.
  package func text(_ range: Range<Int>? = nil) -> String {
    entries[range ?? entries.indices].map { entry in
      "\(entry.time) [\(entry.cpu)] \(entry.name)"
    }.joined(separator: "\n")
  }
}
