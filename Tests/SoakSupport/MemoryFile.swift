import Glibc
import TraceIngest

/// A file without a name, in memory where the system has a place for that; it holds one trace after
/// another, each as long as its analysis takes.
final class MemoryFile {
  private let descriptor: Int32

  init() throws {
    let isShared = access("/dev/shm", W_OK) == 0
    var path = Array("\(isShared ? "/dev/shm" : "/tmp")/pmtrace-soak.XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw SoakError.noMemoryFile }
    unlink(path)
  }

  deinit { close(descriptor) }

  /// Opens a trace that consists of these bytes; the last one's reader must be done.
  func open(_ bytes: [UInt8]) throws -> any TraceReader {
    guard ftruncate(descriptor, 0) == 0 else { throw SoakError.noMemoryFile }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written, off_t(written))
      }
      guard count > 0 else { throw SoakError.noMemoryFile }
      written += count
    }
    return try TraceOpener.open(path: "/proc/self/fd/\(descriptor)")
  }
}

/// What keeps a check from running at all.
package enum SoakError: Error {
  /// The system gives no memory for a file.
  case noMemoryFile
}
