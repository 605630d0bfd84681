package import TraceIngest

/// Composes trace.dat files, event by event, as trace-cmd and the kernel would write them.
///
///     var trace = TraceDatBuilder()
///     trace.addFormat(system: "sched", text: "name: sched_switch\nID: 300\n…")
///     trace.addEvent(cpu: 0, timestamp: 1_000, id: 300, pid: 42, fields: [1, 2, 3, 4])
///     let bytes = trace.finish(as: .version7(.zstd))
///
/// Events of one CPU have to be added in the order of their times, as a ring buffer holds them; an
/// earlier stamp starts a new page, which real traces hold only after the clock went backwards.
package struct TraceDatBuilder {
  /// The file format to write.
  package enum Container: Hashable, Sendable, CaseIterable {
    case version6, version7(Compression)

    /// How version 7 compresses.
    package enum Compression: String, Hashable, Sendable, CaseIterable {
      case none, zstd, zlib
    }

    package static var allCases: [Container] {
      [.version6] + Compression.allCases.map { .version7($0) }
    }
  }

  /// Whether all numbers are big-endian, those of payloads (which the caller gives) excepted.
  package var isBigEndian = false
  /// The size of the kernel's `long`: 4 or 8. Set it before the first event.
  package var longSize = 8
  /// The size of `long` that the file's header claims for user space; nil for the kernel's.
  package var userLongSize: Int?
  /// The size of a ring buffer page. Set it before the first event.
  package var subBufferSize = 4096
  /// The page size that the file's header claims; nil for `subBufferSize`.
  package var pageSize: Int?
  /// The clock's name; nil leaves the option out.
  package var clock: String? = "mono"
  /// The UNAME option; nil leaves it out.
  package var uname: String? = "Linux (none) 7.3.4+deb13-amd64 x86_64"
  /// The OFFSET option, in nanoseconds.
  package var timeOffset: Int64?
  /// The TSC2NSEC option.
  package var tscToNanoseconds: (multiplier: UInt32, shift: UInt32, offset: UInt64)?
  /// When the counters of the CPUs were read, in nanoseconds, with a resolution of 1 µs; nil for a
  /// millisecond behind the last event.
  package var recordedUntil: UInt64?
  /// Whether CPUSTAT options are written.
  package var hasStatistics = true
  /// The text of kallsyms; nil leaves its section out (version 6: an empty one).
  package var symbols: String?
  /// Pages per chunk of compressed data.
  package var pagesPerChunk = 10

  var formats: [EventFormatText] = []
  var comms: [(pid: Int32, name: String)] = []
  var buffers: [BufferContent] = [BufferContent(name: "")]

  package init() {}

  /// Adds an event format, the text of `events/SYSTEM/NAME/format`. Formats of the system `ftrace`
  /// go to the place that trace.dat has for them.
  package mutating func addFormat(system: String, text: String) {
    formats.append(EventFormatText(system: system, text: Array(text.utf8)))
  }

  /// Adds a task's name to the saved command lines.
  package mutating func addComm(pid: Int32, name: String) {
    comms.append((pid, name))
  }

  /// Adds an event from its common fields and the bytes behind them.
  ///
  /// - Parameters:
  ///   - timestamp: by the ring buffer's clock, before `timeOffset` and `tscToNanoseconds`.
  ///   - fields: the record from byte 8 on; zero bytes are added up to a multiple of four.
  ///   - buffer: the instance's name; empty for the top buffer.
  package mutating func addEvent(
    cpu: UInt32, timestamp: UInt64, id: UInt16, pid: Int32, fields: [UInt8] = [],
    buffer: String = ""
  ) {
    var writer = ByteWriter(isBigEndian: isBigEndian)
    writer.append(id)
    writer.append([0, 0])
    writer.append(UInt32(bitPattern: pid))
    addEvent(
      cpu: cpu, timestamp: timestamp, id: id, payload: writer.bytes + fields, buffer: buffer)
  }

  /// Adds an event from its whole payload, whose first two bytes are replaced by `id`.
  ///
  /// - Parameter absolute: whether an absolute stamp precedes the record.
  package mutating func addEvent(
    cpu: UInt32, timestamp: UInt64, id: UInt16, payload: [UInt8], buffer: String = "",
    absolute: Bool = false
  ) {
    var type = ByteWriter(isBigEndian: isBigEndian)
    type.append(id)
    var payload = type.bytes + payload.dropFirst(2)
    while payload.count % 4 != 0 || payload.isEmpty { payload.append(0) }
    withPages(cpu, buffer) { $0.append(payload, at: timestamp, absolute: absolute) }
  }

  /// Says that events were lost on `cpu` before its next event, which starts a new page.
  ///
  /// - Parameter count: how many; nil marks the page without a count.
  package mutating func loseEvents(cpu: UInt32, count: UInt64?, buffer: String = "") {
    withPages(cpu, buffer) { $0.markLoss(count) }
  }

  /// Says by the counters alone that the last events of `cpu` were lost.
  package mutating func loseAtEnd(cpu: UInt32, count: UInt64) {
    setStatistics(cpu: cpu) { $0.droppedEvents = count }
  }

  /// Adds a record that the kernel discarded, which no reader shows.
  package mutating func addDiscarded(
    cpu: UInt32, timestamp: UInt64, length: Int, buffer: String = ""
  ) {
    withPages(cpu, buffer) { $0.appendDiscarded(length, at: timestamp) }
  }

  /// Ends the current page of `cpu`.
  ///
  /// - Parameter padded: whether the rest of the page is filled with a padding record.
  package mutating func endPage(cpu: UInt32, padded: Bool = false, buffer: String = "") {
    withPages(cpu, buffer) { $0.endPage(padded: padded) }
  }

  /// Adds a page as it is, cut or filled up with zeros to `subBufferSize`.
  package mutating func addRawPage(cpu: UInt32, _ bytes: [UInt8], buffer: String = "") {
    withPages(cpu, buffer) { $0.appendRaw(bytes) }
  }

  /// Replaces the counters that the CPUSTAT option of `cpu` would have: none of them counts, but
  /// the events that were added and those that marks tell to be lost.
  package mutating func setStatistics(
    cpu: UInt32, buffer: String = "", _ change: (inout CPUStatistics) -> Void
  ) {
    withPages(cpu, buffer) { pages in
      var statistics = pages.statistics
      change(&statistics)
      pages.replacedStatistics = statistics
    }
  }

  /// Adds an instance, or a CPU without events.
  package mutating func addEmpty(cpu: UInt32, buffer: String = "") {
    withPages(cpu, buffer) { _ in }
  }

  /// The file.
  package func finish(as container: Container = .version7(.none)) -> [UInt8] {
    switch container {
    case .version6: TraceDatVersion6Writer(self).write()
    case .version7(let compression):
      TraceDatVersion7Writer(self, compression: compression).write()
    }
  }

  private mutating func withPages(
    _ cpu: UInt32, _ buffer: String, _ change: (inout PageComposer) -> Void
  ) {
    let index: Int
    if let known = buffers.firstIndex(where: { $0.name == buffer }) {
      index = known
    } else {
      index = buffers.count
      buffers.append(BufferContent(name: buffer))
    }
    // In place: a copy of all pages for every event would take a time that grows with its square.
    change(
      &buffers[index].cpus[
        cpu,
        default: PageComposer(
          isBigEndian: isBigEndian, longSize: longSize, subBufferSize: subBufferSize)])
  }
}

/// The CPUs of one buffer.
struct BufferContent {
  var name: String
  var cpus: [UInt32: PageComposer] = [:]

  /// CPUs by number, those between them that have no events included.
  var cpuCount: Int { Int((cpus.keys.max() ?? 0) + 1) }
  /// The pages of a CPU one after another.
  func data(of cpu: Int) -> [UInt8] { cpus[UInt32(cpu)]?.allPages ?? [] }
}
