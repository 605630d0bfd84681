import Glibc

/// A ring buffer of this process's own: an instance below tracefs' `instances`.
///
/// The process holds a flock on its directory as long as it lives, so that others can tell whether
/// its owner is alive. Use it from one thread.
package final class TraceInstance {
  /// Its name below `instances`.
  package let name: String
  /// Its directory in tracefs, as an absolute path.
  package let directory: String
  let tracefs: Tracefs
  let handle: TraceFSHandle
  /// Locked; the directory may be removed while it is open.
  private var held: OwnedDescriptor?
  /// Descriptors that must be closed before the kernel lets the instance go.
  var pipes: [(cpu: UInt32, descriptor: Int32)] = []
  var statisticsFiles: [UInt32: Int32] = [:]
  private var isDestroyed = false

  /// Makes an instance. Nothing is enabled in it and it does not record.
  package static func create(
    in tracefs: Tracefs, ownership: Ownership = .pmtrace
  ) throws(ControlError) -> TraceInstance {
    let lock = try ControlLock.take(tracefs)
    return try create(in: tracefs, ownership: ownership, holding: lock)
  }

  /// The lock keeps others from taking an instance for stale that is not locked yet.
  static func create(
    in tracefs: Tracefs, ownership: Ownership, holding lock: borrowing ControlLock
  ) throws(ControlError) -> TraceInstance {
    try tracefs.requireInstances()
    var attempt = 0
    while true {
      let name = ownership.instanceName(attempt: attempt)
      let path = tracefs.path("instances/\(name)")
      if mkdir(path, 0o750) == 0 {
        do throws(ControlError) { return try TraceInstance(name, tracefs) } catch {
          rmdir(path)
          throw error
        }
      }
      guard errno == EEXIST, attempt < 1000 else {
        throw ControlError.system("making", path, errno)
      }
      attempt += 1
    }
  }

  private init(_ name: String, _ tracefs: Tracefs) throws(ControlError) {
    let directory = tracefs.path("instances/\(name)")
    self.name = name
    self.directory = directory
    self.tracefs = tracefs
    let held = try SystemFiles.open(directory, flags: O_RDONLY | O_DIRECTORY)
    guard flock(held.number, LOCK_EX | LOCK_NB) == 0 else {
      throw ControlError.system("locking", directory, errno)
    }
    guard let handle = TraceFSHandle(directory: tracefs.directory, instance: name) else {
      throw ControlError.system("opening", directory, ENOENT)
    }
    self.handle = handle
    self.held = consume held
    try turnOff()
  }

  deinit { closeFiles() }

  /// Starts recording what is enabled.
  ///
  /// `tracefs_trace_on` and `_off` are not used: they keep a descriptor open of which the instance's
  /// directory then cannot be rid.
  package func turnOn() throws(ControlError) { try write("1", to: "tracing_on") }

  /// Stops recording; what is in the buffers can still be read.
  package func turnOff() throws(ControlError) { try write("0", to: "tracing_on") }

  /// Replaces the contents of one of the instance's files.
  package func write(_ text: String, to file: String) throws(ControlError) {
    let number = handle.write(file, text)
    guard number == 0 else {
      throw ControlError.system("writing \(text) to", "\(directory)/\(file)", number)
    }
  }

  /// Reads one of the instance's files.
  package func read(_ file: String) throws(ControlError) -> [UInt8] {
    try SystemFiles.read("\(directory)/\(file)")
  }

  /// Closes all that is open, disables what is enabled and removes the directory.
  ///
  /// - Throws: `ControlError` of code `inUse` where another process reads the instance.
  package func destroy() throws(ControlError) {
    guard !isDestroyed else { return }
    closeFiles()
    // Whether these work does not matter when the directory goes.
    _ = handle.write("tracing_on", "0")
    _ = handle.write("events/enable", "0")
    var tries = 100
    var number = handle.destroy()
    while number == EBUSY && tries > 0 {
      usleep(10_000)
      tries -= 1
      number = handle.destroy()
    }
    guard number == 0 || number == ENOENT, !SystemFiles.exists(directory) else {
      throw ControlError.system("removing", directory, number == 0 ? EBUSY : number)
    }
    held = nil
    isDestroyed = true
  }

  private func closeFiles() {
    for pipe in pipes { close(pipe.descriptor) }
    for file in statisticsFiles.values { close(file) }
    pipes = []
    statisticsFiles = [:]
  }
}
