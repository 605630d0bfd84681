/// A ring buffer of the running kernel, as a reader needs it.
package struct LiveSource {
  /// One CPU's part of the ring buffer.
  package struct CPU {
    /// The CPU's number.
    package var cpu: UInt32
    /// Its `trace_pipe_raw`, open without blocking; the reader does not close it.
    package var descriptor: Int32

    package init(cpu: UInt32, descriptor: Int32) {
      self.cpu = cpu
      self.descriptor = descriptor
    }
  }

  /// What a pause between two looks at the ring buffer came to.
  package enum Pause {
    /// The recording goes on.
    case goOn
    /// The recording has ended: tracing is off, and these are the kernel's last counters.
    case ended([StatisticsText])
  }

  /// What is recorded.
  package var description: RecordingDescription
  /// The CPUs.
  package var cpus: [CPU]
  /// The trace's clock now, by its stamps; nil where that cannot be read.
  package var now: () -> UInt64?
  /// Called when nothing is left to hand out: waits for more, not longer than `limit` milliseconds.
  package var pause: (_ limit: Int32) -> Pause
  /// Told all pages as they come, before they are read: what a file of the same recording gets.
  package var tee: ((UInt32, UnsafeRawBufferPointer) -> Void)?
  /// How long records are held back so that those of other CPUs come in their order, in units of
  /// the clock (nanoseconds).
  package var reorderWindow: UInt64
  /// The most bytes of pages that are held at once, beside a few for each CPU.
  package var memoryLimit: Int

  package init(
    description: RecordingDescription, cpus: [CPU], reorderWindow: UInt64 = 100_000_000,
    memoryLimit: Int = 16 << 20, now: @escaping () -> UInt64?,
    pause: @escaping (_ limit: Int32) -> Pause
  ) {
    self.description = description
    self.cpus = cpus
    self.reorderWindow = reorderWindow
    self.memoryLimit = memoryLimit
    self.now = now
    self.pause = pause
  }
}
