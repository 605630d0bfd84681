package import PagemapEvents
package import TraceWords

/// What is kept of an event once it has passed: enough to show it as evidence.
///
/// A note has a fixed size and no storage of its own, so that objects can keep a few each.
package struct EventNote: Sendable {
  /// The event's place in the merged trace.
  package var sequence: UInt64 = 0
  /// By the trace's clock, in nanoseconds.
  package var time: UInt64 = 0
  /// The CPU.
  package var cpu: UInt32 = 0
  /// The task.
  package var pid: Int32 = 0
  /// What happened.
  package var kind: PagemapEvent.Kind = .pagemapInit
  private var count: UInt8 = 0
  private var fields = InlineArray<4, PagemapEvent.Field>(repeating: .dpagemap)
  private var values = InlineArray<4, UInt64>(repeating: 0)

  /// A note of `event` with those of the given fields that are present.
  package init(
    _ event: borrowing PagemapEvent, _ first: PagemapEvent.Field,
    _ second: PagemapEvent.Field? = nil, _ third: PagemapEvent.Field? = nil,
    _ fourth: PagemapEvent.Field? = nil
  ) {
    sequence = event.sequence
    time = event.timestamp
    cpu = event.cpu
    pid = event.pid
    kind = event.kind
    keep(first, of: event)
    if let second { keep(second, of: event) }
    if let third { keep(third, of: event) }
    if let fourth { keep(fourth, of: event) }
  }

  /// A note of an event of which no more than this is known any more.
  package init(
    kind: PagemapEvent.Kind, sequence: UInt64, time: UInt64, cpu: UInt32, pid: Int32
  ) {
    self.kind = kind
    self.sequence = sequence
    self.time = time
    self.cpu = cpu
    self.pid = pid
  }

  private mutating func keep(_ field: PagemapEvent.Field, of event: borrowing PagemapEvent) {
    guard let value = event[field] else { return }
    fields[Int(count)] = field
    values[Int(count)] = value
    count += 1
  }

  /// Whether an event of the same function may be the same occurrence, told by a second probe of it.
  package func isTwin(of event: borrowing PagemapEvent) -> Bool {
    kind == event.kind && pid == event.pid && cpu == event.cpu && event.timestamp >= time
      && event.timestamp - time < 5_000
  }

  /// When, where and by whom.
  package var moment: Moment { Moment(time: time, cpu: cpu, pid: pid) }

  /// The fields that were kept, in the order they were asked for.
  package var keptFields: [(field: PagemapEvent.Field, value: UInt64)] {
    (0..<Int(count)).map { (fields[$0], values[$0]) }
  }

  /// A field that was kept; nil where it was not.
  package func value(of field: PagemapEvent.Field) -> UInt64? {
    for place in 0..<Int(count) where fields[place] == field { return values[place] }
    return nil
  }

  /// The note as evidence; `remark` says what it shows.
  package func evidence(_ remark: Sentence = Sentence()) -> Evidence {
    var words: [Sentence] = keptFields.map { field, value in
      "\(field.label)=\(Self.words(for: value, field))"
    }
    if !remark.isEmpty { words.append(words.isEmpty ? remark : "— \(remark)") }
    return Evidence(
      moment: moment, event: "\(kind.label)", detail: words.joined(separator: " "),
      sequence: sequence)
  }

  private static func words(for value: UInt64, _ field: PagemapEvent.Field) -> Sentence {
    let signed = Int64(bitPattern: value)
    if field == .result, signed < 0, signed >= -4095 {
      return "\(signed) (-\(errno: -signed))"
    }
    return Sentence(value, of: field)
  }
}

/// The last few notes of an object, oldest first.
package struct NoteRing: Sendable {
  private var notes: [EventNote] = []
  private var next = 0
  private let capacity: Int

  package init(capacity: Int) { self.capacity = capacity }

  /// Adds a note; the oldest one goes where the ring is full.
  package mutating func append(_ note: EventNote) {
    if notes.count < capacity {
      // Many objects have few notes: room for twice as many would be room for nothing.
      if notes.count % 4 == 0 { notes.reserveCapacity(min(notes.count + 4, capacity)) }
      notes.append(note)
    } else {
      notes[next] = note
      next = (next + 1) % capacity
    }
  }

  /// The notes, oldest first.
  package var all: [EventNote] { Array(notes[next...]) + Array(notes[..<next]) }
  /// The newest note.
  package var last: EventNote? {
    notes.isEmpty ? nil : notes[next == 0 ? notes.count - 1 : next - 1]
  }
}

/// Two notes are equal where they are of the same event, whatever they keep of it.
extension EventNote: Hashable {
  package static func == (one: EventNote, other: EventNote) -> Bool {
    one.sequence == other.sequence && one.time == other.time
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(sequence) }
}
