/// Writes the pages of one CPU after another as compressed chunks: the number of chunks, then of
/// each its compressed and its plain size and its data.
final class ChunkWriter {
  private let file: TrimmedFile
  private let isBigEndian: Bool
  private var pages: [UInt8] = []
  private var start: UInt64 = 0
  private var count: UInt32 = 0

  /// How many bytes of pages a chunk has, but for pages that are larger. Readers take no more.
  private static let chunkSize = 1 << 16

  init(_ file: TrimmedFile, isBigEndian: Bool) {
    self.file = file
    self.isBigEndian = isBigEndian
  }

  /// Begins the data of a CPU.
  func begin() {
    start = file.size
    count = 0
  }

  /// Takes a page of the ring buffer; a chunk that it fills is written.
  func append(_ page: [UInt8]) {
    if !pages.isEmpty, pages.count + page.count > Self.chunkSize { flush() }
    pages += page
  }

  /// Ends the data of a CPU.
  ///
  /// - Returns: where it stands and how many bytes it has; none where no page was appended.
  func end() -> (offset: UInt64, size: UInt64) {
    flush()
    guard count > 0 else { return (start, 0) }
    file.patch(number(count), at: start)
    return (start, file.size - start)
  }

  private func flush() {
    guard !pages.isEmpty else { return }
    if count == 0 { file.append(number(0)) }
    count += 1
    file.append(Compression.chunk(pages, level: 9, isBigEndian: isBigEndian))
    pages.removeAll(keepingCapacity: true)
  }

  private func number(_ number: UInt32) -> [UInt8] {
    var bytes = TraceDatBytes(isBigEndian: isBigEndian)
    bytes.append(number)
    return bytes.bytes
  }
}

extension Compression {
  /// Data as version 7 has it wherever it is compressed: its compressed and its plain size, then
  /// the data compressed by zstd.
  static func chunk(_ data: [UInt8], level: Int32, isBigEndian: Bool) -> [UInt8] {
    let compressed = zstd(data, level: level)
    var chunk = TraceDatBytes(isBigEndian: isBigEndian)
    chunk.append(UInt32(truncatingIfNeeded: compressed.count))
    chunk.append(UInt32(truncatingIfNeeded: data.count))
    chunk.append(compressed)
    return chunk.bytes
  }
}
