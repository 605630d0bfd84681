import Glibc

/// A failure that is no verdict on any trace: a report that cannot be written, or a bug.
struct InternalFailure: Error, CustomStringConvertible {
  /// EX_SOFTWARE of sysexits.h.
  static let exitCode: Int32 = 70

  /// One line: what failed, on what, and why.
  let description: String
  /// Whether it is standard output whose reader has gone away.
  var isClosedOutput = false
}

/// Where results go: standard output and report files.
enum Output {
  /// The descriptor of standard output.
  static let standard = STDOUT_FILENO

  /// The working directory as an absolute path; nil where it cannot be told.
  static var workingDirectory: String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  /// Writes results to standard output. When the reader has gone away the process dies of SIGPIPE,
  /// as filters do, also where its parent had the signal ignored.
  static func print(_ bytes: [UInt8]) throws(InternalFailure) {
    do throws(InternalFailure) { try printHeld(bytes) } catch {
      if error.isClosedOutput { endByClosedOutput() }
      throw error
    }
  }

  /// Writes results to standard output for a command that has something to clean up: a reader that
  /// has gone away is an error as others, `isClosedOutput`. SIGPIPE must be ignored.
  static func printHeld(_ bytes: [UInt8]) throws(InternalFailure) {
    let failure = write(bytes, standard)
    guard failure != 0 else { return }
    throw InternalFailure(
      description: "standard output: \(reason(failure))", isClosedOutput: failure == EPIPE)
  }

  /// Dies of SIGPIPE.
  static func endByClosedOutput() {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
  }

  /// Writes a report file: beside it first, then under its name, so that nobody ever sees a half
  /// report. What is no regular file (a pipe, a device) is written to as it is.
  static func write(_ bytes: [UInt8], to path: String) throws(InternalFailure) {
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT != S_IFREG {
      try write(bytes, to: path, flags: O_WRONLY, describedAs: path)
      return
    }
    let target = exists ? resolved(path) : path
    let temporary = "\(target).\(getpid()).tmp"
    do throws(InternalFailure) {
      try write(bytes, to: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, describedAs: path)
      if rename(temporary, target) != 0 { throw unwritable(path, errno) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func write(
    _ bytes: [UInt8], to path: String, flags: Int32, describedAs name: String
  ) throws(InternalFailure) {
    let descriptor = open(path, flags | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw unwritable(name, errno) }
    let failure = write(bytes, descriptor)
    let closed = close(descriptor) == 0 ? 0 : errno
    if failure != 0 || closed != 0 { throw unwritable(name, failure != 0 ? failure : closed) }
  }

  /// The file behind symbolic links, so that a link to a report stays one.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Writes all bytes.
  ///
  /// - Returns: 0, or the errno of what failed.
  private static func write(_ bytes: [UInt8], _ descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if count == 0 {
          return EIO
        } else if errno == EAGAIN {
          var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&request, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }

  private static func unwritable(_ path: String, _ number: Int32) -> InternalFailure {
    InternalFailure(
      description: "\(path): the report cannot be written: \(reason(number)); "
        + "give --report a path that can")
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
