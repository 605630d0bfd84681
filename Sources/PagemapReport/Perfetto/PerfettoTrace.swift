/// A Perfetto trace in the making: tracks and the events on them, in the encoding of TrackEvent.
///
/// Field numbers are those of Perfetto's protos/perfetto/trace/trace_packet.proto and
/// track_event/*.proto, which keep their meaning over versions.
struct PerfettoTrace: Sendable {
  /// A track: what its events name it by.
  struct Track: Hashable, Sendable {
    let uuid: UInt64
    /// A track that everything without a parent hangs under.
    static let root = Track(uuid: 0)
  }

  /// What a counter counts: `CounterDescriptor.Unit`.
  enum Unit: UInt64, Sendable {
    case count = 2
    case bytes = 3
  }

  /// One packet that has a stamp: its place in `arena`.
  private struct Stamped {
    var time: UInt64
    var body: Range<Int>
  }

  private var descriptors: [[UInt8]] = []
  private var arena: [UInt8] = []
  private var events: [Stamped] = []
  private var uuids: Set<UInt64> = [0]
  private var children: [UInt64: UInt64] = [:]

  // MARK: Tracks

  /// Adds a track. Its number is made of the names on the way to it, so that the same trace gives
  /// the same numbers; tracks of the same name under one parent are shown as one with several rows.
  mutating func track(
    _ name: String, under parent: Track, unit: Unit? = nil, description: String? = nil
  ) -> Track {
    let uuid = freshUUID(name, parent)
    let rank = children[parent.uuid, default: 0]
    children[parent.uuid] = rank + 1
    var body = ProtoBuffer()
    body.number(1, uuid)
    body.text(2, UntrustedText.escaped(name))
    if parent != .root { body.number(5, parent.uuid) }
    if let unit { body.message(8) { $0.number(3, unit.rawValue) } }
    body.number(11, 3)  // child_ordering: EXPLICIT, by rank
    body.number(12, min(rank, UInt64(Int32.max)))
    if let description { body.text(14, UntrustedText.escaped(description)) }
    descriptors.append(body.bytes)
    return Track(uuid: uuid)
  }

  /// FNV-1a of the parent's number and the name; where another track has it, the next free one.
  private mutating func freshUUID(_ name: String, _ parent: Track) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ parent.uuid
    for byte in name.utf8 {
      hash ^= UInt64(byte)
      hash = hash &* 0x100_0000_01b3
    }
    while !uuids.insert(hash).inserted { hash &+= 1 }
    return hash
  }

  // MARK: Events

  /// Something that lasts, from its begin; `TYPE_SLICE_BEGIN`. What has no end did not return.
  mutating func begin(
    _ name: String, _ category: String, on track: Track, at time: UInt64,
    flows: PerfettoFlows = PerfettoFlows(), _ notes: PerfettoNotes = PerfettoNotes()
  ) {
    add(time) { event in
      event.number(9, 1)
      event.number(11, track.uuid)
      event.text(22, category)
      event.text(23, UntrustedText.escaped(name))
      flows.write(to: &event)
      notes.write(to: &event)
    }
  }

  /// The end of what began last on a track; `TYPE_SLICE_END`.
  mutating func end(on track: Track, at time: UInt64, _ notes: PerfettoNotes = PerfettoNotes()) {
    add(time) { event in
      event.number(9, 2)
      event.number(11, track.uuid)
      notes.write(to: &event)
    }
  }

  /// Something that happened at a moment; `TYPE_INSTANT`.
  mutating func instant(
    _ name: String, _ category: String, on track: Track, at time: UInt64,
    _ notes: PerfettoNotes = PerfettoNotes()
  ) {
    add(time) { event in
      event.number(9, 3)
      event.number(11, track.uuid)
      event.text(22, category)
      event.text(23, UntrustedText.escaped(name))
      notes.write(to: &event)
    }
  }

  /// The value of a counter from a moment on; `TYPE_COUNTER`.
  mutating func count(_ value: Int64, on track: Track, at time: UInt64) {
    add(time) { event in
      event.number(9, 4)
      event.number(11, track.uuid)
      event.signed(30, value)
    }
  }

  private mutating func add(_ time: UInt64, _ fill: (inout ProtoBuffer) -> Void) {
    var event = ProtoBuffer()
    fill(&event)
    let start = arena.count
    arena.append(contentsOf: event.bytes)
    // Perfetto's stamps are signed.
    events.append(Stamped(time: min(time, UInt64(Int64.max)), body: start..<arena.count))
  }

  // MARK: Packets

  /// The file: the clock, the tracks, then the events by their stamps; at equal stamps, in the order
  /// in which they were added, so that what ends on a track ends before the next begins.
  func packets(_ clock: PerfettoClock) -> [UInt8] {
    var file = ProtoBuffer()
    let order = events.indices.sorted { (events[$0].time, $0) < (events[$1].time, $1) }
    let first = order.first.map { events[$0].time } ?? 0
    packet(&file, flags: 1) { packet in
      packet.number(8, first)
      packet.number(58, clock.rawValue)
      packet.message(6) { snapshot in
        snapshot.message(1) { reading in
          reading.number(1, clock.rawValue)
          reading.number(2, first)
        }
        snapshot.number(2, clock.rawValue)
      }
    }
    for descriptor in descriptors {
      packet(&file, flags: 2) { $0.message(60, descriptor) }
    }
    for index in order {
      packet(&file, flags: 2) { packet in
        packet.number(8, events[index].time)
        packet.number(58, clock.rawValue)
        packet.message(11, arena[events[index].body])
      }
    }
    return file.bytes
  }

  /// One packet of the only sequence. `flags` are `SEQ_INCREMENTAL_STATE_CLEARED` (1), where the
  /// sequence begins, and `SEQ_NEEDS_INCREMENTAL_STATE` (2).
  private func packet(
    _ file: inout ProtoBuffer, flags: UInt64, _ fill: (inout ProtoBuffer) -> Void
  ) {
    file.message(1) { packet in
      fill(&packet)
      packet.number(10, 1)
      packet.number(13, flags)
      if flags == 1 { packet.flag(87, true) }
    }
  }
}

/// The clock that stamps are of, as Perfetto numbers it (`BuiltinClock`).
///
/// The first packet names it as the primary clock of the trace: stamps by it are the trace's time as
/// they stand, and the viewer needs no other clock to place them. Without that, stamps of any clock
/// but BOOTTIME would be dropped, as nothing in the file says how they relate to it. Other clocks of
/// ftrace (`local`, `global`, `perf`, …) have no number there; their stamps go as BOOTTIME, which
/// shows them as they are.
enum PerfettoClock: UInt64, Sendable {
  case monotonic = 3
  case monotonicRaw = 5
  case boot = 6

  /// The clock with this name in tracefs.
  init(_ name: String?) {
    switch name {
    case "mono": self = .monotonic
    case "mono_raw": self = .monotonicRaw
    default: self = .boot
    }
  }
}
