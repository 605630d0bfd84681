extension TraceDatLayout {
  /// Reads a version 6 file, whose parts follow one another without gaps.
  ///
  /// - Throws: `IngestError` where not even a format can be read.
  mutating func readVersion6(_ file: FileSource) throws(IngestError) {
    let size = file.size ?? 0
    var reader = ByteReader(file, from: header.end, to: size, isBigEndian: header.isBigEndian)
    let texts = try MetadataSections.headerTexts(&reader)
    page = try PageLayout(text: texts.page, at: texts.pageOffset, header: header)
    headerTexts = texts
    do throws(IngestError) {
      try readParts(&reader, file)
    } catch {
      guard error.code != .ioFailure, error.code != .notATrace, !metadata.formats.isEmpty else {
        throw error
      }
      damage.append(error.asDamage)
    }
  }

  private mutating func readParts(
    _ reader: inout ByteReader, _ file: FileSource
  ) throws(IngestError) {
    try MetadataSections.ftraceFormats(&reader, into: &metadata.formats)
    try MetadataSections.eventFormats(&reader, into: &metadata.formats)
    let symbols = try reader.length(UInt32.self, of: "kallsyms")
    if symbols > 0 { self.symbols = .stretch(offset: reader.offset, length: UInt64(symbols)) }
    try reader.skip(UInt64(symbols), of: "kallsyms")
    let printk = try reader.length(UInt32.self, of: "the printk formats")
    try reader.skip(UInt64(printk), of: "the printk formats")
    try MetadataSections.commandLines(&reader, into: &taskNames)
    let cpus = Int(try reader.number(UInt32.self, of: "the number of CPUs"))
    var options = TraceDatOptions()
    var kind = try Self.kind(&reader)
    if kind == .options {
      try Self.readOptions(&reader, into: &options)
      kind = try Self.kind(&reader)
    }
    guard kind == .records else { throw Self.latencyError(at: reader.offset) }
    let stretches = try Self.table(&reader, cpus: options.cpuCount ?? cpus)
    if options.clockFollowsTable {
      let length = try reader.length(UInt64.self, of: "the trace clock")
      options.clock = TraceDatOptions.bracketed(
        try reader.bytes(length, of: "the trace clock"))
    }
    options.cpuCount = options.cpuCount ?? cpus
    try apply(options)
    if let journal = options.journal { return try addJournal(from: journal, file) }
    addBuffer(
      name: "", stretches: stretches, subBufferSize: page.subBufferSize, compression: .none,
      fileSize: file.size ?? 0, place: header.end)
    for buffer in options.buffers {
      try addInstance(buffer, file, cpus: options.cpuCount ?? cpus)
    }
    attach(options.statistics)
  }

  /// Adds the CPUs of a recording whose program ended before it could put them in order.
  private mutating func addJournal(
    from start: UInt64, _ file: FileSource
  ) throws(IngestError) {
    guard start >= header.end else {
      throw FixedHeader.contradiction(at: start, "the journal was expected behind the header")
    }
    let sizes = try Journal.sizes(file, from: start)
    metadata.buffers.append(TraceBuffer(name: "", cpus: sizes.keys.sorted()))
    for (cpu, size) in sizes.sorted(by: { $0.key < $1.key }).prefix(Self.areaLimit) {
      areas.append(
        CPUArea(
          buffer: 0, cpu: cpu, offset: start, size: size, subBufferSize: page.subBufferSize,
          compression: .none, isCut: true, isJournal: true))
    }
    damage.append(
      Damage(
        kind: .truncated, offset: file.size ?? start, length: nil,
        message: "the end of the recording was expected, but the program that made it was ended; "
          + "its \(sizes.count) CPUs are read as far as they go"))
  }

  /// Reads the header that an instance has of its own: a word and the table of its CPUs.
  private mutating func addInstance(
    _ buffer: BufferOption, _ file: FileSource, cpus: Int
  ) throws(IngestError) {
    let size = file.size ?? 0
    do throws(IngestError) {
      var reader = ByteReader(file, from: buffer.offset, to: size, isBigEndian: header.isBigEndian)
      var kind = try Self.kind(&reader)
      if kind == .options {
        var ignored = TraceDatOptions()
        try Self.readOptions(&reader, into: &ignored)
        kind = try Self.kind(&reader)
      }
      guard kind == .records else { throw Self.latencyError(at: reader.offset) }
      addBuffer(
        name: buffer.name, stretches: try Self.table(&reader, cpus: cpus),
        subBufferSize: page.subBufferSize, compression: .none, fileSize: size,
        place: buffer.offset)
    } catch {
      if error.code == .ioFailure { throw error }
      damage.append(error.asDamage)
    }
  }

  /// What the word of ten bytes behind the command lines announces.
  private enum Kind {
    case options, records, latency
  }

  private static func kind(_ reader: inout ByteReader) throws(IngestError) -> Kind {
    let offset = reader.offset
    let word = try reader.bytes(10, of: "the word options, latency or flyrecord")
    switch String(decoding: word.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }, as: UTF8.self) {
    case "options": return .options
    case "flyrecord": return .records
    case "latency": return .latency
    default:
      throw FixedHeader.contradiction(
        at: offset, "the word \"options\", \"latency\" or \"flyrecord\" was expected")
    }
  }

  private static func readOptions(
    _ reader: inout ByteReader, into options: inout TraceDatOptions
  ) throws(IngestError) {
    while true {
      let id = try reader.number(UInt16.self, of: "an option")
      if id == TraceDatOptions.ID.done { return }
      let size = try reader.length(UInt32.self, of: "option \(id)")
      let place = reader.offset
      let data = try reader.bytes(size, of: "option \(id)")
      do throws(IngestError) {
        try options.add(
          id: id, ByteReader(data, at: place, isBigEndian: reader.isBigEndian), version: 6)
      } catch {
        options.damage.append(error.asDamage)
      }
    }
  }

  private static func table(
    _ reader: inout ByteReader, cpus: Int
  ) throws(IngestError) -> [CPUStretch] {
    guard UInt64(cpus) <= reader.bytesLeft / 16 else {
      throw IngestError(
        .truncatedHeader, offset: reader.offset + reader.bytesLeft,
        expectation: "the offsets of \(cpus) CPUs were expected at byte \(reader.offset)",
        advice: "copy or record the file again")
    }
    var stretches: [CPUStretch] = []
    for cpu in 0..<cpus {
      stretches.append(try CPUStretch(cpu: UInt32(cpu), &reader))
    }
    return stretches
  }
}
