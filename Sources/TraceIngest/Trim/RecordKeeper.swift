/// Says what of a recording is kept when it is made smaller. It sees the records of one CPU of one
/// buffer after another, each in the order of that CPU.
package protocol RecordKeeper {
  /// Which records may be kept at all; only these are shown to `keeps`.
  var selection: EventSelection { get }

  /// Whether a record is kept.
  mutating func keeps(_ header: RecordHeader, _ bytes: RawSpan) -> Bool

  /// Notes a record that goes to the smaller recording: one that is kept, or one that stands at the
  /// edge of a gap or of the recording.
  mutating func note(_ header: RecordHeader, _ bytes: RawSpan)

  /// Whether an event format is needed. Asked when all records have been noted.
  func keepsFormat(_ format: EventFormatText) -> Bool

  /// Whether lines of a text with this event name are kept.
  func keepsLines(of name: String) -> Bool

  /// The tasks that the noted records are of, in ascending order.
  var tasks: [Int32] { get }

  /// Whether any noted record has addresses of code.
  var needsSymbols: Bool { get }

  /// The lines of a text of `/proc/kallsyms` that name these addresses.
  func symbols(of text: [UInt8]) -> [UInt8]
}

/// What became of a recording that was made smaller.
package struct TrimSummary: Sendable {
  /// Records (of a text: events) in the input.
  package var eventsRead: UInt64 = 0
  /// Those that are kept for what they are.
  package var eventsKept: UInt64 = 0
  /// Those that are kept because they stand at the edge of a gap or of the recording.
  package var edgesKept: UInt64 = 0
  /// The size of the input and that of the output.
  package var bytesRead: UInt64 = 0
  package var bytesWritten: UInt64 = 0
  /// What of the input could not be read; the output says so, too.
  package var damage = TraceLedger()

  package init() {}
}

/// Why a recording cannot be made smaller.
package enum TrimError: Error, Hashable, Sendable {
  /// The input is no trace that can be read, or reading it failed.
  case unusable(IngestError)
  /// The input is damaged, and nothing was said of salvaging; the number counts all damage.
  case damaged(Damage, UInt64)
  /// The output is the input.
  case wouldOverwriteInput(path: String)
  /// The output cannot be written.
  case unwritable(RecordingError)
}
