/// A run of records in the order of the merged trace, with the bytes of their payloads.
///
/// A reader fills the same batch again and again, so that no record costs an allocation. Only
/// records that the `EventSelection` wants are in it; the others are counted in the ledger.
package struct RecordBatch: Sendable {
  /// The records, in merge order: by timestamp, then buffer, then CPU, then place in the file.
  package var records: [RecordHeader] = []
  /// The payloads one after another, followed by at least `slack` zero bytes so that a decoder
  /// may load eight bytes at any payload offset.
  package var bytes: [UInt8] = []
  /// What the headers of the kinds `.lostEvents` and `.damage` index by `payloadOffset`.
  package var losses: [LostEvents] = []

  /// Zero bytes kept behind the last payload.
  package static let slack = 8

  package init() {}

  /// Empties the batch and keeps its storage.
  package mutating func removeAll() {
    records.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    losses.removeAll(keepingCapacity: true)
  }
}

/// What is known of one record before its payload is looked at.
package struct RecordHeader: BitwiseCopyable, Sendable {
  /// What an entry of a batch stands for.
  package enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// An event as the ring buffer stores it: `payload` starts with the common fields.
    case binary
    /// An event of a text trace: `payload` is the text behind `name: `, without the line end.
    case text
    /// Events were lost on `cpu` before the next record of that CPU: see `RecordBatch.losses`.
    case lostEvents
    /// Bytes could not be read, and events of any CPU may be missing between the two stamps of the entry
    /// of `RecordBatch.losses`; nil stands for the start and the end of the trace.
    case damage
  }

  /// In nanoseconds of the trace's clock where that clock counts time, else in its own units.
  package var timestamp: UInt64
  /// Where the payload starts in `RecordBatch.bytes`; for `.lostEvents` an index of `losses`.
  package var payloadOffset: UInt32
  /// The payload's length in bytes.
  package var payloadLength: UInt32
  /// The CPU that wrote the record.
  package var cpu: UInt32
  /// The task's id where the line told it (text); binary payloads carry it as `common_pid`.
  package var pid: Int32
  /// `common_type` of a binary record; for text the id that `EventSelection` gave the name.
  package var eventID: UInt16
  /// The index of the buffer (trace instance) in `TraceMetadata.buffers`.
  package var buffer: UInt16
  /// What this entry stands for.
  package var kind: Kind
  /// Whether the line told in which context the task ran (text); binary payloads carry it as
  /// `common_flags` and `common_preempt_count`.
  package var hasContext = false
  /// The same as `common_flags` and `common_preempt_count`, where `hasContext`. These fill the header
  /// up to 32 bytes, so that it is copied by whole words.
  package var contextFlags: UInt8 = 0
  package var contextCounts: UInt8 = 0

  package init(
    timestamp: UInt64, payloadOffset: UInt32, payloadLength: UInt32, cpu: UInt32, pid: Int32 = 0,
    eventID: UInt16, buffer: UInt16 = 0, kind: Kind
  ) {
    self.timestamp = timestamp
    self.payloadOffset = payloadOffset
    self.payloadLength = payloadLength
    self.cpu = cpu
    self.pid = pid
    self.eventID = eventID
    self.buffer = buffer
    self.kind = kind
  }
}

/// A gap in what one CPU recorded.
package struct LostEvents: Hashable, Sendable {
  /// The buffer (index) and the CPU whose events are missing.
  package var buffer: UInt16
  /// The CPU whose events are missing.
  package var cpu: UInt32
  /// How many events are missing, or nil where the trace only says that some are.
  package var count: UInt64?
  /// The last record of that CPU before the gap; nil where the gap is older than its first record.
  package var after: UInt64?
  /// The first record of that CPU behind the gap; nil where the gap lasts to the end.
  package var before: UInt64?

  package init(buffer: UInt16, cpu: UInt32, count: UInt64?, after: UInt64?, before: UInt64?) {
    self.buffer = buffer
    self.cpu = cpu
    self.count = count
    self.after = after
    self.before = before
  }
}

/// Which events a reader hands on.
package struct EventSelection: Sendable {
  /// The wanted `common_type` values of a binary trace, one bit each (65,536 bits).
  package private(set) var ids: [UInt64]
  /// Values of `common_type` that no format of the trace has, one bit each: their records are counted, since
  /// nobody knows what they are. Empty where that does not matter.
  package private(set) var formatless: [UInt64] = []
  /// Asked once for every distinct event name of a text trace: the id its records shall carry, or
  /// nil to count them only.
  package var idOfName: @Sendable (String) -> UInt16?
  /// Whether every record is wanted, whatever its type.
  package var wantsAll: Bool

  /// A selection of the events with these ids and of the text events that `idOfName` names.
  package init(
    ids: some Sequence<UInt16>, idOfName: @escaping @Sendable (String) -> UInt16? = { _ in nil }
  ) {
    self.ids = [UInt64](repeating: 0, count: 1024)
    self.idOfName = idOfName
    wantsAll = false
    for id in ids { self.ids[Int(id >> 6)] |= 1 << UInt64(id & 63) }
  }

  /// The same selection, with all ids above `floor` that are not among `known` taken as without a format.
  package func countingFormatless(above floor: UInt16, known: Set<UInt16>) -> EventSelection {
    var selection = self
    selection.formatless = [UInt64](repeating: .max, count: 1024)
    for id in 0...floor { selection.formatless[Int(id >> 6)] &= ~(1 << UInt64(id & 63)) }
    for id in known { selection.formatless[Int(id >> 6)] &= ~(1 << UInt64(id & 63)) }
    return selection
  }

  /// Whether no format of the trace has this id.
  package func isFormatless(_ id: UInt16) -> Bool {
    !formatless.isEmpty && formatless[Int(id >> 6)] & (1 << UInt64(id & 63)) != 0
  }

  /// Every record, for tools that list or count.
  package static var all: EventSelection {
    var selection = EventSelection(ids: [])
    selection.wantsAll = true
    return selection
  }
}
