import TraceIngest

extension TraceDatBuilder {
  var writer: ByteWriter { ByteWriter(isBigEndian: isBigEndian) }

  /// The start that both versions have.
  func fixedHeader(version: Int) -> ByteWriter {
    var header = writer
    header.append([0x17, 0x08, 0x44])
    header.append("tracing")
    header.appendTerminated("\(version)")
    header.append([isBigEndian ? 1 : 0, UInt8(userLongSize ?? longSize)])
    header.append(UInt32(pageSize ?? subBufferSize))
    return header
  }

  /// The text of `events/header_page`.
  var headerPageText: String {
    let data = 8 + longSize
    return """
      \tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
      \tfield: local_t commit;\toffset:8;\tsize:\(longSize);\tsigned:1;
      \tfield: char overwrite;\toffset:8;\tsize:1;\tsigned:0;
      \tfield: char data;\toffset:\(data);\tsize:\(subBufferSize - data);\tsigned:0;

      """
  }

  var headerInfo: [UInt8] {
    var section = writer
    for (name, text) in [("header_page", headerPageText), ("header_event", "# entry header\n")] {
      section.appendTerminated(name)
      section.append(UInt64(text.utf8.count))
      section.append(text)
    }
    return section.bytes
  }

  var ftraceFormats: [UInt8] {
    let texts = formats.filter { $0.system == "ftrace" }
    var section = writer
    section.append(UInt32(texts.count))
    for format in texts { append(format, to: &section) }
    return section.bytes
  }

  var eventFormats: [UInt8] {
    var systems: [String] = []
    for format in formats where format.system != "ftrace" && !systems.contains(format.system) {
      systems.append(format.system)
    }
    var section = writer
    section.append(UInt32(systems.count))
    for system in systems {
      let texts = formats.filter { $0.system == system }
      section.appendTerminated(system)
      section.append(UInt32(texts.count))
      for format in texts { append(format, to: &section) }
    }
    return section.bytes
  }

  private func append(_ format: EventFormatText, to section: inout ByteWriter) {
    section.append(UInt64(format.text.count))
    section.append(format.text)
  }

  var commandLines: [UInt8] {
    let text = comms.map { "\($0.pid) \($0.name)\n" }.joined()
    var section = writer
    section.append(UInt64(text.utf8.count))
    section.append(text)
    return section.bytes
  }

  /// The text of the clock option: all clocks, the current one in brackets.
  var clockText: String {
    ["local", "global", "counter", "uptime", "perf", "mono", "boot", "x86-tsc"]
      .map { $0 == clock ? "[\($0)]" : $0 }.joined(separator: " ") + "\n"
  }

  /// Options that do not depend on where anything stands in the file.
  func commonOptions(clockOption: String?) -> [(id: UInt16, data: [UInt8])] {
    var options: [(id: UInt16, data: [UInt8])] = []
    func text(_ id: UInt16, _ text: String) { options.append((id, Array(text.utf8) + [0])) }
    if let clockOption { options.append((4, Array(clockOption.utf8))) }
    if let uname { text(5, uname) }
    if let timeOffset { text(7, "\(timeOffset)") }
    if let (multiplier, shift, offset) = tscToNanoseconds {
      var data = writer
      data.append(multiplier)
      data.append(shift)
      data.append(offset)
      options.append((14, data.bytes))
    }
    return options
  }

  /// The CPUSTAT options of a buffer.
  func statisticsOptions(of buffer: BufferContent) -> [(id: UInt16, data: [UInt8])] {
    guard hasStatistics else { return [] }
    var texts: [String] = []
    if !buffer.name.isEmpty { texts.append("\nBuffer: \(buffer.name)\n\n") }
    let latest = buffers.flatMap(\.cpus.values).map(\.latest).max() ?? 0
    for (cpu, pages) in buffer.cpus.sorted(by: { $0.key < $1.key }) {
      let counters = pages.statistics
      let now = (counters.now ?? recordedUntil ?? latest + 1_000_000) / 1000
      let fraction = String(now % 1_000_000)
      texts.append(
        """
        CPU: \(cpu)
        entries: \(counters.entries)
        overrun: \(counters.overrun)
        commit overrun: \(counters.commitOverrun)
        bytes: 0
        oldest event ts:     0.000000
        now ts: \(String(repeating: " ", count: 2))\(now / 1_000_000).\
        \(String(repeating: "0", count: 6 - fraction.count))\(fraction)
        dropped events: \(counters.droppedEvents)
        read events: \(counters.readEvents)

        """)
    }
    return texts.map { (2, Array($0.utf8) + [0]) }
  }
}
