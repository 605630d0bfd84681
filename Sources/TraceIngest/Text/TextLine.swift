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
  /// A task, a CPU, a stamp, a name, and fields behind it.
  case event(TextEvent)
  /// None of these.
  case unreadable
}

/// What header lines tell.
struct TextHeader: BitwiseCopyable, Hashable, Sendable {
  /// Entries that were written but are not in the text.
  var overwritten: UInt64 = 0
  /// Entries that the text holds, as its header says; 0 where it does not.
  var held: UInt64 = 0
  /// Whether the line says what kind of text this is.
  var isTelling = false
}

/// An event's line: `comm-pid (tgid) [cpu] flags stamp: name: payload`.
struct TextEvent: Hashable, Sendable {
  /// The task's name, without the blanks before it.
  var comm: Range<Int>
  /// The task's id.
  var pid: Int32
  /// The CPU it was recorded on, from the brackets.
  var cpu: UInt32
  /// Nanoseconds, or the clock's own units where the stamp is a plain number.
  var timestamp: UInt64
  /// Whether the stamp counts seconds.
  var stampIsTime: Bool
  /// The latency flags as `common_flags` and `common_preempt_count` have them; nil without.
  var context: TextContext?
  /// The event's name; empty for lines of the function tracers, which have none.
  var name: Range<Int>
  /// What stands behind the name's colon and blanks.
  var payload: Range<Int>
}

/// What the latency flags in front of a stamp tell.
struct TextContext: BitwiseCopyable, Hashable, Sendable {
  /// As `common_flags`, without the bits of rescheduling.
  var flags: UInt8
  /// As `common_preempt_count`: preemption depth, and above it the depth of migrate_disable.
  var counts: UInt8

  /// Reads `d.h1.`: interrupts, rescheduling, what interrupt runs, preemption depth, and the depth
  /// of migrate_disable, which old kernels do not print. Nil where one of them is no such flag.
  ///
  /// - Parameter columns: where they stand in the cursor's line.
  init?(_ cursor: borrowing TextCursor, _ columns: Range<Int>) {
    func column(_ index: Int) -> UInt8 {
      index < columns.count ? cursor.byte(at: columns.lowerBound + index) ?? 0 : UInt8(ascii: ".")
    }
    guard columns.count == 4 || columns.count == 5, let off = Self.off(column(0)),
      let running = Self.running(column(2)), let depth = Self.depth(column(3)),
      let migrate = Self.depth(column(4))
    else { return nil }
    flags = off | running
    counts = depth | migrate << 4
  }

  /// Which interrupts are off.
  private static func off(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "."): 0
    case UInt8(ascii: "d"): 0x01
    case UInt8(ascii: "b"): 0x80
    case UInt8(ascii: "D"): 0x81
    default: nil
    }
  }

  /// Which interrupt runs.
  private static func running(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "."): 0
    case UInt8(ascii: "h"): 0x08
    case UInt8(ascii: "s"): 0x10
    case UInt8(ascii: "H"): 0x18
    case UInt8(ascii: "z"): 0x40
    case UInt8(ascii: "Z"): 0x48
    default: nil
    }
  }

  /// A depth is a hexadecimal digit, a point for zero.
  private static func depth(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "."): 0
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
