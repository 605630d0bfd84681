/// In which context the task ran when the event was written: ftrace's `common_flags` and
/// `common_preempt_count`.
///
/// ftrace writes them for every event, with what the way to the probe's handler adds to the depth of
/// preemption. On x86-64, Linux 7.2 and 7.3, that is:
///
/// - nothing at a kprobe or kretprobe, nor at a static tracepoint;
/// - 1 at the return of a function (fprobe), and at the entry of one that only entries are probed of;
/// - 2 at the entry of a function whose return is probed as well, or that another tracer is on: ftrace
///   then calls its list of handlers, which disables preemption once more.
///
/// So of an entry and its return the depths are equal (kprobes, 0) or the entry's is one more.
///
/// Where the kernel is built with preemption, a uprobe's handler takes one off a depth that nothing
/// raised: both depths read 15, and the flags are one less than they were.
package struct EventContext: BitwiseCopyable, Hashable, Sendable {
  /// `common_flags`: bits of `enum trace_flag_type`.
  package var flags: UInt8
  /// `common_preempt_count`: the preemption depth in the lower four bits, the depth of
  /// `migrate_disable` in the upper four, each 15 at most.
  package var counts: UInt8

  package init(flags: UInt8, counts: UInt8) {
    self.flags = flags
    self.counts = counts
  }

  /// Whether flags and depths are what they were, not what a depth below 0 made of them.
  package var isKnown: Bool { counts != 0xff }
  /// How many times preemption was disabled; 15 stands for that and more.
  package var preemptCount: Int { Int(counts & 0xf) }
  /// A task runs, not an interrupt of any kind (`TRACE_FLAG_HARDIRQ`, `_SOFTIRQ`, `_NMI`).
  package var isTask: Bool { flags & 0x58 == 0 }
}
