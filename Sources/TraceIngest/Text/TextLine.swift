/// One line of ftrace text, taken apart. Ranges are places in the window that the line is in.
enum TextLine: Hashable, Sendable {
  /// A blank line, a comment or a notice that tells nothing of events.
  case blank
  /// `# entries-in-buffer/entries-written: 140080/250280 #P:4`, or `cpus=4`.
  case header(TextHeader)
  /// `##### CPU 1 buffer started ####`: records of that CPU before this line were overwritten.
  case bufferStarted(cpu: UInt32)
  /// `CPU:1 [LOST 25 EVENTS]` of the kernel, `CPU:1 [25 EVENTS DROPPED]` of trace-cmd; nil where no
  /// number is told.
  case lost(cpu: UInt32, count: UInt64?)
  /// A line of a stack trace, which belongs to the event before it.
  case stack
  /// An event.
  case event(TextEvent)
  /// None of these.
  case unreadable
}

/// What header lines tell.
struct TextHeader: BitwiseCopyable, Hashable, Sendable {
  /// Entries that were written but are not in the text.
  var overwritten: UInt64 = 0
  /// Whether the line says what kind of text this is.
  var isTelling = false
}

/// An event's line: `comm-pid (tgid) [cpu] flags stamp: name: payload`.
struct TextEvent: Hashable, Sendable {
  /// The task's name, without the blanks before it.
  var comm: Range<Int>
  /// The task's id.
  var pid: Int32
  /// The CPU.
  var cpu: UInt32
  /// Nanoseconds, or the clock's own units where the stamp is a plain number.
  var timestamp: UInt64
  /// Whether the stamp counts seconds.
  var stampIsTime: Bool
  /// The event's name; empty for lines of the function tracers, which have none.
  var name: Range<Int>
  /// What stands behind the name's colon and blanks.
  var payload: Range<Int>
}
