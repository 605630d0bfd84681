/// What a trace says of itself before its first record.
package struct TraceMetadata: Sendable {
  /// The container a trace came in.
  package enum Container: Hashable, Sendable {
    /// A trace.dat file of this version (6 or 7), and its compression ("none", "zstd", "zlib").
    case traceDat(version: Int, compression: String)
    /// Text of the kernel's `trace` or `trace_pipe` file, or of `trace-cmd report`.
    case text
    /// The ring buffer of the running kernel.
    case live
  }

  /// The container the trace came in.
  package var container: Container
  /// The event formats as the kernel printed them; empty for text.
  package var formats: [EventFormatText] = []
  /// The buffers (trace instances) that hold records, top buffer first.
  package var buffers: [TraceBuffer] = []
  /// Whether multi-byte numbers are big-endian.
  package var isBigEndian = false
  /// The size of the kernel's `long` in bytes: 4 or 8.
  package var longSize = 8
  /// The clock's name as in tracefs `trace_clock` ("mono", "local", …); nil where it is not told.
  package var clock: String?
  /// Whether timestamps are nanoseconds (true for all clocks but `counter`, `uptime` and a
  /// `x86-tsc` whose conversion the file does not tell).
  package var timestampsAreNanoseconds = true
  /// The kernel release of the traced machine, from the UNAME option ("7.3.4+deb13-amd64").
  package var kernelRelease: String?
  /// The whole UNAME option.
  package var uname: String?
  /// Whether the container tells when the recording ended.
  package var endIsKnown = false
  /// The end of the recording by the trace's clock, in nanoseconds, from the CPUSTAT options.
  package var recordedUntil: UInt64?

  package init(container: Container) {
    self.container = container
  }
}

extension TraceMetadata {
  /// Whether stamps of different CPUs may be compared (all clocks but `local`).
  package var clockIsGlobal: Bool { clock != "local" }
}

/// One event format as `events/SYSTEM/NAME/format` prints it.
package struct EventFormatText: Hashable, Sendable {
  /// The event's system (group), for example `drm_pagemap`.
  package var system: String
  /// The file's bytes; not checked in any way.
  package var text: [UInt8]

  package init(system: String, text: [UInt8]) {
    self.system = system
    self.text = text
  }
}

/// One ring buffer of a trace: the top one or an instance.
package struct TraceBuffer: Hashable, Sendable {
  /// The instance's name; empty for the top buffer.
  package var name: String
  /// The CPUs that have data in it.
  package var cpus: [UInt32]

  package init(name: String, cpus: [UInt32]) {
    self.name = name
    self.cpus = cpus
  }
}
