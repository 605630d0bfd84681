import Glibc

/// A descriptor that closes itself.
struct OwnedDescriptor: ~Copyable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { close(number) }
}

/// Whole small files of /proc, /sys and tracefs, which have no size of their own.
enum SystemFiles {
  /// Opens a file, close-on-exec.
  static func open(_ path: String, flags: Int32) throws(ControlError) -> OwnedDescriptor {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw ControlError.system("opening", path, errno) }
    return OwnedDescriptor(descriptor)
  }

  /// Reads a file to its end.
  static func read(_ path: String) throws(ControlError) -> [UInt8] {
    let file = try open(path, flags: O_RDONLY)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(file.number, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw ControlError.system("reading", path, errno) }
      if count == 0 { return bytes }
      bytes += chunk.prefix(count)
    }
  }

  /// Reads a file to its end, as text.
  static func text(_ path: String) throws(ControlError) -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  /// The text of a file that need not be there or be readable.
  static func textIfReadable(_ path: String) -> String? {
    do { return try text(path) } catch { return nil }
  }

  /// Writes `text` with one call, as tracefs wants its definitions.
  ///
  /// - Returns: 0 or the error number.
  static func write(_ text: String, to descriptor: Int32) -> Int32 {
    let bytes = Array(text.utf8)
    while true {
      let count = Glibc.write(descriptor, bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      return count < 0 ? errno : count == bytes.count ? 0 : EIO
    }
  }

  /// The names in a directory, sorted; without `.` and `..`.
  static func names(in directory: String) throws(ControlError) -> [String] {
    guard let stream = opendir(directory) else {
      throw ControlError.system("listing", directory, errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether something of this name is there, as far as one can see.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether this is a directory.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

extension ControlError {
  /// What a failed system call on a file of tracefs means to the user.
  static func system(_ action: String, _ path: String, _ number: Int32) -> Self {
    switch number {
    case EACCES:
      .missingRight(path, to: action)
    case EPERM:
      Self(
        .lockedDown, "\(action) \(path) is not permitted by the kernel",
        advice: "see /sys/kernel/security/lockdown; integrity or confidentiality forbid it")
    case EBUSY:
      Self(.inUse, "\(action) \(path): it is in use", advice: "end who uses it, then try again")
    default:
      Self(
        .ioFailure, "\(action) \(path) failed: \(describe(number))",
        advice: "check that tracefs is still mounted there")
    }
  }

  /// A file that this user may not use.
  static func missingRight(_ path: String, to action: String) -> Self {
    Self(
      .noPermission, "\(action) \(path) is not allowed to this user",
      advice: "run as root, or let a group in with: chgrp GROUP \(path) && chmod g+rw \(path)")
  }

  /// The text of an error number, without its number.
  static func describe(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
