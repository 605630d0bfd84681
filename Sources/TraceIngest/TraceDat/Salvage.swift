extension TraceDatLayout {
  /// Finds the data of the CPUs in a buffer's section whose BUFFER option is missing.
  ///
  /// The option stands behind the data, so a file that was cut has none. The data of each CPU
  /// starts at a multiple of the page size, in the order of the CPUs.
  mutating func salvageBuffer(_ section: Section, _ file: FileSource) throws(IngestError) {
    let name = metadata.buffers.isEmpty ? "" : "salvaged buffer \(metadata.buffers.count)"
    let stretches =
      section.isCompressed
      ? try compressedStretches(section, file) : try plainStretches(section, file)
    addBuffer(
      name: name, stretches: stretches, subBufferSize: page.subBufferSize,
      compression: section.isCompressed ? header.compression : .none,
      fileSize: file.size ?? 0, place: section.offset)
    if section.isCut, !stretches.isEmpty { areas[areas.count - 1].isCut = true }
    damage.append(
      Damage(
        kind: .truncated, offset: section.offset, length: nil,
        message: "the BUFFER option of the buffer at byte \(section.offset) is missing: "
          + "\(stretches.count) CPUs were found by their data and numbered in its order"))
  }

  private func aligned(_ offset: UInt64) -> UInt64 {
    let mask = UInt64(page.subBufferSize) - 1
    return (offset &+ mask) & ~mask
  }

  /// Each CPU: the number of chunks, then per chunk its compressed and its plain size and its data.
  private func compressedStretches(
    _ section: Section, _ file: FileSource
  ) throws(IngestError) -> [CPUStretch] {
    var stretches: [CPUStretch] = []
    var start = aligned(section.dataOffset)
    while start < section.dataEnd, stretches.count < Self.areaLimit {
      var reader = ByteReader(
        file, from: start, to: section.dataEnd, isBigEndian: header.isBigEndian)
      let cpu = UInt32(stretches.count)
      do throws(IngestError) {
        let chunks = try reader.number(UInt32.self, of: "the number of chunks")
        for _ in 0..<chunks {
          let size = try reader.number(UInt32.self, of: "the size of a chunk")
          try reader.skip(UInt64(size) + 4, of: "a chunk")
        }
        stretches.append(CPUStretch(cpu: cpu, offset: start, size: reader.offset - start))
      } catch {
        if error.code == .ioFailure { throw error }
        stretches.append(CPUStretch(cpu: cpu, offset: start, size: section.dataEnd - start))
        break
      }
      start = aligned(reader.offset)
    }
    return stretches
  }

  /// Pages of one CPU have rising stamps; where they fall the next CPU's data starts.
  private func plainStretches(
    _ section: Section, _ file: FileSource
  ) throws(IngestError) -> [CPUStretch] {
    let pageSize = UInt64(page.subBufferSize)
    var stretches: [CPUStretch] = []
    var start = aligned(section.dataOffset)
    var offset = start
    var last: UInt64 = 0
    while offset < section.dataEnd, stretches.count < Self.areaLimit {
      var reader = ByteReader(
        file, from: offset, to: min(offset + 8, section.dataEnd), isBigEndian: header.isBigEndian)
      guard reader.bytesLeft == 8 else { break }
      let stamp = try reader.number(UInt64.self, of: "a page's stamp")
      if stamp < last {
        stretches.append(
          CPUStretch(cpu: UInt32(stretches.count), offset: start, size: offset - start))
        start = offset
      }
      last = stamp
      offset += pageSize
    }
    if start < section.dataEnd {
      stretches.append(
        CPUStretch(cpu: UInt32(stretches.count), offset: start, size: section.dataEnd - start))
    }
    return stretches
  }
}
