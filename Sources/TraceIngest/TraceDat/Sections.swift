/// One section of a version 7 file: a header of 16 bytes and its data.
struct Section {
  /// What a section holds, by the number in its header.
  enum ID {
    static let options: UInt16 = 0
    static let buffer: UInt16 = 3
    static let strings: UInt16 = 15
    static let headerInfo: UInt16 = 16
    static let ftraceFormats: UInt16 = 17
    static let eventFormats: UInt16 = 18
    static let symbols: UInt16 = 19
    static let commandLines: UInt16 = 21
    static let bufferText: UInt16 = 22
    /// Every id that version 7 knows as a section.
    static let known: Set<UInt16> = [0, 3, 15, 16, 17, 18, 19, 20, 21, 22]
  }

  /// The size of the header in front of the data.
  static let headerSize: UInt64 = 16
  /// The most bytes that a metadata section may decompress to.
  private static let decompressedLimit = 1 << 25

  var id: UInt16
  var isCompressed: Bool
  /// Where the section's header stands.
  var offset: UInt64
  /// The size of the data as the header announces it.
  var announcedSize: UInt64
  /// The offset of the file's end.
  private var fileSize: UInt64

  /// Where the data stands.
  var dataOffset: UInt64 { offset + Self.headerSize }
  /// Where the data ends, at the latest with the file.
  var dataEnd: UInt64 { dataOffset + min(announcedSize, fileSize - dataOffset) }
  /// Whether the file ends before the section does.
  var isCut: Bool { announcedSize > fileSize - dataOffset }

  /// Reads the header at `offset`.
  init(_ file: FileSource, at offset: UInt64, isBigEndian: Bool) throws(IngestError) {
    fileSize = file.size ?? 0
    var reader = ByteReader(file, from: offset, to: fileSize, isBigEndian: isBigEndian)
    guard offset < fileSize, reader.bytesLeft >= Self.headerSize else {
      throw IngestError(
        .truncatedHeader, offset: fileSize,
        expectation: "a section was expected at byte \(offset), the file ends at \(fileSize)",
        advice: "copy or record the file again")
    }
    self.offset = offset
    id = try reader.number(UInt16.self, of: "a section's id")
    let flags = try reader.number(UInt16.self, of: "a section's flags")
    isCompressed = flags & 1 != 0
    try reader.skip(4, of: "a section's description")
    announcedSize = try reader.number(UInt64.self, of: "a section's size")
    guard Section.ID.known.contains(id) else {
      throw FixedHeader.contradiction(
        at: offset, "a section was expected at byte \(offset), its id \(id) is none")
    }
  }

  /// A reader of the section's data, decompressed where it is compressed.
  func reader(
    _ file: FileSource, compression: Compression, isBigEndian: Bool
  ) throws(IngestError) -> ByteReader {
    var reader = ByteReader(file, from: dataOffset, to: dataEnd, isBigEndian: isBigEndian)
    guard isCompressed else { return reader }
    let compressedSize = try reader.length(UInt32.self, of: "compressed data")
    // The length is checked against the bytes left before the second number is read.
    let size = Int(try reader.number(UInt32.self, of: "the decompressed size"))
    let compressed = try reader.bytes(compressedSize, of: "the compressed data")
    guard size <= Self.decompressedLimit else {
      throw FixedHeader.contradiction(
        at: dataOffset,
        "section \(id) announces \(size) bytes of decompressed data, "
          + "at most \(Self.decompressedLimit) are expected")
    }
    var isComplete = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      isComplete = compressed.withUnsafeBytes {
        compression.decompress($0, into: UnsafeMutableRawBufferPointer(buffer))
      }
      count = isComplete ? size : 0
    }
    guard isComplete else {
      throw IngestError(
        .unsupportedCompression, offset: dataOffset,
        expectation: "section \(id) should decompress by \(compression.rawValue) to \(size) bytes",
        advice: "copy or record the file again")
    }
    return ByteReader(bytes, at: dataOffset, isBigEndian: isBigEndian)
  }
}

/// All sections of a file, found by walking from one to the next.
struct SectionIndex {
  private(set) var sections: [Section] = []
  private(set) var damage: [Damage] = []

  /// Walks from the end of the fixed header to the end of the file.
  ///
  /// The strings section is the last thing a recorder writes, so a file that does not end with one
  /// was cut, whatever else is whole.
  init(_ file: FileSource, header: FixedHeader) throws(IngestError) {
    let fileSize = file.size ?? 0
    var offset = header.end
    while offset < fileSize {
      do throws(IngestError) {
        let section = try Section(file, at: offset, isBigEndian: header.isBigEndian)
        sections.append(section)
        if section.isCut {
          damage.append(
            Damage(
              kind: .truncated, offset: section.dataEnd,
              length: section.dataOffset.addingReportingOverflow(section.announcedSize)
                .partialValue &- section.dataEnd,
              message: "section \(section.id) at byte \(offset) announces "
                + "\(section.announcedSize) bytes, the file ends at \(fileSize)"))
          return
        }
        offset = section.dataEnd
      } catch {
        if error.code == .ioFailure { throw error }
        damage.append(error.asDamage)
        return
      }
    }
    if sections.last?.id != Section.ID.strings {
      damage.append(
        Damage(
          kind: .truncated, offset: fileSize, length: nil,
          message: "the strings section was expected at the end of the file"))
    }
  }

  /// The first section of this id.
  func first(_ id: UInt16) -> Section? { sections.first { $0.id == id } }
}
