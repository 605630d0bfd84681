import CZlib
import CZstd

/// The compressions of trace.dat version 7, by their names in the file.
enum Compression: String {
  case none, zstd, zlib

  /// Decompresses `input` into `output`.
  ///
  /// - Returns: whether it gave exactly `output.count` bytes.
  func decompress(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    switch self {
    case .none:
      guard input.count == output.count else { return false }
      output.copyMemory(from: input)
      return true
    case .zstd:
      let size = ZSTD_decompress(
        output.baseAddress, output.count, input.baseAddress, input.count)
      return ZSTD_isError(size) == 0 && size == output.count
    case .zlib:
      var size = uLong(output.count)
      let status = uncompress(
        output.baseAddress?.assumingMemoryBound(to: UInt8.self), &size,
        input.baseAddress?.assumingMemoryBound(to: UInt8.self), uLong(input.count))
      return status == Z_OK && size == uLong(output.count)
    }
  }
}

extension Compression {
  /// The version of the library that compresses by zstd.
  static var zstdVersion: String { String(cString: ZSTD_versionString()) }

  /// Compresses by zstd; nothing where memory for it is lacking.
  static func zstd(_ data: [UInt8], level: Int32) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(data.count)) { output, count in
      let size = ZSTD_compress(output.baseAddress, output.count, data, data.count, level)
      count = ZSTD_isError(size) == 0 ? size : 0
    }
  }
}
