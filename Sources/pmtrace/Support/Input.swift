import Glibc
import PagemapPolicy

/// Small files that are read whole: configurations, baselines, saved reports.
enum Input {
  /// The content of a file, `-` for standard input. One byte more than `limit` is read at most, so
  /// that the reader of the content can tell that it is too large.
  ///
  /// - Throws: `BaselineFile.Failure`, one line, where it cannot be read.
  static func bytes(of path: String, limit: Int) throws(BaselineFile.Failure) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= limit {
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path, errno)
      }
      bytes += chunk.prefix(count)
    }
    return bytes
  }

  private static func unreadable(_ path: String, _ number: Int32) -> BaselineFile.Failure {
    BaselineFile.Failure("\(path): cannot be read: \(String(cString: strerror(number)))")
  }
}
