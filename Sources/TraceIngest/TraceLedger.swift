/// What of a trace was read, and what is known to be missing.
///
/// Everything that could make a verdict untrue is a value in here, so that no report can forget it.
package struct TraceLedger: Sendable {
  /// Counts per buffer and CPU, ordered by buffer, then CPU.
  package var cpus: [CPULedger] = []
  /// Bytes that could not be read, in the order they were met.
  package var damage: [Damage] = []
  /// Damage found after `damage` had reached `damageLimit` entries.
  package var furtherDamage: UInt64 = 0
  /// The stamp of the first record of any kind; nil in a trace without records.
  package var firstTimestamp: UInt64?
  /// The latest stamp of any record, wanted or not.
  package var lastTimestamp: UInt64?

  /// How many pieces of damage are kept one by one.
  package static let damageLimit = 64

  package init() {}

  /// Notes damage, within the limit.
  package mutating func add(_ damage: Damage) {
    if self.damage.count < Self.damageLimit {
      self.damage.append(damage)
    } else {
      furtherDamage += 1
    }
  }

  /// All records that were read, wanted or not.
  package var eventsRead: UInt64 { cpus.reduce(0) { $0 + $1.eventsRead } }
  /// Whether any event is known or suspected to be missing.
  package var isIncomplete: Bool { !damage.isEmpty || cpus.contains { $0.isIncomplete } }
}

/// What was read from one CPU of one buffer.
package struct CPULedger: Hashable, Sendable {
  /// The index of the buffer in `TraceMetadata.buffers`.
  package var buffer: UInt16
  /// The CPU's number.
  package var cpu: UInt32
  /// Records read, wanted or not.
  package var eventsRead: UInt64 = 0
  /// Events lost, as far as they were counted.
  package var eventsLost: UInt64 = 0
  /// Gaps whose size the trace does not tell.
  package var gapsOfUnknownSize: UInt64 = 0
  /// The gaps one by one, the first `gapLimit` of them.
  package var gaps: [LostEvents] = []
  /// Gaps met after `gaps` was full.
  package var furtherGaps: UInt64 = 0
  /// Records of events whose format is not in the file, by id, in the order they were met; the first
  /// `unformattedLimit` ids.
  package private(set) var unformatted: [UnformattedEvent] = []
  /// Records of further such ids.
  package private(set) var furtherUnformatted: UInt64 = 0
  /// The kernel's own counters for this CPU at the end of the recording, where the file has them.
  package var statistics: CPUStatistics?

  /// How many gaps are kept one by one.
  package static let gapLimit = 32
  /// How many ids without a format are kept one by one.
  package static let unformattedLimit = 32

  package init(buffer: UInt16, cpu: UInt32) {
    self.buffer = buffer
    self.cpu = cpu
  }

  /// Counts a gap.
  package mutating func add(_ gap: LostEvents) {
    if let count = gap.count { eventsLost &+= count } else { gapsOfUnknownSize += 1 }
    if gaps.count < Self.gapLimit { gaps.append(gap) } else { furtherGaps += 1 }
  }

  /// Counts a record of an event whose format is not in the file.
  package mutating func addUnformatted(_ id: UInt16) {
    if let place = unformatted.firstIndex(where: { $0.id == id }) {
      unformatted[place].records &+= 1
    } else if unformatted.count < Self.unformattedLimit {
      unformatted.append(UnformattedEvent(id: id, records: 1))
    } else {
      furtherUnformatted &+= 1
    }
  }

  /// All records of events whose format is not in the file.
  package var unformattedRecords: UInt64 {
    unformatted.reduce(furtherUnformatted) { $0 &+ $1.records }
  }

  /// Whether events of this CPU are known or suspected to be missing, or to be of an unknown kind.
  package var isIncomplete: Bool {
    eventsLost > 0 || gapsOfUnknownSize > 0 || !unformatted.isEmpty
  }
}

/// Records of one event whose format is not in the file: what they tell is not known.
package struct UnformattedEvent: Hashable, Sendable {
  /// `common_type`.
  package var id: UInt16
  /// How many.
  package var records: UInt64
}

/// A CPU's `per_cpu/cpuN/stats` file at the end of the recording.
package struct CPUStatistics: Hashable, Sendable {
  /// Events left in the kernel's buffer, thus not in the file.
  package var entries: UInt64 = 0
  /// Events overwritten before they were read.
  package var overrun: UInt64 = 0
  /// Events lost because a commit was interrupted too deeply.
  package var commitOverrun: UInt64 = 0
  /// Events refused because the buffer was full and not to be overwritten.
  package var droppedEvents: UInt64 = 0
  /// Events handed to readers.
  package var readEvents: UInt64 = 0
  /// The clock when the counters were read, in nanoseconds.
  package var now: UInt64?

  package init() {}
}

/// A stretch of the input that could not be used.
package struct Damage: Hashable, Sendable {
  /// What is wrong with it.
  package enum Kind: String, Hashable, Sendable {
    /// The file ends before the data it announces.
    case truncated
    /// A length, offset or type that contradicts what surrounds it.
    case malformed
    /// Compressed data that does not decompress to what is announced.
    case undecompressible
    /// Fewer events than the kernel says it handed out.
    case missingEvents
    /// A text line that is none of the known kinds.
    case unreadableLine
    /// Records of a running kernel that came too late to stand in their order.
    case lateRecords
  }

  /// What is wrong with it.
  package var kind: Kind
  /// Where it starts in the file, in bytes.
  package var offset: UInt64
  /// How many bytes cannot be used; nil where that is not known.
  package var length: UInt64?
  /// The CPU whose records it touches; nil where it may be any.
  package var cpu: UInt32?
  /// One line for people: what was expected there.
  package var message: String

  package init(kind: Kind, offset: UInt64, length: UInt64?, cpu: UInt32? = nil, message: String) {
    self.kind = kind
    self.offset = offset
    self.length = length
    self.cpu = cpu
    self.message = message
  }
}
