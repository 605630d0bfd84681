/// What the header and the metadata of a trace.dat tell, whichever version it is.
struct TraceDatLayout {
  var header: FixedHeader
  var page: PageLayout
  var metadata: TraceMetadata
  var taskNames = TaskNames()
  /// Where the CPUs' data stands, ordered by buffer, then CPU.
  var areas: [CPUArea] = []
  var conversion = TimestampConversion()
  var damage: [Damage] = []
  /// Where the kernel's symbols stand; nil where the file has none.
  var symbols: SymbolSection?
  /// The texts of `header_page` and `header_event`; nil where the file has none.
  var headerTexts: HeaderTexts?
  /// The options as they stand in the file, nothing converted.
  var options = TraceDatOptions()

  /// The most CPUs of all buffers together; the kernel's own limit is 8192.
  static let areaLimit = 1 << 16

  init(header: FixedHeader) {
    self.header = header
    page = PageLayout(assumedFrom: header)
    metadata = TraceMetadata(
      container: .traceDat(version: header.version, compression: header.compression.rawValue))
    metadata.isBigEndian = header.isBigEndian
  }

  /// Reads everything of `file` but its records.
  ///
  /// - Throws: `IngestError` where nothing can be salvaged.
  static func read(_ file: FileSource) throws(IngestError) -> TraceDatLayout {
    let header = try FixedHeader(file)
    var layout = TraceDatLayout(header: header)
    if header.version == 6 {
      try layout.readVersion6(file)
    } else {
      try layout.readVersion7(file)
    }
    layout.metadata.longSize = layout.page.longSize
    layout.checkOverlaps()
    return layout
  }

  /// Takes over what the options say of the recording as a whole.
  mutating func apply(_ options: TraceDatOptions) throws(IngestError) {
    self.options = options
    guard !(options.hasTextBuffer && options.buffers.isEmpty) else {
      throw Self.latencyError(at: header.optionsOffset)
    }
    metadata.clock = options.clock ?? options.buffers.first { $0.name.isEmpty }?.clock
    if metadata.clock == "" { metadata.clock = nil }
    conversion = options.conversion
    let isTicks = metadata.clock == "x86-tsc" && !options.hasTSCConversion
    metadata.timestampsAreNanoseconds =
      !isTicks && metadata.clock != "counter" && metadata.clock != "uptime"
    metadata.uname = options.uname
    if let uname = options.uname {
      let words = uname.split(separator: " ")
      if words.count >= 3 { metadata.kernelRelease = String(words[2]) }
    }
    damage += options.damage
    for buffer in options.buffers {
      guard let clock = buffer.clock, let top = metadata.clock, clock != top, !clock.isEmpty
      else { continue }
      damage.append(
        Damage(
          kind: .malformed, offset: buffer.place, length: nil,
          message: "buffer \"\(buffer.name)\" has clock \(clock), the trace has \(top): "
            + "their times cannot be compared"))
    }
  }

  /// Gives each area the counters of its CPU.
  mutating func attach(_ statistics: [BufferStatistics]) {
    var indices: [BufferCPU: Int] = [:]
    for (index, area) in areas.enumerated().reversed() {
      let name = metadata.buffers[Int(area.buffer)].name
      indices[BufferCPU(buffer: name, cpu: area.cpu)] = index
    }
    for entry in statistics.prefix(Self.areaLimit) {
      var counters = entry.counters
      counters.now = counters.now.map { conversion($0) }
      if let now = counters.now {
        metadata.endIsKnown = true
        metadata.recordedUntil = max(metadata.recordedUntil ?? 0, now)
      }
      if let index = indices[entry.place] {
        areas[index].statistics = counters
      } else if let buffer = metadata.buffers.firstIndex(where: { $0.name == entry.place.buffer }) {
        areas.append(
          CPUArea(
            buffer: UInt16(buffer), cpu: entry.place.cpu, offset: 0, size: 0,
            subBufferSize: page.subBufferSize, compression: .none, statistics: counters))
      }
    }
    areas.sort { ($0.buffer, $0.cpu, $0.offset) < ($1.buffer, $1.cpu, $1.offset) }
  }

  /// Adds a buffer and the areas of its CPUs.
  mutating func addBuffer(
    name: String, stretches: [CPUStretch], subBufferSize: Int, compression: Compression,
    fileSize: UInt64, place: UInt64
  ) {
    guard areas.count + stretches.count <= Self.areaLimit, metadata.buffers.count < 1 << 12 else {
      damage.append(
        Damage(
          kind: .malformed, offset: place, length: nil,
          message: "buffer \"\(name)\" has \(stretches.count) CPUs more than any machine"))
      return
    }
    let index = UInt16(metadata.buffers.count)
    metadata.buffers.append(
      TraceBuffer(name: name, cpus: stretches.filter { $0.size > 0 }.map(\.cpu).sorted()))
    for stretch in stretches {
      let available = stretch.offset > fileSize ? 0 : min(stretch.size, fileSize - stretch.offset)
      areas.append(
        CPUArea(
          buffer: index, cpu: stretch.cpu, offset: stretch.offset, size: available,
          subBufferSize: subBufferSize, compression: compression, isCut: available < stretch.size))
      if available < stretch.size || stretch.offset > fileSize {
        damage.append(
          Damage(
            kind: .truncated, offset: min(fileSize, stretch.offset &+ available),
            length: stretch.size - available, cpu: stretch.cpu,
            message: "the data of CPU \(stretch.cpu) at byte \(stretch.offset) has "
              + "\(stretch.size) bytes, the file ends at \(fileSize)"))
      }
    }
  }

  /// Two CPUs cannot share bytes: what starts inside another CPU's data is not read.
  private mutating func checkOverlaps() {
    var end: UInt64 = header.end
    let order = areas.indices.filter { areas[$0].size > 0 && !areas[$0].isJournal }
      .sorted { areas[$0].offset < areas[$1].offset }
    for index in order {
      let area = areas[index]
      if area.offset < end {
        damage.append(
          Damage(
            kind: .malformed, offset: area.offset, length: area.size, cpu: area.cpu,
            message: "the data of CPU \(area.cpu) overlaps what stands before it"))
        areas[index].size = 0
        areas[index].isCut = true
      } else {
        end = area.offset + area.size
      }
    }
  }

  /// The error for recordings of the latency tracers, which keep text instead of records.
  static func latencyError(at offset: UInt64) -> IngestError {
    IngestError(
      .notATrace, offset: offset,
      expectation: "binary records were expected, this file holds the text of a latency tracer",
      advice: "give the text itself, as trace-cmd report prints it")
  }
}

/// Where the records of one CPU stand.
struct CPUArea {
  /// The index of the buffer in `TraceMetadata.buffers`.
  var buffer: UInt16
  var cpu: UInt32
  /// Where the data starts in the file.
  var offset: UInt64
  /// The bytes of it that are in the file.
  var size: UInt64
  /// The size of a sub-buffer (ring buffer page) in bytes.
  var subBufferSize: Int
  /// How the data is compressed: `.none`, or in chunks.
  var compression: Compression
  /// The kernel's counters for this CPU, `now` being converted.
  var statistics: CPUStatistics?
  /// Whether the data cannot be read to its end: the file ends before, or it is not the CPU's own.
  var isCut = false
  /// Whether the data is spread over a journal that starts at `offset`.
  var isJournal = false
}
