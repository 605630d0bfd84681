import Glibc

/// A mounted tracefs that this process may read.
package struct Tracefs: Sendable {
  /// Its directory, without a slash at the end.
  package let directory: String
  /// The machine it belongs to.
  package let kernel: KernelView

  /// Finds the tracefs: the given directory, or else where it is usually mounted, or else where
  /// /proc/mounts says. It never mounts anything.
  ///
  /// - Throws: `ControlError` of code `notMounted`, `noPermission`, `lockedDown` or `unsupported`.
  package static func locate(
    _ directory: String? = nil, kernel: KernelView = KernelView()
  ) throws(ControlError) -> Tracefs {
    let path = if let directory { try check(directory, kernel) } else { try find(kernel) }
    let tracefs = Tracefs(directory: path, kernel: kernel)
    try tracefs.checkContents()
    return tracefs
  }

  private init(directory: String, kernel: KernelView) {
    self.directory = directory
    self.kernel = kernel
  }

  /// The full path of a file in it.
  package func path(_ file: String) -> String { "\(directory)/\(file)" }

  /// Whether a file is there.
  func has(_ file: String) -> Bool { SystemFiles.exists(path(file)) }

  /// - Throws: `ControlError` of code `noPermission` where this process may not use the file.
  func require(_ mode: Int32, _ file: String, to action: String) throws(ControlError) {
    guard kernel.mayUse(path(file), mode) else { throw .missingRight(path(file), to: action) }
  }
}

extension Tracefs {
  /// A directory that the user named must be a tracefs itself.
  private static func check(
    _ given: String, _ kernel: KernelView
  ) throws(ControlError) -> String {
    var path = given
    while path.count > 1 && path.last == "/" { path.removeLast() }
    switch kernel.magic(path) {
    case .success(KernelView.tracefsMagic): return path
    case .success(KernelView.debugfsMagic):
      throw ControlError(
        .notMounted, "\(path) is debugfs, not its tracing directory",
        advice: "name \(path)/tracing")
    case .success:
      throw ControlError(
        .notMounted, "\(path) is not a tracefs",
        advice: "name the directory where tracefs is mounted, usually /sys/kernel/tracing")
    case .failure(let error) where error.number == EACCES:
      throw unreadable(path)
    case .failure(let error):
      throw ControlError(
        .notMounted, "\(path) cannot be used: \(ControlError.describe(error.number))",
        advice: "name the directory where tracefs is mounted, usually /sys/kernel/tracing")
    }
  }

  private static func find(_ kernel: KernelView) throws(ControlError) -> String {
    let usual = ["\(kernel.sys)/kernel/tracing", "\(kernel.sys)/kernel/debug/tracing"]
    var hidden: String?
    for path in usual + mounts(kernel) {
      switch kernel.magic(path) {
      case .success(KernelView.tracefsMagic): return path
      case .failure(let error) where error.number == EACCES: hidden = hidden ?? path
      default: break
      }
    }
    if let hidden { throw unreadable(hidden) }
    guard SystemFiles.isDirectory(usual[0]) else {
      throw ControlError(
        .unsupported, "\(usual[0]) is not there: this kernel is built without tracing",
        advice: "boot a kernel with CONFIG_FTRACE and CONFIG_DYNAMIC_EVENTS")
    }
    throw ControlError(
      .notMounted, "no tracefs is mounted at \(usual[0]) or anywhere else",
      advice: "mount it: mount -t tracefs nodev \(usual[0])")
  }

  /// The mount points of tracefs that /proc/mounts lists.
  private static func mounts(_ kernel: KernelView) -> [String] {
    let lines = SystemFiles.textIfReadable("\(kernel.proc)/mounts")?.split(separator: "\n") ?? []
    return lines.compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == "tracefs" else { return nil }
      // A blank in a mount point is written as \040.
      return fields[1].split(separator: "\\040", omittingEmptySubsequences: false)
        .joined(separator: " ")
    }
  }

  private static func unreadable(_ path: String) -> ControlError {
    ControlError(
      .noPermission, "\(path) may not be read by this user",
      advice: "run as root, or let a group in: mount -o remount,gid=GROUP,mode=750 \(path)")
  }

  /// A tracefs may be mounted and yet be closed or empty.
  private func checkContents() throws(ControlError) {
    guard kernel.mayUse(directory, R_OK | X_OK) else { throw Self.unreadable(directory) }
    guard !has("events") || !has("instances") else { return }
    if let mode = kernel.lockdown {
      throw ControlError(
        .lockedDown, "\(directory) is empty: the kernel is locked down (\(mode))",
        advice: "boot without lockdown=confidentiality; see \(kernel.sys)/kernel/security/lockdown")
    }
    let missing = has("events") ? "instances" : "events"
    throw ControlError(
      .unsupported, "\(path(missing)) is not there: this kernel has no trace events",
      advice: "boot a kernel with CONFIG_FTRACE and CONFIG_DYNAMIC_EVENTS")
  }
}
