/// The start of a trace.dat: what stands before the first section.
struct FixedHeader {
  /// 6 or 7.
  var version: Int
  /// Whether numbers are big-endian.
  var isBigEndian: Bool
  /// The size of `long` in the recording program, which may be 4 on a kernel with 8.
  var userLongSize: Int
  /// The page size of the traced machine in bytes.
  var pageSize: Int
  /// How sections are compressed; always `.none` in version 6.
  var compression: Compression
  /// Version 7: where the first options section starts.
  var optionsOffset: UInt64
  /// The offset of the first byte behind this header.
  var end: UInt64

  /// Where the fields that later checks name stand in the file.
  static let byteOrderOffset: UInt64 = 12
  static let longSizeOffset: UInt64 = 13
  static let pageSizeOffset: UInt64 = 14

  /// Reads and checks the header.
  ///
  /// - Throws: `IngestError`: `unsupportedVersion`, `unsupportedCompression`,
  ///   `contradictoryHeader` or `truncatedHeader`.
  init(_ file: FileSource) throws(IngestError) {
    var reader = ByteReader(
      file, from: UInt64(TraceOpener.magic.count), to: file.size ?? 0, isBigEndian: false)
    version = try Self.version(&reader)
    let order = try reader.number(UInt8.self, of: "the byte order")
    guard order <= 1 else {
      throw Self.contradiction(
        at: Self.byteOrderOffset, "the byte order should be 0 (little) or 1 (big), it is \(order)")
    }
    isBigEndian = order == 1
    reader.isBigEndian = isBigEndian
    userLongSize = Int(try reader.number(UInt8.self, of: "the size of a long"))
    guard userLongSize == 4 || userLongSize == 8 else {
      throw Self.contradiction(
        at: Self.longSizeOffset, "the size of a long should be 4 or 8, it is \(userLongSize)")
    }
    pageSize = Int(try reader.number(UInt32.self, of: "the page size"))
    compression = .none
    optionsOffset = 0
    if version >= 7 {
      compression = try Self.compression(&reader)
      optionsOffset = try reader.number(UInt64.self, of: "the offset of the options")
    }
    end = reader.offset
    try Self.checkByteOrder(file, header: self)
    try Self.checkPageSize(pageSize, at: Self.pageSizeOffset)
  }

  private static func version(_ reader: inout ByteReader) throws(IngestError) -> Int {
    let offset = reader.offset
    let text = try reader.string(limit: 8, of: "the version")
    guard let version = Int(String(decoding: text, as: UTF8.self)), version == 6 || version == 7
    else {
      let shown = String(decoding: text, as: UTF8.self).filter { $0.isASCII && !$0.isNewline }
      throw IngestError(
        .unsupportedVersion, offset: offset,
        expectation: "trace.dat version 6 or 7 was expected, this is version \"\(shown)\"",
        advice: "convert it with trace-cmd convert --file-version 7 or use a newer pmtrace")
    }
    return version
  }

  private static func compression(_ reader: inout ByteReader) throws(IngestError) -> Compression {
    let offset = reader.offset
    let name = String(
      decoding: try reader.string(limit: 64, of: "the name of the compression"), as: UTF8.self)
    _ = try reader.string(limit: 64, of: "the version of the compression")
    guard let compression = Compression(rawValue: name) else {
      throw IngestError(
        .unsupportedCompression, offset: offset,
        expectation: "compression none, zstd or zlib was expected, found \"\(name)\"",
        advice: "convert it with trace-cmd convert --compression zstd")
    }
    return compression
  }

  /// A page is a power of two, from the 4 KiB that every kernel has to far above the largest.
  static func checkPageSize(_ size: Int, at offset: UInt64) throws(IngestError) {
    guard size >= 4096, size <= 1 << 24, size & (size - 1) == 0 else {
      throw contradiction(
        at: offset, "the page size should be a power of two from 4096 on, it is \(size)")
    }
  }

  /// Finds a byte order flag that the number behind it contradicts: read in the other order the
  /// first number behind the header makes sense, read as flagged it does not.
  private static func checkByteOrder(
    _ file: FileSource, header: FixedHeader
  ) throws(IngestError) {
    let size = file.size ?? 0
    let start = try file.bytes(at: header.end, count: 20)
    let offset = header.version == 6 ? 12 : 8
    guard start.count >= offset + 8 else { return }
    var reader = ByteReader(Array(start[offset...]), at: 0, isBigEndian: header.isBigEndian)
    let announced = try reader.number(UInt64.self, of: "a length")
    guard announced > size, announced.byteSwapped <= size else { return }
    throw contradiction(
      at: byteOrderOffset,
      "the header says \(header.isBigEndian ? "big" : "little") endian, "
        + "but the length at byte \(header.end + UInt64(offset)) is in the other order")
  }

  /// An error about header fields that cannot be true together.
  static func contradiction(at offset: UInt64, _ expectation: String) -> IngestError {
    IngestError(
      .contradictoryHeader, offset: offset, expectation: expectation,
      advice: "the header is damaged: copy or record the file again")
  }
}
