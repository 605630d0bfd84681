import Glibc

/// Held while probes and instances come and go: flock on the `instances` directory.
///
/// The kernel gives it back when the process ends, however it ends.
struct ControlLock: ~Copyable {
  private let directory: OwnedDescriptor

  /// Waits until the lock is free, at most `patience` seconds.
  ///
  /// - Throws: `ControlError` of code `inUse` where somebody holds it for longer.
  static func take(
    _ tracefs: Tracefs, patience: Int = 60
  ) throws(ControlError) -> ControlLock {
    let path = tracefs.path("instances")
    let directory = try SystemFiles.open(path, flags: O_RDONLY | O_DIRECTORY)
    let number = Self.wait(for: directory.number, tries: patience * 100)
    if number == EWOULDBLOCK {
      throw ControlError(
        .inUse, "\(path) has been locked by another process for \(patience) s",
        advice: "find it with: fuser \(path)")
    }
    if number != 0 { throw ControlError.system("locking", path, number) }
    return ControlLock(directory)
  }

  private init(_ directory: consuming OwnedDescriptor) { self.directory = directory }

  /// - Returns: 0 or the error number.
  private static func wait(for descriptor: Int32, tries: Int) -> Int32 {
    for _ in 0..<tries {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return 0 }
      guard errno == EWOULDBLOCK || errno == EINTR else { return errno }
      usleep(10_000)
    }
    return EWOULDBLOCK
  }
}
