import TraceWords

/// Writes the sections of a version 7 trace.dat, compressed by zstd, behind one another.
struct TrimmedSections {
  private let file: TrimmedFile
  private let layout: TraceDatLayout
  private let optionsPlace: UInt64
  private var strings = TraceDatBytes()
  /// The options that name the sections which were written.
  private var options: [(id: UInt16, data: [UInt8])] = []

  /// Writes the fixed header.
  init(_ file: TrimmedFile, _ layout: TraceDatLayout) {
    self.file = file
    self.layout = layout
    var head = TraceDatBytes(isBigEndian: layout.header.isBigEndian)
    head.append(TraceOpener.magic)
    head.append(terminated: "7")
    head.append([layout.header.isBigEndian ? 1 : 0, UInt8(layout.header.userLongSize)])
    head.append(UInt32(truncatingIfNeeded: layout.header.pageSize))
    head.append(terminated: Compression.zstd.rawValue)
    head.append(terminated: Compression.zstdVersion)
    optionsPlace = UInt64(head.bytes.count)
    head.append(UInt64(0))
    file.append(head.bytes)
  }

  private var bytes: TraceDatBytes { TraceDatBytes(isBigEndian: layout.header.isBigEndian) }

  /// Writes a section's header; returns where its data starts.
  private mutating func begin(_ id: UInt16, _ name: String, isCompressed: Bool) -> UInt64 {
    var head = bytes
    head.append(id)
    head.append(UInt16(isCompressed ? 1 : 0))
    head.append(UInt32(strings.bytes.count))
    strings.append(terminated: name)
    head.append(UInt64(0))
    file.append(head.bytes)
    return file.size
  }

  private func end(_ start: UInt64) {
    var size = bytes
    size.append(file.size - start)
    file.patch(size.bytes, at: start - 8)
  }

  private mutating func append(_ id: UInt16, _ name: String, _ data: [UInt8]) {
    let start = begin(id, name, isCompressed: true)
    file.append(Compression.chunk(data, level: 19, isBigEndian: layout.header.isBigEndian))
    end(start)
  }

  /// Writes a section that an option of the same id names.
  private mutating func appendNamed(_ id: UInt16, _ name: String, _ data: TraceDatBytes) {
    var place = bytes
    place.append(file.size)
    options.append((id, place.bytes))
    append(id, name, data.bytes)
  }

  // MARK: Metadata

  /// Writes what the kernel says of its pages and of its events.
  mutating func appendFormats(_ formats: [EventFormatText]) {
    if let texts = layout.headerTexts {
      var section = bytes
      section.append(terminated: "header_page")
      section.append(texts.page, countedBy: UInt64.self)
      section.append(terminated: "header_event")
      section.append(texts.event, countedBy: UInt64.self)
      appendNamed(Section.ID.headerInfo, "headers", section)
    }
    var own = bytes
    let ownFormats = formats.filter { $0.system == "ftrace" }
    own.append(UInt32(ownFormats.count))
    for format in ownFormats { own.append(format.text, countedBy: UInt64.self) }
    appendNamed(Section.ID.ftraceFormats, "ftrace events", own)
    var others = bytes
    let systems = Self.systems(formats.filter { $0.system != "ftrace" })
    others.append(UInt32(systems.count))
    for formats in systems {
      others.append(terminated: formats.first?.system ?? "")
      others.append(UInt32(formats.count))
      for format in formats { others.append(format.text, countedBy: UInt64.self) }
    }
    appendNamed(Section.ID.eventFormats, "events format", others)
  }

  /// The formats by system, in their order.
  private static func systems(_ formats: [EventFormatText]) -> [ArraySlice<EventFormatText>] {
    var systems: [ArraySlice<EventFormatText>] = []
    var start = formats.startIndex
    for index in formats.indices where formats[index].system != formats[start].system {
      systems.append(formats[start..<index])
      start = index
    }
    if start < formats.endIndex { systems.append(formats[start...]) }
    return systems
  }

  /// Writes the kernel's symbols, where there are any, and the names of tasks.
  mutating func appendNames(symbols: [UInt8], tasks: [(pid: Int32, name: String)]) {
    if !symbols.isEmpty {
      var section = bytes
      section.append(symbols, countedBy: UInt32.self)
      appendNamed(Section.ID.symbols, "kallsyms", section)
    }
    var section = bytes
    let text = tasks.map { "\($0.pid) \($0.name)\n" }.joined()
    section.append(Array(text.utf8), countedBy: UInt64.self)
    appendNamed(Section.ID.commandLines, "command lines", section)
  }

  // MARK: Buffers

  /// Writes a buffer's section; `copy` writes the data of its CPUs and returns where each stands.
  mutating func appendBuffer(
    _ buffer: TraceBuffer, subBufferSize: Int,
    _ copy: () throws(TrimError) -> [CPUStretch]
  ) throws(TrimError) {
    var option = bytes
    option.append(file.size)
    option.append(terminated: buffer.name)
    option.append(terminated: layout.metadata.clock ?? "")
    option.append(UInt32(truncatingIfNeeded: subBufferSize))
    let start = begin(Section.ID.buffer, "buffer flyrecord", isCompressed: true)
    let stretches = try copy()
    end(start)
    option.append(UInt32(truncatingIfNeeded: stretches.count))
    for stretch in stretches {
      option.append(stretch.cpu)
      option.append(stretch.offset)
      option.append(stretch.size)
    }
    options.append((TraceDatOptions.ID.buffer, option.bytes))
  }

  // MARK: The end

  /// Writes the options, with the kernel's counters, and the last section. Without that the
  /// recording says of itself that it is not whole.
  mutating func finish(_ statistics: [BufferStatistics], isWhole: Bool) {
    var place = bytes
    place.append(file.size)
    file.patch(place.bytes, at: optionsPlace)
    let start = begin(Section.ID.options, "options", isCompressed: false)
    for option in commonOptions + statisticsOptions(statistics) + options + [
      (0, [0, 0, 0, 0, 0, 0, 0, 0])
    ] {
      var data = bytes
      data.append(option.id)
      data.append(option.data, countedBy: UInt32.self)
      file.append(data.bytes)
    }
    end(start)
    guard isWhole else { return }
    let all = strings.bytes + Array("strings\0".utf8)
    append(Section.ID.strings, "strings", all)
  }

  private var commonOptions: [(id: UInt16, data: [UInt8])] {
    var all: [(id: UInt16, data: [UInt8])] = []
    func add(_ id: UInt16, _ text: String) { all.append((id, Array(text.utf8) + [0])) }
    if let clock = layout.metadata.clock { add(TraceDatOptions.ID.traceClock, "[\(clock)]\n") }
    if let uname = layout.metadata.uname { add(TraceDatOptions.ID.uname, uname) }
    let conversion = layout.conversion
    if conversion.offset != 0 {
      add(TraceDatOptions.ID.offset, "\(Int64(bitPattern: conversion.offset))")
    }
    if conversion.multiplier != 0 {
      var data = bytes
      data.append(conversion.multiplier)
      data.append(conversion.shift)
      data.append(layout.options.tscOffset)
      all.append((TraceDatOptions.ID.tscToNanoseconds, data.bytes))
    }
    if let count = layout.options.cpuCount {
      var data = bytes
      data.append(UInt32(truncatingIfNeeded: count))
      all.append((TraceDatOptions.ID.cpuCount, data.bytes))
    }
    return all
  }

  /// The counters, grouped by buffer as they were.
  private func statisticsOptions(
    _ statistics: [BufferStatistics]
  ) -> [(id: UInt16, data: [UInt8])] {
    var all: [(id: UInt16, data: [UInt8])] = []
    var buffer = ""
    for entry in statistics {
      if entry.place.buffer != buffer {
        buffer = entry.place.buffer
        all.append((TraceDatOptions.ID.cpuStat, Array("\nBuffer: \(buffer)\n\n".utf8) + [0]))
      }
      let text = CPUStatText.text(cpu: entry.place.cpu, entry.counters)
      all.append((TraceDatOptions.ID.cpuStat, Array(text.utf8) + [0]))
    }
    return all
  }
}

extension CPUStatText {
  /// The text of these counters, as `per_cpu/cpuN/stats` has it behind the CPU's number.
  static func text(cpu: UInt32, _ counters: CPUStatistics) -> String {
    var text = """
      CPU: \(cpu)
      entries: \(counters.entries)
      overrun: \(counters.overrun)
      commit overrun: \(counters.commitOverrun)
      bytes: 0

      """
    if let now = counters.now {
      text += "now ts: \(now % 1000 == 0 ? Format.seconds(now) : String(now))\n"
    }
    text += "dropped events: \(counters.droppedEvents)\nread events: \(counters.readEvents)\n"
    return text
  }
}
