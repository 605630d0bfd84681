import Glibc

/// The bytes of one input: a regular file, which can be read at any offset, or a stream.
///
/// A stream (pipe, terminal) is read once from its start. What was peeked at is handed on by
/// `readNext(into:)`, so that detecting the container loses nothing.
package final class FileSource {
  /// The size in bytes when the file was opened; nil for a stream.
  package let size: UInt64?
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private var peeked: [UInt8] = []
  private var peekedPosition = 0
  private var nextOffset: UInt64 = 0

  private init(descriptor: Int32, ownsDescriptor: Bool, size: UInt64?) {
    self.descriptor = descriptor
    self.ownsDescriptor = ownsDescriptor
    self.size = size
  }

  deinit {
    if ownsDescriptor { close(descriptor) }
  }

  /// Opens the file at `path`.
  ///
  /// - Throws: `IngestError` of code `unreadable` or `isDirectory`.
  package static func open(path: String) throws(IngestError) -> FileSource {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw IngestError(
        .unreadable, offset: 0,
        expectation: "a readable file was expected, but opening it failed: \(lastSystemError())",
        advice: "check the path and its permissions")
    }
    do {
      return try FileSource(adopting: descriptor, owned: true)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Reads from a descriptor that is already open, for example standard input, and leaves it open.
  ///
  /// - Throws: `IngestError` of code `unreadable` or `isDirectory`.
  package static func adopt(descriptor: Int32) throws(IngestError) -> FileSource {
    try FileSource(adopting: descriptor, owned: false)
  }

  private convenience init(adopting descriptor: Int32, owned: Bool) throws(IngestError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw IngestError(
        .unreadable, offset: 0,
        expectation: "an open file was expected: \(lastSystemError())",
        advice: "check that the input is open for reading")
    }
    let type = status.st_mode & S_IFMT
    guard type != S_IFDIR else {
      throw IngestError(
        .isDirectory, offset: 0, expectation: "a trace file was expected, but this is a directory",
        advice: "name a file inside it")
    }
    let isSeekable = type == S_IFREG && lseek(descriptor, 0, SEEK_CUR) == 0
    self.init(
      descriptor: descriptor, ownsDescriptor: owned,
      size: isSeekable ? UInt64(clamping: status.st_size) : nil)
  }

  /// Whether `path` names the file that is read.
  package func isSameFile(as path: String) -> Bool {
    var own = stat()
    var other = stat()
    guard fstat(descriptor, &own) == 0, stat(path, &other) == 0 else { return false }
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino
  }

  /// The first bytes of the input, at most `count`, without consuming them.
  ///
  /// - Throws: `IngestError` of code `ioFailure`.
  package func peek(_ count: Int) throws(IngestError) -> [UInt8] {
    if size != nil { return try bytes(at: 0, count: count) }
    while peeked.count < count {
      var piece = [UInt8](repeating: 0, count: count - peeked.count)
      let received = try transfer(offset: nextOffset) { [descriptor] in
        piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      }
      if received == 0 { break }
      peeked += piece.prefix(received)
      nextOffset += UInt64(received)
    }
    return [UInt8](peeked.prefix(count))
  }

  /// Reads the bytes that follow those of the last call; 0 at the end.
  ///
  /// - Throws: `IngestError` of code `ioFailure`.
  package func readNext(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(IngestError) -> Int {
    if size != nil {
      let received = try read(at: nextOffset, into: buffer)
      nextOffset += UInt64(received)
      return received
    }
    let left = peeked.count - peekedPosition
    if left > 0 {
      let count = min(left, buffer.count)
      buffer.copyBytes(from: peeked[peekedPosition..<peekedPosition + count])
      peekedPosition += count
      return count
    }
    let received = try transfer(offset: nextOffset) { [descriptor] in
      Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    }
    nextOffset += UInt64(received)
    return received
  }

  /// Reads at a byte offset of a regular file; fewer bytes than asked for only at its end.
  ///
  /// - Throws: `IngestError` of code `ioFailure`.
  package func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(IngestError) -> Int {
    guard offset <= UInt64(Int64.max) else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let position = offset + UInt64(filled)
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let received = try transfer(offset: position) { [descriptor] in
        pread(descriptor, rest.baseAddress, rest.count, off_t(clamping: position))
      }
      if received == 0 { break }
      filled += received
    }
    return filled
  }

  /// The bytes at an offset of a regular file, fewer than `count` where it ends before.
  ///
  /// - Throws: `IngestError` of code `ioFailure`.
  package func bytes(at offset: UInt64, count: Int) throws(IngestError) -> [UInt8] {
    let size = size ?? 0
    guard offset < size, count > 0 else { return [] }
    var result = [UInt8](repeating: 0, count: Int(min(UInt64(count), size - offset)))
    var failure: IngestError?
    var filled = 0
    result.withUnsafeMutableBytes { buffer in
      do throws(IngestError) { filled = try read(at: offset, into: buffer) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    result.removeLast(result.count - filled)
    return result
  }

  /// Copies a stream to an unlinked temporary file in `directory`, so that it can be read at any
  /// offset. The file's space is freed when the returned source is.
  ///
  /// - Throws: `IngestError` of code `ioFailure`.
  package func spooled(in directory: String) throws(IngestError) -> FileSource {
    let copy = try Self.makeTemporaryFile(in: directory)
    var size: UInt64 = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try readNext(into: buffer)
      if count == 0 { break }
      var written = 0
      while written < count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written..<count])
        let stored = write(copy.descriptor, rest.baseAddress, rest.count)
        if stored < 0 && errno == EINTR { continue }
        guard stored > 0 else {
          throw IngestError(
            .ioFailure, offset: size,
            expectation: "the piped trace could not be kept in \(directory): \(lastSystemError())",
            advice: "free space there or give the trace as a file")
        }
        written += stored
        size += UInt64(stored)
      }
    }
    return FileSource(
      descriptor: copy.release(), ownsDescriptor: true, size: size)
  }
}

/// A descriptor that closes itself unless it is handed over.
private final class OwnedDescriptor {
  let descriptor: Int32
  private var isReleased = false
  init(_ descriptor: Int32) { self.descriptor = descriptor }
  func release() -> Int32 {
    isReleased = true
    return descriptor
  }
  deinit { if !isReleased { close(descriptor) } }
}

extension FileSource {
  private static func makeTemporaryFile(
    in directory: String
  ) throws(IngestError) -> OwnedDescriptor {
    var template = Array("\(directory)/pmtrace-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw IngestError(
        .ioFailure, offset: 0,
        expectation: "a temporary file was needed in \(directory): \(lastSystemError())",
        advice: "name a writable directory or give the trace as a file")
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return OwnedDescriptor(descriptor)
  }

  /// Repeats an interrupted system call and turns its failure into an error.
  private func transfer(
    offset: UInt64, _ call: () -> Int
  ) throws(IngestError) -> Int {
    while true {
      let count = call()
      if count >= 0 { return count }
      if errno == EINTR { continue }
      throw IngestError(
        .ioFailure, offset: offset,
        expectation: "more bytes were expected, but reading failed: \(lastSystemError())",
        advice: "check the disk or copy the file again")
    }
  }
}

/// The text of the calling thread's `errno`.
private func lastSystemError() -> String {
  String(cString: strerror(errno))
}
