/// Hands out the sub-buffers ("pages") of one CPU one after another, through a window of bounded
/// size.
///
/// Data that is stored plain is read a window at a time, compressed data a chunk at a time.
final class PageSource: PageProvider {
  let area: CPUArea
  /// What was wrong with the data since it was last taken.
  private(set) var damage: [Damage] = []
  private let file: FileSource
  private let decompressor: ChunkDecompressor
  private var window: UnsafeMutableRawBufferPointer
  /// How many bytes of the window are filled, and how many of these were handed out.
  private var filled = 0
  private var consumed = 0
  /// The next byte of the file that is to be read.
  private var nextOffset: UInt64
  /// Where `window[0]` stands in the file; with compressed data, where the latest chunk does.
  private var windowOffset: UInt64
  private var chunksLeft: UInt32?

  /// The most bytes that a chunk may announce.
  private let chunkLimit: Int

  /// - Parameters:
  ///   - windowSize: the window's size in bytes; at least one sub-buffer is used.
  ///   - chunkLimit: the most bytes that a compressed chunk may announce; at least 16 sub-buffers
  ///     are allowed.
  init(
    area: CPUArea, file: FileSource, decompressor: ChunkDecompressor, windowSize: Int,
    chunkLimit: Int
  ) {
    self.area = area
    self.chunkLimit = max(chunkLimit, 16 * area.subBufferSize)
    self.file = file
    self.decompressor = decompressor
    nextOffset = area.offset
    windowOffset = area.offset
    var capacity = max(windowSize, area.subBufferSize) / area.subBufferSize * area.subBufferSize
    if area.compression != .none || area.size == 0 {
      capacity = 0
    } else if area.size < UInt64(capacity) {
      capacity = Int(area.size)
    }
    window = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit { window.deallocate() }

  /// The window's bytes; valid until the next call of `nextPage()`.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(window) }

  /// The file's offset for a place in the window. For compressed data it is that of the chunk.
  func fileOffset(of place: Int) -> UInt64 {
    area.compression == .none ? windowOffset + UInt64(place) : windowOffset
  }

  /// Hands over what was found damaged and forgets it.
  func takeDamage() -> [Damage] {
    defer { damage.removeAll() }
    return damage
  }

  /// The next page, or nil at the end of the CPU's data.
  func nextPage() throws(IngestError) -> SourcePage? {
    while filled - consumed < area.subBufferSize {
      guard try refill() else {
        let rest = filled - consumed
        guard rest > 0 else { return nil }
        if !area.isCut { noteShortPage(rest) }
        defer { consumed = filled }
        return SourcePage(start: consumed, length: rest)
      }
    }
    defer { consumed += area.subBufferSize }
    return SourcePage(start: consumed, length: area.subBufferSize)
  }

  /// Moves what is left of the window to its start and reads more; false where there is no more.
  private func refill() throws(IngestError) -> Bool {
    area.compression == .none ? try refillPlain() : try refillChunk()
  }

  private func moveRestToStart() {
    let rest = filled - consumed
    if rest > 0, consumed > 0, let base = window.baseAddress {
      base.copyMemory(from: base + consumed, byteCount: rest)
    }
    filled = rest
    consumed = 0
  }

  private func refillPlain() throws(IngestError) -> Bool {
    let left = area.offset + area.size - nextOffset
    guard left > 0 else { return false }
    windowOffset += UInt64(consumed)
    moveRestToStart()
    let count = Int(min(left, UInt64(window.count - filled)))
    let target = UnsafeMutableRawBufferPointer(rebasing: window[filled..<filled + count])
    let received = try file.read(at: nextOffset, into: target)
    nextOffset += UInt64(received)
    filled += received
    if received < count {
      note(
        .truncated, at: nextOffset, length: left - UInt64(received),
        "the file became shorter while it was read")
      nextOffset = area.offset + area.size
    }
    return received > 0
  }

  private func noteShortPage(_ length: Int) {
    note(
      .truncated, at: fileOffset(of: consumed), length: UInt64(length),
      "a page of \(area.subBufferSize) bytes was expected, \(length) are left")
  }

  private func note(_ kind: Damage.Kind, at offset: UInt64, length: UInt64?, _ message: String) {
    damage.append(
      Damage(kind: kind, offset: offset, length: length, cpu: area.cpu, message: message))
  }
}

// MARK: - Compressed chunks

extension PageSource {
  /// The numbers in front of a chunk's data.
  private struct ChunkHeader {
    var compressedSize: UInt64
    var size: Int
  }

  /// Where the chunks end. trace-cmd 3.1 announces four bytes less than it writes: it does not
  /// count the number in front of the chunks.
  private var chunksEnd: UInt64 {
    min(area.offset + area.size + 4, max(file.size ?? 0, area.offset + area.size))
  }

  private func refillChunk() throws(IngestError) -> Bool {
    let isBigEndian = decompressor.isBigEndian
    let end = chunksEnd
    var reader = ByteReader(
      file, from: nextOffset, to: end, readAhead: 16, isBigEndian: isBigEndian)
    do throws(IngestError) {
      if chunksLeft == nil {
        guard area.size > 0 else { return false }
        chunksLeft = try reader.number(UInt32.self, of: "the number of chunks")
      }
      guard let left = chunksLeft, left > 0 else { return false }
      chunksLeft = left - 1
      windowOffset = reader.offset
      let header = ChunkHeader(
        compressedSize: UInt64(try reader.length(UInt32.self, of: "a chunk")),
        size: Int(try reader.number(UInt32.self, of: "the decompressed size of a chunk")))
      try read(header, at: reader.offset)
    } catch {
      if error.code == .ioFailure { throw error }
      // Without the length of this chunk the next one cannot be found.
      let broken = error.asDamage
      note(broken.kind, at: windowOffset, length: end - min(end, windowOffset), broken.message)
      chunksLeft = 0
      return false
    }
    return true
  }

  /// Decompresses the chunk whose data starts at `offset` behind what is left in the window.
  private func read(_ header: ChunkHeader, at offset: UInt64) throws(IngestError) {
    guard header.size <= chunkLimit, header.compressedSize <= UInt64(chunkLimit) else {
      throw FixedHeader.contradiction(
        at: windowOffset,
        "a chunk announces \(header.size) bytes, at most "
          + "\(chunkLimit) are expected")
    }
    guard offset + header.compressedSize <= chunksEnd else {
      throw IngestError(
        .truncatedHeader, offset: chunksEnd,
        expectation: "a compressed chunk of \(header.compressedSize) bytes is cut short",
        advice: "copy or record the file again")
    }
    nextOffset = offset + header.compressedSize
    moveRestToStart()
    reserve(filled + header.size)
    let target = UnsafeMutableRawBufferPointer(rebasing: window[filled..<filled + header.size])
    let isWhole = try decompressor.decompress(
      file, at: offset, count: Int(header.compressedSize), into: target)
    if isWhole {
      filled += header.size
    } else {
      filled = 0
      note(
        .undecompressible, at: windowOffset, length: 8 + header.compressedSize,
        "a chunk should decompress by \(area.compression.rawValue) to \(header.size) bytes")
    }
  }

  private func reserve(_ capacity: Int) {
    guard window.count < capacity else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: window[..<filled]))
    window.deallocate()
    window = larger
  }
}
