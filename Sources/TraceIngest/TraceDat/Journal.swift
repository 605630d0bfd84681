/// What a recording holds while it is made: the pages of all CPUs as they came, in chunks.
///
/// The file is a version 6 trace.dat whose CPUs have no data, and whose `option` says where the
/// journal begins. It only ever grows, so that it can be read after its recorder was killed at any
/// moment; `RecordingWriter` turns it into a plain trace.dat when the recording ends well.
enum Journal {
  /// The option that holds the journal's offset, 8 bytes. Other programs pass over it.
  static let option: UInt16 = 0x706d
  /// The size of a chunk's header: magic, CPU, bytes of pages behind it, each 4 bytes, and a zero.
  static let headerSize = 16
  /// What a chunk starts with: `pmj1`.
  static let magic: UInt32 = 0x316a_6d70
  /// The most bytes of pages in a chunk.
  static let chunkLimit = 1 << 18

  /// A chunk's header.
  struct Chunk: Equatable {
    var cpu: UInt32
    /// The bytes of pages behind the header.
    var size: Int
  }

  /// The bytes of a chunk's header.
  static func header(_ chunk: Chunk) -> [UInt8] {
    var bytes = TraceDatBytes()
    bytes.append(magic)
    bytes.append(chunk.cpu)
    bytes.append(UInt32(truncatingIfNeeded: chunk.size))
    bytes.append(UInt32(0))
    return bytes.bytes
  }

  /// Reads the header at `offset`; nil where there is none, because the recorder ended there.
  static func chunk(_ file: FileSource, at offset: UInt64) throws(IngestError) -> Chunk? {
    chunk(try file.bytes(at: offset, count: headerSize))
  }

  /// The header that these bytes are; nil where they are none.
  static func chunk(_ bytes: [UInt8]) -> Chunk? {
    guard bytes.count == headerSize else { return nil }
    let words = bytes.withUnsafeBytes { buffer in
      (0..<3).map {
        UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
      }
    }
    guard words[0] == magic, words[2] > 0, words[2] <= chunkLimit else { return nil }
    return Chunk(cpu: words[1], size: Int(words[2]))
  }

  /// How many bytes of pages each CPU has in the journal that begins at `start`.
  static func sizes(_ file: FileSource, from start: UInt64) throws(IngestError) -> [UInt32: UInt64]
  {
    var sizes: [UInt32: UInt64] = [:]
    let end = file.size ?? 0
    var offset = start
    while let chunk = try chunk(file, at: offset) {
      let data = offset + UInt64(headerSize)
      sizes[chunk.cpu, default: 0] += min(UInt64(chunk.size), end - min(end, data))
      offset = data + UInt64(chunk.size)
    }
    return sizes
  }
}

/// Hands out the pages of one CPU from a journal, a chunk at a time.
final class JournalPageSource: PageProvider {
  private let area: CPUArea
  private let file: FileSource
  private var window: UnsafeMutableRawBufferPointer
  private var filled = 0
  private var consumed = 0
  /// Where the next chunk starts, and where the window's first byte stands.
  private var nextOffset: UInt64
  private var windowOffset: UInt64

  init(area: CPUArea, file: FileSource) {
    self.area = area
    self.file = file
    nextOffset = area.offset
    windowOffset = area.offset
    window = .allocate(byteCount: Journal.chunkLimit, alignment: 16)
  }

  deinit { window.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(window) }

  func fileOffset(of place: Int) -> UInt64 { windowOffset + UInt64(place) }

  /// The journal's end is told by the layout.
  func takeDamage() -> [Damage] { [] }

  func nextPage() throws(IngestError) -> SourcePage? {
    if consumed >= filled {
      guard try refill() else { return nil }
    }
    let page = SourcePage(start: consumed, length: min(area.subBufferSize, filled - consumed))
    consumed += page.length
    return page
  }

  /// Reads the CPU's next chunk; false where there is no more.
  private func refill() throws(IngestError) -> Bool {
    while let chunk = try Journal.chunk(file, at: nextOffset) {
      let data = nextOffset + UInt64(Journal.headerSize)
      nextOffset = data + UInt64(chunk.size)
      guard chunk.cpu == area.cpu else { continue }
      let target = UnsafeMutableRawBufferPointer(rebasing: window[..<chunk.size])
      filled = try file.read(at: data, into: target)
      consumed = 0
      windowOffset = data
      if filled > 0 { return true }
    }
    return false
  }
}
