extension TraceDatLayout {
  /// Reads a version 7 file: a chain of options names the other sections.
  ///
  /// The sections are walked one after another too. That finds cuts which the options do not show,
  /// and stands in for the options where these are missing.
  ///
  /// - Throws: `IngestError` where not even a format can be read.
  mutating func readVersion7(_ file: FileSource) throws(IngestError) {
    let index = try SectionIndex(file, header: header)
    damage += index.damage
    var options = TraceDatOptions()
    try readOptionChain(file, index, into: &options)

    try metadataSection(Section.ID.headerInfo, file, index, options) {
      (reader: inout ByteReader, layout: inout TraceDatLayout) throws(IngestError) in
      let texts = try MetadataSections.headerTexts(&reader)
      layout.page = try PageLayout(
        text: texts.page, at: texts.pageOffset, header: layout.header)
      layout.headerTexts = texts
    }
    try metadataSection(Section.ID.ftraceFormats, file, index, options) {
      (reader: inout ByteReader, layout: inout TraceDatLayout) throws(IngestError) in
      try MetadataSections.ftraceFormats(&reader, into: &layout.metadata.formats)
    }
    try metadataSection(Section.ID.eventFormats, file, index, options) {
      (reader: inout ByteReader, layout: inout TraceDatLayout) throws(IngestError) in
      try MetadataSections.eventFormats(&reader, into: &layout.metadata.formats)
    }
    guard !metadata.formats.isEmpty || damage.isEmpty else {
      throw IngestError(
        .truncatedHeader, offset: damage.first?.offset ?? header.end,
        expectation: damage.first?.message ?? "sections with event formats were expected",
        advice: "copy or record the file again")
    }
    try metadataSection(Section.ID.commandLines, file, index, options, isNeeded: false) {
      (reader: inout ByteReader, layout: inout TraceDatLayout) throws(IngestError) in
      try MetadataSections.commandLines(&reader, into: &layout.taskNames)
    }
    symbols = (options.sections[Section.ID.symbols] ?? index.first(Section.ID.symbols)?.offset)
      .map { .section(offset: $0) }
    try apply(options)
    try addBuffers(file, index, options)
    attach(options.statistics)
  }

  /// Follows the chain of options sections, each of which names the next.
  private mutating func readOptionChain(
    _ file: FileSource, _ index: SectionIndex, into options: inout TraceDatOptions
  ) throws(IngestError) {
    var pending = [header.optionsOffset]
    var visited: Set<UInt64> = []
    var next = 0
    while next < pending.count {
      let offset = pending[next]
      next += 1
      guard visited.insert(offset).inserted else { continue }
      do throws(IngestError) {
        let section = try Section(file, at: offset, isBigEndian: header.isBigEndian)
        guard section.id == Section.ID.options, offset >= header.end else {
          throw FixedHeader.contradiction(
            at: offset, "an options section was expected, found section \(section.id)")
        }
        if let following = try readOptions(section, file, into: &options) {
          guard !visited.contains(following) else {
            throw FixedHeader.contradiction(
              at: offset, "the options section names one that was read before as the next")
          }
          pending.append(following)
        }
      } catch {
        if error.code == .ioFailure { throw error }
        damage.append(error.asDamage)
        // The chain is broken: the sections that the walk met stand in for its rest.
        pending += index.sections.filter { $0.id == Section.ID.options }.map(\.offset)
          .filter { !pending.contains($0) }
      }
    }
  }

  /// Reads one options section.
  ///
  /// - Returns: the offset of the next one, or nil where this is the last.
  private func readOptions(
    _ section: Section, _ file: FileSource, into options: inout TraceDatOptions
  ) throws(IngestError) -> UInt64? {
    var reader = try section.reader(
      file, compression: header.compression, isBigEndian: header.isBigEndian)
    while true {
      let id = try reader.number(UInt16.self, of: "an option")
      let size = try reader.length(UInt32.self, of: "option \(id)")
      let place = reader.offset
      let data = try reader.bytes(size, of: "option \(id)")
      var option = ByteReader(data, at: place, isBigEndian: header.isBigEndian)
      if id == TraceDatOptions.ID.done {
        let next = try option.number(UInt64.self, of: "the offset of the next options")
        return next == 0 ? nil : next
      }
      do throws(IngestError) {
        try options.add(id: id, option, version: 7)
      } catch {
        options.damage.append(error.asDamage)
      }
    }
  }

  /// Finds a metadata section by its option, or else by the walk, and parses it.
  private mutating func metadataSection(
    _ id: UInt16, _ file: FileSource, _ index: SectionIndex, _ options: TraceDatOptions,
    isNeeded: Bool = true,
    parse: (inout ByteReader, inout TraceDatLayout) throws(IngestError) -> Void
  ) throws(IngestError) {
    var candidates = options.sections[id].map { [$0] } ?? []
    if let walked = index.first(id)?.offset, !candidates.contains(walked) {
      candidates.append(walked)
    }
    for offset in candidates {
      do throws(IngestError) {
        let section = try Section(file, at: offset, isBigEndian: header.isBigEndian)
        guard section.id == id else {
          throw FixedHeader.contradiction(
            at: offset, "section \(id) was expected, found section \(section.id)")
        }
        var reader = try section.reader(
          file, compression: header.compression, isBigEndian: header.isBigEndian)
        try parse(&reader, &self)
        return
      } catch {
        // What header_page contradicts makes every record unreadable.
        if id == Section.ID.headerInfo, error.code == .contradictoryHeader { throw error }
        if error.code == .ioFailure { throw error }
        damage.append(error.asDamage)
      }
    }
    if isNeeded, candidates.isEmpty {
      damage.append(
        Damage(
          kind: .truncated, offset: file.size ?? 0, length: nil,
          message: "section \(id) (headers or event formats) was expected"))
    }
  }

  /// Adds the buffers that options describe, and those that only the walk met.
  private mutating func addBuffers(
    _ file: FileSource, _ index: SectionIndex, _ options: TraceDatOptions
  ) throws(IngestError) {
    let size = file.size ?? 0
    let ordered =
      options.buffers.filter(\.name.isEmpty) + options.buffers.filter { !$0.name.isEmpty }
    for buffer in ordered {
      let section = try? Section(file, at: buffer.offset, isBigEndian: header.isBigEndian)
      let subBufferSize = try checkedSubBufferSize(buffer)
      addBuffer(
        name: buffer.name, stretches: buffer.cpus, subBufferSize: subBufferSize,
        compression: section?.isCompressed == false ? .none : header.compression,
        fileSize: size, place: buffer.place)
      if section?.id != Section.ID.buffer, !buffer.cpus.isEmpty {
        damage.append(
          Damage(
            kind: .malformed, offset: buffer.offset, length: nil,
            message: "the section of buffer \"\(buffer.name)\" was expected"))
      }
    }
    let known = Set(options.buffers.map(\.offset))
    for section in index.sections
    where section.id == Section.ID.buffer && !known.contains(section.offset) {
      try salvageBuffer(section, file)
    }
    if metadata.buffers.isEmpty {
      damage.append(
        Damage(
          kind: .truncated, offset: size, length: nil,
          message: "a section with the records of a buffer was expected"))
    }
  }

  /// The sub-buffer size of a BUFFER option. That of the top buffer has to agree with header_page;
  /// an instance may have its own.
  private func checkedSubBufferSize(_ buffer: BufferOption) throws(IngestError) -> Int {
    let size = buffer.subBufferSize ?? page.subBufferSize
    guard !(buffer.name.isEmpty && size != page.subBufferSize) else {
      throw FixedHeader.contradiction(
        at: buffer.place,
        "the buffer says sub-buffers of \(size) bytes, "
          + "header_page of \(page.subBufferSize)")
    }
    try FixedHeader.checkPageSize(size, at: buffer.place)
    return size
  }
}
