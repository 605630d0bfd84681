import Glibc

/// A window on a stream of lines: the bytes that were read and not yet used up.
struct LineWindow {
  /// The bytes of the window, of which `position..<filled` are still to be used.
  private(set) var bytes: [UInt8]
  /// The next byte to be used.
  var position = 0
  /// Behind the last byte that was read.
  private(set) var filled = 0
  /// Where the window starts in the input, in bytes.
  private(set) var offset: UInt64 = 0
  /// Whether the input ended.
  private(set) var isAtEnd = false

  /// How many bytes a window holds: a line must fit into it.
  static let capacity = 1 << 18

  init() {
    bytes = [UInt8](repeating: 0, count: Self.capacity)
  }

  /// Where the next byte is in the input.
  var nextOffset: UInt64 { offset + UInt64(position) }

  /// Whether a line without its end fills the whole window.
  var isFull: Bool { position == 0 && filled == Self.capacity }

  /// Moves what is left to the front and reads on behind it.
  ///
  /// - Throws: what reading throws.
  mutating func refill(
    _ read: (UnsafeMutableRawBufferPointer) throws(IngestError) -> Int
  ) throws(IngestError) {
    var failure: IngestError?
    var received = 0
    let left = filled - position
    let start = position
    bytes.withUnsafeMutableBytes { buffer in
      if start > 0, left > 0 {
        buffer.copyBytes(from: UnsafeRawBufferPointer(rebasing: buffer[start..<start + left]))
      }
      do throws(IngestError) {
        received = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[left...]))
      } catch {
        failure = error
      }
    }
    offset += UInt64(start)
    position = 0
    filled = left + received
    if let failure { throw failure }
    isAtEnd = received == 0
  }

  /// Drops everything in the window.
  mutating func drop() { position = filled }
}

// MARK: - Lines

extension LineWindow {
  /// The place of the first line end from `start` on; nil where there is none before `end`.
  static func lineEnd(_ bytes: RawSpan, from start: Int, to end: Int) -> Int? {
    guard start < end else { return nil }
    return bytes.withUnsafeBytes { buffer in
      let found = buffer.baseAddress.flatMap { memchr($0 + start, 0x0a, end - start) }
      guard let found, let base = buffer.baseAddress else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  /// The line without the carriage return that some transport added.
  static func trimmed(_ bytes: RawSpan, _ line: Range<Int>) -> Range<Int> {
    guard let last = line.last,
      bytes.unsafeLoad(fromByteOffset: last, as: UInt8.self) == UInt8(ascii: "\r")
    else { return line }
    return line.lowerBound..<last
  }
}
