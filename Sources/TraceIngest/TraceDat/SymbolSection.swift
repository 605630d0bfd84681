/// Where a trace.dat keeps the traced kernel's `/proc/kallsyms`. It has ten megabytes and is wanted
/// for few traces, so it stays in the file until somebody asks.
enum SymbolSection {
  /// Version 6: this many bytes at this place.
  case stretch(offset: UInt64, length: UInt64)
  /// Version 7: the section that starts here.
  case section(offset: UInt64)

  /// The most bytes of symbols that are read.
  static let limit: UInt64 = 1 << 25

  /// Reads the symbols' text.
  ///
  /// - Throws: `IngestError` where it is not whole, or larger than any kernel's.
  func read(_ file: FileSource, header: FixedHeader) throws(IngestError) -> [UInt8] {
    switch self {
    case .stretch(let offset, let length):
      let end = offset.addingReportingOverflow(length)
      guard length <= Self.limit, !end.overflow, end.partialValue <= file.size ?? 0 else {
        throw FixedHeader.contradiction(
          at: offset, "at most \(Self.limit) bytes of symbols were expected")
      }
      return try file.bytes(at: offset, count: Int(length))
    case .section(let offset):
      let section = try Section(file, at: offset, isBigEndian: header.isBigEndian)
      var reader = try section.reader(
        file, compression: header.compression, isBigEndian: header.isBigEndian)
      let length = try reader.length(UInt32.self, of: "kallsyms")
      guard UInt64(length) <= Self.limit else {
        throw FixedHeader.contradiction(
          at: offset, "at most \(Self.limit) bytes of symbols were expected")
      }
      return try reader.bytes(length, of: "kallsyms")
    }
  }
}
