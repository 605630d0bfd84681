import Glibc

/// What is asked of the machine itself, so that tests may answer for it.
package struct KernelView: Sendable {
  /// Where sysfs is.
  package var sys = "/sys"
  /// Where procfs is.
  package var proc = "/proc"
  /// The magic number of the file system that a path is on, or the error number.
  package var magic: @Sendable (_ path: String) -> Result<Int, Errno> = SystemCalls.magic(of:)
  /// Whether this process may use a path (`R_OK`, `W_OK`, `X_OK`).
  package var mayUse: @Sendable (_ path: String, _ mode: Int32) -> Bool = Self.systemMayUse

  /// An error number as an error.
  package struct Errno: Error, Hashable, Sendable {
    package var number: Int32
    package init(_ number: Int32) { self.number = number }
  }

  package init() {}

  /// TRACEFS_MAGIC of linux/magic.h.
  static let tracefsMagic = 0x7472_6163
  /// DEBUGFS_MAGIC of linux/magic.h.
  static let debugfsMagic = 0x6462_6720

  /// The effective rights count, not the real ones that access(2) asks for.
  private static let systemMayUse: @Sendable (String, Int32) -> Bool = { path, mode in
    faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
  }

  /// The lockdown the kernel is in ("integrity", "confidentiality"); nil where it is in none.
  var lockdown: String? {
    guard let text = SystemFiles.textIfReadable("\(sys)/kernel/security/lockdown") else {
      return nil
    }
    let words = text.split { $0 == " " || $0 == "\n" }
    guard let chosen = words.first(where: { $0.first == "[" && $0.last == "]" }) else {
      return nil
    }
    let mode = String(chosen.dropFirst().dropLast())
    return mode == "none" ? nil : mode
  }
}
