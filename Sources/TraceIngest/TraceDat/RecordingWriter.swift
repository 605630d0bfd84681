import Glibc

/// Why a recording cannot be written.
package struct RecordingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file that was written to.
  package var path: String
  /// What failed, as errno.
  package var errno: Int32
  /// What was being done, in words.
  package var action: String
  /// Whether what was recorded until then is in the file.
  package var isSalvageable = false

  package var description: String {
    let advice =
      isSalvageable
      ? "what was recorded so far is in the file, and pmtrace reads it"
      : "give a path that can be written"
    return "\(path): \(action): \(String(cString: strerror(errno))); \(advice)"
  }
}

/// Writes a recording: a journal while it goes on, a plain trace.dat of version 6 when it has ended.
///
/// The journal has the recording's own name; the finished file is made beside it and takes its place.
package final class RecordingWriter {
  private let path: String
  private let descriptor: Int32
  private let header: RecordingHeader
  private let journalStart: UInt64
  private var end: UInt64
  private var sizes: [UInt32: UInt64] = [:]
  /// Pages of one CPU that are not in the file yet.
  private var pending: [UInt8] = []
  private var pendingCPU: UInt32 = 0
  /// What went wrong first; nothing is written after it.
  package private(set) var failure: RecordingError?

  /// Creates the file and writes what is known before the first record.
  ///
  /// - Throws: `RecordingError` where the file cannot be created or written; none is left then.
  package init(path: String, _ description: RecordingDescription) throws(RecordingError) {
    self.path = path
    header = RecordingHeader(
      description: description, pageSize: Self.pageSize(of: description), isJournal: true)
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw RecordingError(path: path, errno: errno, action: "the recording cannot be created")
    }
    let start = header.bytes(sizes: [:])
    journalStart = UInt64(start.count)
    end = journalStart
    pending.reserveCapacity(Journal.headerSize + Journal.chunkLimit)
    var status = stat()
    let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    let problem = isRegular ? Self.write(start, to: descriptor, at: 0) : ESPIPE
    guard problem == 0 else {
      close(descriptor)
      if isRegular { unlink(path) }
      throw RecordingError(path: path, errno: problem, action: "the recording cannot be written")
    }
  }

  deinit { close(descriptor) }

  /// The size of a sub-buffer as `header_page` tells it.
  private static func pageSize(of description: RecordingDescription) -> Int {
    PageLayout(runningKernel: description.headerPage)?.subBufferSize ?? 4096
  }

  /// How many bytes of pages were taken.
  package var bytesTaken: UInt64 { sizes.values.reduce(0, +) }

  /// Takes pages of a CPU, a multiple of the sub-buffer size and at most `Journal.chunkLimit` bytes.
  package func append(cpu: UInt32, _ pages: UnsafeRawBufferPointer) {
    guard failure == nil, !pages.isEmpty else { return }
    let used = pending.count
    if used > 0, cpu != pendingCPU || used + pages.count > Journal.headerSize + Journal.chunkLimit {
      flush()
    }
    if pending.isEmpty {
      pendingCPU = cpu
      pending.append(contentsOf: repeatElement(0, count: Journal.headerSize))
    }
    pending.append(contentsOf: pages)
    sizes[cpu, default: 0] += UInt64(pages.count)
  }

  /// Puts everything that was taken into the file.
  package func flush() {
    guard failure == nil, pending.count > Journal.headerSize else { return }
    let chunk = Journal.Chunk(cpu: pendingCPU, size: pending.count - Journal.headerSize)
    pending.replaceSubrange(..<Journal.headerSize, with: Journal.header(chunk))
    let problem = Self.write(pending, to: descriptor, at: end)
    if problem != 0 {
      // A part of a chunk is read as far as it goes.
      failure = RecordingError(
        path: path, errno: problem, action: "writing the recording failed", isSalvageable: true)
      return
    }
    end += UInt64(pending.count)
    pending.removeAll(keepingCapacity: true)
  }

  /// Removes the file: there is nothing to keep.
  package func discard() { unlink(path) }

  // MARK: The end

  /// Ends the recording: writes the plain trace.dat beside the journal, then puts it in its place.
  ///
  /// - Parameters:
  ///   - statistics: the kernel's counters of every CPU when recording was turned off.
  ///   - commandLines: the text of `saved_cmdlines`, which knows the tasks by then.
  /// - Throws: `RecordingError`; the journal is still there then.
  package func finish(
    statistics: [StatisticsText], commandLines: [UInt8]
  ) throws(RecordingError) {
    flush()
    if let failure { throw failure }
    var description = header.description
    description.commandLines = commandLines
    let final = RecordingHeader(
      description: description, pageSize: header.pageSize, statistics: statistics)
    let temporary = "\(path).\(getpid()).tmp"
    let target = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard target >= 0 else { throw broken(errno) }
    var problem = copy(final.bytes(sizes: sizes), to: target)
    if close(target) != 0, problem == 0 { problem = errno }
    if problem == 0, rename(temporary, path) != 0 { problem = errno }
    if problem != 0 {
      unlink(temporary)
      throw broken(problem)
    }
  }

  private func broken(_ problem: Int32) -> RecordingError {
    RecordingError(
      path: path, errno: problem, action: "the recording cannot be put in order",
      isSalvageable: true)
  }

  /// Writes the header, then the pages CPU by CPU.
  private func copy(_ head: [UInt8], to target: Int32) -> Int32 {
    let problem = Self.write(head, to: target, at: 0)
    guard problem == 0 else { return problem }
    var place = UInt64(head.count)
    for cpu in sizes.keys.sorted() {
      let problem = copyPages(of: cpu, to: target, at: &place)
      guard problem == 0 else { return problem }
      let mask = UInt64(header.pageSize) - 1
      place = (place + mask) & ~mask
    }
    return ftruncate(target, off_t(clamping: place)) == 0 ? 0 : errno
  }

  private func copyPages(of cpu: UInt32, to target: Int32, at place: inout UInt64) -> Int32 {
    var offset = journalStart
    while offset < end {
      var head = [UInt8](repeating: 0, count: Journal.headerSize)
      let count = head.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(clamping: offset))
      }
      guard count == Journal.headerSize, let chunk = Journal.chunk(head) else { return EIO }
      let data = offset + UInt64(Journal.headerSize)
      offset = data + UInt64(chunk.size)
      guard chunk.cpu == cpu else { continue }
      let problem = copyBytes(from: data, count: chunk.size, to: target, at: place)
      guard problem == 0 else { return problem }
      place += UInt64(chunk.size)
    }
    return 0
  }

  private func copyBytes(
    from start: UInt64, count: Int, to target: Int32, at place: UInt64
  ) -> Int32 {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = bytes.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, $0.count, off_t(clamping: start))
    }
    guard received == count else { return received < 0 ? errno : EIO }
    return Self.write(bytes, to: target, at: place)
  }

  /// Writes all bytes at a place.
  ///
  /// - Returns: 0, or the errno of what failed.
  static func write(_ bytes: [UInt8], to descriptor: Int32, at place: UInt64) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        let count = pwrite(
          descriptor, rest.baseAddress, rest.count, off_t(clamping: place + UInt64(written)))
        if count > 0 {
          written += count
        } else if count == 0 {
          return EIO
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}
