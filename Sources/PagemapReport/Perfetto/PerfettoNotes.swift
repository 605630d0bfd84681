/// What is to be known of an event besides its name, its track and its time: Perfetto's debug
/// annotations, in the order in which they were added.
struct PerfettoNotes: Sendable {
  private var buffer = ProtoBuffer()

  init() {}

  /// The annotations that `fill` adds.
  init(_ fill: (inout PerfettoNotes) -> Void) { fill(&self) }

  /// Text; nil adds nothing.
  mutating func add(_ name: String, _ value: String?) {
    guard let value else { return }
    note(name) { $0.text(6, UntrustedText.escaped(value)) }
  }

  /// Lines of text; none adds nothing.
  mutating func add(_ name: String, lines: [String]) {
    guard !lines.isEmpty else { return }
    note(name) { note in
      for line in lines {
        note.message(12) { $0.text(6, UntrustedText.escaped(line)) }
      }
    }
  }

  /// Adds a number without a sign.
  mutating func add(_ name: String, number value: UInt64) { note(name) { $0.number(3, value) } }

  /// A number that may be negative.
  mutating func add(_ name: String, signed value: Int64) { note(name) { $0.signed(4, value) } }

  /// An address of the kernel or of a process; 0 adds nothing.
  mutating func add(_ name: String, address value: UInt64) {
    guard value != 0 else { return }
    note(name) { $0.number(7, value) }
  }

  /// Whether something is so.
  mutating func add(_ name: String, flag value: Bool) { note(name) { $0.flag(2, value) } }

  private mutating func note(_ name: String, _ fill: (inout ProtoBuffer) -> Void) {
    buffer.message(4) { note in
      note.text(10, name)
      fill(&note)
    }
  }

  /// Writes them into a `TrackEvent`, whose field 4 they are.
  func write(to event: inout ProtoBuffer) { event.append(buffer) }
}

/// The arrows that an event is part of.
struct PerfettoFlows: Sendable {
  /// Arrows that go on from here; an arrow begins at the first event that has it.
  var through: [UInt64] = []
  /// Arrows that end here.
  var ending: [UInt64] = []

  /// Writes them into a `TrackEvent`.
  func write(to event: inout ProtoBuffer) {
    for flow in through { event.fixed64(47, flow) }
    for flow in ending { event.fixed64(48, flow) }
  }
}
