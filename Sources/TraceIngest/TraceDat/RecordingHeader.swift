/// What a recording says of itself, as the kernel prints it: what stands in a trace.dat beside the
/// records.
package struct RecordingDescription: Sendable {
  /// The text of `events/header_page` and `events/header_event`.
  package var headerPage: [UInt8] = []
  package var headerEvent: [UInt8] = []
  /// The formats of the recorded events, and those of the system `ftrace`.
  package var formats: [EventFormatText] = []
  /// Lines of `/proc/kallsyms`.
  package var symbols: [UInt8] = []
  /// The text of `printk_formats`.
  package var printkFormats: [UInt8] = []
  /// The text of `saved_cmdlines`.
  package var commandLines: [UInt8] = []
  /// The clock's name.
  package var clock = "mono"
  /// System, node, release and machine, with blanks between.
  package var uname = ""
  /// How many CPUs the machine may have: the highest number and one.
  package var cpuCount: UInt32 = 1

  package init() {}
}

/// The kernel's counters of one CPU, as `per_cpu/cpuN/stats` prints them.
package struct StatisticsText: Sendable {
  package var cpu: UInt32
  package var text: [UInt8]

  package init(cpu: UInt32, text: [UInt8]) {
    self.cpu = cpu
    self.text = text
  }

  /// What a CPUSTAT option holds.
  var option: [UInt8] { Array("CPU: \(cpu)\n".utf8) + text + [0] }

  /// The counters; nil where the text is none of them.
  package var counters: CPUStatistics? {
    guard case .statistics(_, let counters)? = CPUStatText(option) else { return nil }
    return counters
  }
}

/// Composes everything of a version 6 trace.dat that stands before its pages.
struct RecordingHeader {
  let description: RecordingDescription
  /// The size of a sub-buffer in bytes.
  let pageSize: Int
  /// What the kernel counted, when the recording has ended.
  var statistics: [StatisticsText] = []
  /// Whether the pages follow as a journal.
  var isJournal = false

  private enum Option {
    static let cpuStat: UInt16 = 2
    static let traceClock: UInt16 = 4
    static let uname: UInt16 = 5
    static let cpuCount: UInt16 = 8
  }

  /// The header, its length a multiple of the page size, for CPUs with so many bytes of pages.
  func bytes(sizes: [UInt32: UInt64]) -> [UInt8] {
    var head = TraceDatBytes()
    appendMetadata(to: &head)
    head.append(description.cpuCount)
    head.append(terminated: "options  ")
    appendOption(Option.traceClock, Array("[\(description.clock)]\n".utf8) + [0], to: &head)
    appendOption(Option.uname, Array(description.uname.utf8) + [0], to: &head)
    for entry in statistics { appendOption(Option.cpuStat, entry.option, to: &head) }
    appendOption(Option.cpuCount, number(description.cpuCount), to: &head)
    let clock = Array("[\(description.clock)]".utf8)
    let journalOption = isJournal ? 6 + 8 : 0
    let rest = journalOption + 2 + 10 + 16 * Int(description.cpuCount) + 8 + clock.count
    let dataStart = aligned(UInt64(head.bytes.count + rest))
    if isJournal { appendOption(Journal.option, number(dataStart), to: &head) }
    head.append(UInt16(0))
    head.append(terminated: "flyrecord")
    var offset = dataStart
    for cpu in 0..<description.cpuCount {
      let size = sizes[cpu] ?? 0
      head.append(offset)
      head.append(size)
      offset = aligned(offset + size)
    }
    head.append(clock, countedBy: UInt64.self)
    head.append([UInt8](repeating: 0, count: Int(dataStart) - head.bytes.count))
    return head.bytes
  }

  private func appendMetadata(to head: inout TraceDatBytes) {
    head.append(TraceOpener.magic)
    head.append(terminated: "6")
    head.append([0, UInt8(MemoryLayout<Int>.size)])
    head.append(UInt32(truncatingIfNeeded: pageSize))
    head.append(terminated: "header_page")
    head.append(description.headerPage, countedBy: UInt64.self)
    head.append(terminated: "header_event")
    head.append(description.headerEvent, countedBy: UInt64.self)
    appendFormats(to: &head)
    head.append(description.symbols, countedBy: UInt32.self)
    head.append(description.printkFormats, countedBy: UInt32.self)
    head.append(description.commandLines, countedBy: UInt64.self)
  }

  private func appendFormats(to head: inout TraceDatBytes) {
    let bySystem = Dictionary(grouping: description.formats, by: \.system)
    let own = bySystem["ftrace"] ?? []
    head.append(UInt32(own.count))
    for format in own { head.append(format.text, countedBy: UInt64.self) }
    let others = bySystem.keys.filter { $0 != "ftrace" }.sorted()
    head.append(UInt32(others.count))
    for system in others {
      let formats = bySystem[system] ?? []
      head.append(terminated: system)
      head.append(UInt32(formats.count))
      for format in formats { head.append(format.text, countedBy: UInt64.self) }
    }
  }

  private func appendOption(_ id: UInt16, _ data: [UInt8], to head: inout TraceDatBytes) {
    head.append(id)
    head.append(data, countedBy: UInt32.self)
  }

  private func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private func aligned(_ offset: UInt64) -> UInt64 {
    let mask = UInt64(pageSize) - 1
    return (offset + mask) & ~mask
  }
}
