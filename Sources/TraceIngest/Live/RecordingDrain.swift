import Glibc

/// Moves the running kernel's pages into a recording without looking into them.
package final class RecordingDrain {
  private let cpus: [LiveSource.CPU]
  private let pageSize: Int
  private let writer: RecordingWriter
  private let buffer: UnsafeMutableRawBufferPointer
  /// What failed first when reading: the CPU, and errno.
  package private(set) var readFailure: (cpu: UInt32, errno: Int32)?

  /// A drain of these CPUs, whose descriptors stay the caller's.
  package init(_ source: LiveSource, to writer: RecordingWriter) {
    cpus = source.cpus
    self.writer = writer
    pageSize = PageLayout(runningKernel: source.description.headerPage)?.subBufferSize ?? 4096
    buffer = .allocate(
      byteCount: max(pageSize, Journal.chunkLimit / pageSize * pageSize), alignment: 16)
  }

  deinit { buffer.deallocate() }

  /// Moves all that is there into the file.
  ///
  /// - Returns: how many bytes of pages came.
  package func drain() -> Int {
    var moved = 0
    for cpu in cpus {
      var count = 0
      repeat {
        count = fill(cpu)
        writer.append(cpu: cpu.cpu, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        moved += count
      } while count == buffer.count && writer.failure == nil
    }
    writer.flush()
    return moved
  }

  /// Reads pages of a CPU until the buffer is full or the kernel has no more.
  private func fill(_ cpu: LiveSource.CPU) -> Int {
    var filled = 0
    while filled + pageSize <= buffer.count {
      let page = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + pageSize])
      let received = read(cpu.descriptor, page.baseAddress, page.count)
      guard received > 0 else {
        if received < 0, errno == EINTR { continue }
        if received < 0, errno != EAGAIN, readFailure == nil { readFailure = (cpu.cpu, errno) }
        break
      }
      UnsafeMutableRawBufferPointer(rebasing: page[received...])
        .initializeMemory(as: UInt8.self, repeating: 0)
      filled += pageSize
    }
    return filled
  }
}
