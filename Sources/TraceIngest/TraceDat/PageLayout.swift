/// How the kernel lays out a sub-buffer ("page") of its ring buffer, from `events/header_page`.
struct PageLayout: Hashable {
  /// The size of the commit field, which is the kernel's `long`: 4 or 8 bytes.
  var longSize: Int
  /// The size of a sub-buffer of the top buffer, in bytes.
  var subBufferSize: Int

  /// Where records start in a sub-buffer: behind the stamp (8 bytes) and the commit field.
  var dataOffset: Int { 8 + longSize }

  /// What is assumed where the file has no `header_page`.
  init(assumedFrom header: FixedHeader) {
    longSize = 8
    subBufferSize = header.pageSize
  }

  /// Parses the text of `header_page` and checks it against the file's header.
  ///
  /// - Parameter offset: where the text stands in the file.
  /// - Throws: `IngestError` of code `contradictoryHeader`.
  init(text: [UInt8], at offset: UInt64, header: FixedHeader) throws(IngestError) {
    guard let commit = Self.field("commit", in: text), let data = Self.field("data", in: text),
      let stamp = Self.field("timestamp", in: text)
    else {
      throw FixedHeader.contradiction(
        at: offset, "header_page should describe the fields timestamp, commit and data")
    }
    guard stamp.offset == 0, stamp.size == 8, commit.offset == 8,
      commit.size == 4 || commit.size == 8, data.offset == 8 + commit.size
    else {
      throw FixedHeader.contradiction(
        at: offset,
        "header_page should place timestamp at 0 (8 bytes), commit at 8 (4 or 8 bytes) "
          + "and data right behind, it says commit \(commit.offset) (\(commit.size) bytes), "
          + "data \(data.offset)")
    }
    longSize = commit.size
    subBufferSize = data.offset + data.size
    guard header.userLongSize <= longSize else {
      throw FixedHeader.contradiction(
        at: FixedHeader.longSizeOffset,
        "the header says a long has \(header.userLongSize) bytes, "
          + "the commit field of header_page has \(longSize)")
    }
    try FixedHeader.checkPageSize(subBufferSize, at: offset)
    guard header.version == 6 ? header.pageSize == subBufferSize : header.pageSize <= subBufferSize
    else {
      throw FixedHeader.contradiction(
        at: FixedHeader.pageSizeOffset,
        "the header says pages of \(header.pageSize) bytes, "
          + "header_page sub-buffers of \(subBufferSize)")
    }
  }

  /// The layout of the running kernel's own sub-buffers; nil where its `header_page` is none.
  init?(runningKernel text: [UInt8]) {
    guard let commit = Self.field("commit", in: text), let data = Self.field("data", in: text),
      commit.offset == 8, commit.size == 8 || commit.size == 4, data.offset == 8 + commit.size
    else { return nil }
    longSize = commit.size
    subBufferSize = data.offset + data.size
    guard subBufferSize >= 4096, subBufferSize & (subBufferSize - 1) == 0 else { return nil }
  }

  /// Finds `field: TYPE NAME;	offset:N;	size:N;` by the field's name.
  private static func field(_ name: String, in text: [UInt8]) -> (offset: Int, size: Int)? {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: ";")).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard parts.count >= 3, let last = parts[0].split(whereSeparator: \.isWhitespace).last,
        last == name, let offset = number(parts[1], behind: "offset:"),
        let size = number(parts[2], behind: "size:")
      else { continue }
      return (offset, size)
    }
    return nil
  }

  private static func number(_ part: String, behind label: String) -> Int? {
    let trimmed = part.drop { $0.isWhitespace }
    guard trimmed.hasPrefix(label), let value = Int(trimmed.dropFirst(label.count)),
      value >= 0, value <= 1 << 30
    else { return nil }
    return value
  }
}
