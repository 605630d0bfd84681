/// Reads numbers and strings one after another, from memory or from a stretch of a file.
///
/// Every read is checked against the bytes left. Running out is an `IngestError` of code
/// `truncatedHeader` whose offset is that of the missing byte in the file.
struct ByteReader {
  /// Whether numbers are big-endian.
  var isBigEndian: Bool
  private var buffer: [UInt8]
  private var position = 0
  /// Where `buffer[0]` stands in the file.
  private var base: UInt64
  /// The end of the readable stretch of the file; nil when all is in `buffer`.
  private var end: UInt64?
  private let file: FileSource?

  /// How much is read from a file at once.
  private let readAhead: Int

  /// Reads from memory. `base` is what errors name as the place of the first byte; with
  /// decompressed data every error names that place.
  init(_ bytes: [UInt8], at base: UInt64, isBigEndian: Bool) {
    buffer = bytes
    self.base = base
    self.isBigEndian = isBigEndian
    file = nil
    readAhead = 0
  }

  /// Reads `file` from `offset` up to `end`.
  init(
    _ file: FileSource, from offset: UInt64, to end: UInt64, readAhead: Int = 1 << 16,
    isBigEndian: Bool
  ) {
    self.readAhead = readAhead
    buffer = []
    base = min(offset, end)
    self.end = end
    self.isBigEndian = isBigEndian
    self.file = file
  }

  /// The offset of the next byte in the file.
  var offset: UInt64 { base + UInt64(position) }
  /// How many bytes are left.
  var bytesLeft: UInt64 {
    if let end { return end - offset }
    return UInt64(buffer.count - position)
  }

  /// Makes `count` bytes available from `position` on, or throws.
  private mutating func require(_ count: Int, of what: String) throws(IngestError) {
    guard count >= 0, UInt64(count) <= bytesLeft else {
      throw IngestError(
        .truncatedHeader, offset: offset + bytesLeft,
        expectation: "\(what) at byte \(offset) needs \(count) bytes, \(bytesLeft) are left",
        advice: "copy or record the file again")
    }
    guard buffer.count - position < count, let file else { return }
    let wanted = Int(min(bytesLeft, UInt64(max(count, readAhead))))
    base += UInt64(position)
    position = 0
    buffer = try file.bytes(at: base, count: wanted)
    if buffer.count < wanted { end = base + UInt64(buffer.count) }
    guard buffer.count >= count else {
      throw IngestError(
        .truncatedHeader, offset: base + UInt64(buffer.count),
        expectation: "\(what) at byte \(base) was expected, but the file has become shorter",
        advice: "wait until nothing writes to the file")
    }
  }

  /// The next unsigned number of the type's width.
  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type, of what: String
  ) throws(IngestError) -> Number {
    let width = MemoryLayout<Number>.size
    try require(width, of: what)
    let value = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: type) }
    position += width
    return isBigEndian ? Number(bigEndian: value) : Number(littleEndian: value)
  }

  /// The next `count` bytes.
  mutating func bytes(_ count: Int, of what: String) throws(IngestError) -> [UInt8] {
    try require(count, of: what)
    defer { position += count }
    return Array(buffer[position..<position + count])
  }

  /// The next bytes up to a NUL, which is consumed.
  ///
  /// - Parameter limit: the most bytes the string may have.
  mutating func string(limit: Int, of what: String) throws(IngestError) -> [UInt8] {
    var result: [UInt8] = []
    while result.count <= limit {
      let byte = try number(UInt8.self, of: what)
      if byte == 0 { return result }
      result.append(byte)
    }
    throw IngestError(
      .contradictoryHeader, offset: offset,
      expectation: "\(what) should end with a NUL within \(limit) bytes",
      advice: "record the file again")
  }

  /// Steps over `count` bytes without reading them.
  mutating func skip(_ count: UInt64, of what: String) throws(IngestError) {
    guard count <= bytesLeft else {
      throw IngestError(
        .truncatedHeader, offset: offset + bytesLeft,
        expectation: "\(what) at byte \(offset) needs \(count) bytes, \(bytesLeft) are left",
        advice: "copy or record the file again")
    }
    let loaded = buffer.count - position
    if count <= UInt64(loaded) {
      position += Int(count)
    } else {
      base = offset + count
      position = 0
      buffer = []
    }
  }

  /// A length as an `Int` for `bytes(_:of:)`, or an error where that many bytes are not there.
  mutating func length<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type, of what: String
  ) throws(IngestError) -> Int {
    let start = offset
    let value = UInt64(try number(type, of: "the length of \(what)"))
    guard value <= bytesLeft else {
      throw IngestError(
        .truncatedHeader, offset: offset + bytesLeft,
        expectation: "\(what) is announced at byte \(start) with \(value) bytes, "
          + "\(bytesLeft) are left",
        advice: "copy or record the file again")
    }
    return Int(value)
  }
}

extension IngestError {
  /// The same as a piece of damage, where the rest of the file is still of use.
  var asDamage: Damage {
    let kind: Damage.Kind =
      switch code {
      case .truncatedHeader: .truncated
      case .unsupportedCompression: .undecompressible
      default: .malformed
      }
    return Damage(kind: kind, offset: offset, length: nil, message: expectation)
  }
}
