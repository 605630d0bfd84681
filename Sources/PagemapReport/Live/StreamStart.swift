/// What a stream records, said before its first event.
package struct StreamStart: Sendable {
  /// The tool's version.
  package var version: String
  /// What `uname -r` prints; nil where it is not known.
  package var kernelRelease: String?
  /// The trace's clock.
  package var clock: String
  /// CPUs that are read.
  package var cpus: Int
  /// The size of each CPU's buffer in bytes.
  package var bufferSize: UInt64
  /// How long a record waits for older ones of other CPUs, in nanoseconds.
  package var reorderWindow: UInt64
  /// The events that are recorded, `GROUP:NAME`, in order.
  package var events: [String] = []
  /// Events that were wanted and that this kernel does not give.
  package var missingEvents: [String] = []
  /// How many rules these events can decide.
  package var decidableRules: Int?
  /// How many rules there are.
  package var rules: Int?
  /// When the stream ends by itself, in nanoseconds from its start.
  package var duration: UInt64?
  /// The file that the trace goes to as well.
  package var tee: String?
  /// Where metrics are served.
  package var metrics: String?
  /// The command that is run.
  package var command: [String]?

  package init(
    version: String, kernelRelease: String?, clock: String, cpus: Int, bufferSize: UInt64,
    reorderWindow: UInt64
  ) {
    self.version = version
    self.kernelRelease = kernelRelease
    self.clock = clock
    self.cpus = cpus
    self.bufferSize = bufferSize
    self.reorderWindow = reorderWindow
  }
}
