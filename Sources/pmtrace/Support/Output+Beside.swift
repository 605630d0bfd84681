import Glibc

/// Files that take long to write.
extension Output {
  /// What is at a path.
  enum Kind {
    /// Nothing is there.
    case absent
    /// A regular file, with its first bytes.
    case regular(start: [UInt8])
    /// A folder, a pipe, a device.
    case other
  }

  /// What is at a path; a file that cannot be read counts as one without bytes.
  static func kind(of path: String) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else { return .absent }
    guard status.st_mode & S_IFMT == S_IFREG else { return .other }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .regular(start: []) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    return .regular(start: Array(bytes.prefix(max(0, count))))
  }

  /// Whether two paths lead to the same file, over links as well.
  static func isSameFile(_ one: String, _ other: String) -> Bool {
    if one == other { return true }
    var (first, second) = (stat(), stat())
    guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Lets `fill` write a file beside the one that is wanted, and gives it the name when it is done.
  /// `fill` answers false where there is nothing to keep.
  static func write(
    beside path: String, _ fill: (String) throws(InternalFailure) -> Bool
  ) throws(InternalFailure) {
    var status = stat()
    let target = stat(path, &status) == 0 ? resolved(path) : path
    let temporary = "\(target).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw unwritten(path, errno) }
    do throws(InternalFailure) {
      defer { close(descriptor) }
      guard try fill(temporary) else {
        unlink(temporary)
        return
      }
      if fsync(descriptor) != 0 || rename(temporary, target) != 0 {
        throw unwritten(path, errno)
      }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func unwritten(_ path: String, _ number: Int32) -> InternalFailure {
    InternalFailure(
      description: "\(path): the file cannot be written: \(String(cString: strerror(number)))")
  }
}
