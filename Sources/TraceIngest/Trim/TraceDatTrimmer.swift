/// Makes a smaller trace.dat of a recording: version 7, compressed, with the same byte order.
///
/// The CPUs are copied one after another, each in windows of bounded size.
struct TraceDatTrimmer<Keeper: RecordKeeper> {
  private let source: FileSource
  private let layout: TraceDatLayout
  private var keeper: Keeper
  private var summary = TrimSummary()
  private var statistics: [BufferStatistics]

  /// Reads everything of `source` but its records.
  init(
    _ source: FileSource, _ makeKeeper: (TraceMetadata) -> Keeper
  ) throws(TrimError) {
    self.source = source
    do throws(IngestError) {
      layout = try TraceDatLayout.read(source)
    } catch {
      throw .unusable(error)
    }
    keeper = makeKeeper(layout.metadata)
    statistics = layout.options.statistics
    summary.bytesRead = source.size ?? 0
    for damage in layout.damage { summary.damage.add(damage) }
  }

  /// Writes what is kept to `path`.
  mutating func write(to path: String, salvaging: Bool) throws(TrimError) -> TrimSummary {
    try refuseDamage(salvaging)
    let file = try TrimmedFile.create(path)
    var sections = TrimmedSections(file, layout)
    for (index, buffer) in layout.metadata.buffers.enumerated() {
      let areas = layout.areas.filter { Int($0.buffer) == index && !$0.isOnlyCounted }
      let size = areas.first?.subBufferSize ?? layout.page.subBufferSize
      try sections.appendBuffer(buffer, subBufferSize: size) { () throws(TrimError) in
        try copy(areas, to: file)
      }
    }
    try refuseDamage(salvaging)
    sections.appendFormats(layout.metadata.formats.filter { keeper.keepsFormat($0) })
    let tasks = keeper.tasks.compactMap { pid in
      pid == 0 ? nil : layout.taskNames[pid].map { (pid: pid, name: $0) }
    }
    sections.appendNames(symbols: symbols, tasks: tasks)
    sections.finish(statistics, isWhole: !summary.damage.isIncomplete)
    summary.bytesWritten = file.size
    do throws(RecordingError) { try file.commit() } catch { throw .unwritable(error) }
    return summary
  }

  private func refuseDamage(_ salvaging: Bool) throws(TrimError) {
    guard !salvaging, let first = summary.damage.damage.first else { return }
    let count = UInt64(summary.damage.damage.count) &+ summary.damage.furtherDamage
    throw .damaged(first, count)
  }

  private var symbols: [UInt8] {
    guard keeper.needsSymbols else { return [] }
    do throws(IngestError) {
      return keeper.symbols(of: try layout.symbols?.read(source, header: layout.header) ?? [])
    } catch {
      return []
    }
  }

  /// Copies CPUs of one buffer.
  private mutating func copy(
    _ areas: [CPUArea], to file: TrimmedFile
  ) throws(TrimError) -> [CPUStretch] {
    let isBigEndian = layout.header.isBigEndian
    let chunks = ChunkWriter(file, isBigEndian: isBigEndian)
    var stretches: [CPUStretch] = []
    for area in areas {
      let stream = CPUStream(
        area: area, source: layout.pages(of: area, in: source), layout: layout.page)
      let pages = PageBuilder(
        layout: layout.page, subBufferSize: area.subBufferSize, isBigEndian: isBigEndian,
        chunks: chunks)
      var copy = CPUCopy<Keeper>(to: pages)
      chunks.begin()
      do throws(IngestError) {
        if isBigEndian {
          try copy.run(stream, &keeper, BigEndianOrder.self)
        } else {
          try copy.run(stream, &keeper, LittleEndianOrder.self)
        }
      } catch {
        throw .unusable(error)
      }
      let data = chunks.end()
      stretches.append(CPUStretch(cpu: area.cpu, offset: data.offset, size: data.size))
      note(copy, of: stream)
    }
    return stretches
  }

  /// Counts what became of a CPU's records. The kernel's counters are lowered by those left out, or
  /// these would be missing from the smaller recording: first of the events that were handed out,
  /// then of those that were still in the kernel.
  private mutating func note(_ copy: CPUCopy<Keeper>, of stream: CPUStream) {
    let read = stream.ledger.eventsRead
    summary.eventsRead &+= read
    summary.eventsKept &+= copy.kept
    summary.edgesKept &+= copy.edges
    for damage in stream.takeDamage() { summary.damage.add(damage) }
    let area = stream.area
    let name = layout.metadata.buffers[Int(area.buffer)].name
    guard area.statistics != nil,
      let index = statistics.firstIndex(where: {
        $0.place == BufferCPU(buffer: name, cpu: area.cpu)
      })
    else { return }
    let dropped = read - min(read, copy.kept &+ copy.edges)
    let handedOut = statistics[index].counters.readEvents
    let entries = statistics[index].counters.entries
    statistics[index].counters.readEvents = handedOut - min(handedOut, dropped)
    let rest = dropped - min(handedOut, dropped)
    statistics[index].counters.entries = entries - min(entries, rest)
  }
}

extension TrimmedFile {
  /// Creates the file beside its target.
  static func create(_ path: String) throws(TrimError) -> TrimmedFile {
    do throws(RecordingError) { return try TrimmedFile(path: path) } catch {
      throw .unwritable(error)
    }
  }
}

extension CPUArea {
  /// Whether the trace has nothing of the CPU but the kernel's counters.
  fileprivate var isOnlyCounted: Bool { offset == 0 && size == 0 && statistics != nil }
}

extension TraceDatLayout {
  /// The pages of one CPU, where CPUs are read one after another.
  func pages(of area: CPUArea, in file: FileSource) -> any PageProvider {
    if area.isJournal { return JournalPageSource(area: area, file: file) }
    let decompressor = ChunkDecompressor(
      compression: header.compression, isBigEndian: header.isBigEndian)
    return PageSource(
      area: area, file: file, decompressor: decompressor, windowSize: 1 << 18,
      chunkLimit: 1 << 24)
  }
}
