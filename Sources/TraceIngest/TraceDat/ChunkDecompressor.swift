import CZstd

/// Decompresses the chunks of all CPUs of a trace, with one scratch buffer for them all.
final class ChunkDecompressor {
  let compression: Compression
  /// The byte order of the numbers in front of each chunk.
  let isBigEndian: Bool
  private var scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 16)
  /// Keeping the context spares its set-up for every chunk; nil where memory for it is lacking.
  private let zstd: OpaquePointer?

  init(compression: Compression, isBigEndian: Bool) {
    self.compression = compression
    self.isBigEndian = isBigEndian
    zstd = compression == .zstd ? ZSTD_createDCtx() : nil
  }

  deinit {
    scratch.deallocate()
    if let zstd { ZSTD_freeDCtx(zstd) }
  }

  /// Decompresses `count` bytes of the file.
  ///
  /// - Returns: whether they gave exactly as many bytes as `target` has.
  func decompress(
    _ file: FileSource, at offset: UInt64, count: Int, into target: UnsafeMutableRawBufferPointer
  ) throws(IngestError) -> Bool {
    if scratch.count < count {
      scratch.deallocate()
      scratch = .allocate(byteCount: count, alignment: 16)
    }
    let input = UnsafeMutableRawBufferPointer(rebasing: scratch[..<count])
    guard try file.read(at: offset, into: input) == count else { return false }
    if let zstd {
      let size = ZSTD_decompressDCtx(
        zstd, target.baseAddress, target.count, input.baseAddress, count)
      return ZSTD_isError(size) == 0 && size == target.count
    }
    return compression.decompress(UnsafeRawBufferPointer(input), into: target)
  }
}
