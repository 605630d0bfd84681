import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// The user's command, run beside a synchronous loop.
package final class TracedCommand: Sendable {
  /// What is known of the command.
  package enum State: Hashable, Sendable {
    /// It is about to start.
    case starting
    /// It runs, as the process with this id.
    case running(pid: Int32)
    /// It ended with this code.
    case exited(Int32)
    /// This signal ended it.
    case signalled(Int32)
    /// It did not start, for this error number.
    case couldNotStart(Int32)

    /// Whether nothing more will happen.
    package var isOver: Bool {
      switch self {
      case .starting, .running: false
      case .exited, .signalled, .couldNotStart: true
      }
    }

    /// The exit code that a shell would give for it; nil before it is over.
    package var exitCode: Int32? {
      switch self {
      case .starting, .running: nil
      case .exited(let code): code
      case .signalled(let signal): 128 + signal
      case .couldNotStart(let number): number == ENOENT ? 127 : 126
      }
    }
  }

  /// Readable (poll) once the command is over.
  package let descriptor: Int32
  private let current = Mutex(State.starting)

  /// What is known by now.
  package var state: State { current.withLock { $0 } }

  /// Starts `words[0]`, looked up in PATH, with the following words as its arguments. It has this
  /// process's standard input and output, and signals as a new process has them.
  ///
  /// - Parameters:
  ///   - starter: what it is started through: a program and its first arguments.
  ///   - output: what its standard output and error go to instead.
  /// - Throws: `ControlError` of code `ioFailure` where the process has no descriptors left.
  package init(
    _ words: [String], through starter: [String] = [], output: Int32? = nil
  ) throws(ControlError) {
    descriptor = SystemCalls.eventDescriptor()
    guard descriptor >= 0 else { throw ControlError.system("opening", "an eventfd", errno) }
    guard let name = words.first, !name.isEmpty else {
      end(.couldNotStart(ENOENT))
      return
    }
    switch Self.find(name) {
    case .failure(let error): end(.couldNotStart(error.number))
    case .success(let path):
      let all = starter + words
      Task.detached { [self] in await run(starter.first ?? path, all, output) }
    }
  }

  deinit { close(descriptor) }

  /// Passes a signal on, where the command runs. What the terminal sends (SIGINT) it has already.
  package func send(_ signal: Int32) {
    current.withLock { state in
      // The child is not reaped before the state says so, so the id is still its own.
      if case .running(let pid) = state { _ = kill(pid, signal) }
    }
  }

  /// Whether it stands still, stopped by a signal.
  var isStopped: Bool {
    guard case .running(let pid) = state else { return false }
    // `PID (NAME) STATE …`; the name may hold anything.
    let text = SystemFiles.textIfReadable("/proc/\(pid)/stat") ?? ""
    return text.split(separator: ")").last?.drop { $0 == " " }.first == "T"
  }

  private func end(_ state: State) {
    current.withLock { $0 = state }
    var one: UInt64 = 1
    _ = Glibc.write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  private func run(_ path: String, _ words: [String], _ output: Int32?) async {
    let standard = output.map { FileDescriptor(rawValue: $0) } ?? .standardOutput
    let errors = output.map { FileDescriptor(rawValue: $0) } ?? .standardError
    do {
      let result = try await Subprocess.run(
        .path(FilePath(path)),
        arguments: Arguments(
          executablePathOverride: words.first, remainingValues: Array(words.dropFirst())),
        input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
        output: .fileDescriptor(standard, closeAfterSpawningProcess: false),
        error: .fileDescriptor(errors, closeAfterSpawningProcess: false)
      ) { execution in
        self.current.withLock { $0 = .running(pid: Int32(execution.processIdentifier.value)) }
      }
      switch result.terminationStatus {
      case .exited(let code): end(.exited(Int32(code)))
      case .signaled(let signal): end(.signalled(Int32(signal)))
      }
    } catch let error as SubprocessError {
      end(.couldNotStart(error.underlyingError?.rawValue ?? EIO))
    } catch {
      end(.couldNotStart(EIO))
    }
  }

  /// Looks a name up in PATH as a shell does: the first that may be run, or else why not.
  ///
  /// Subprocess would do so too, but says of every failure that there is no such file.
  private static func find(_ name: String) -> Result<String, KernelView.Errno> {
    var number = ENOENT
    for candidate in candidates(for: name) {
      let obstacle = obstacle(toRunning: candidate)
      if obstacle == 0 { return .success(candidate) }
      if obstacle != ENOENT { number = obstacle }
    }
    return .failure(KernelView.Errno(number))
  }

  private static func candidates(for name: String) -> [String] {
    if name.contains("/") { return [name] }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":", omittingEmptySubsequences: false).map { directory in
      directory.isEmpty ? "./\(name)" : "\(directory)/\(name)"
    }
  }

  /// - Returns: 0, or the error number.
  private static func obstacle(toRunning path: String) -> Int32 {
    if faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0 { return errno }
    return SystemFiles.isDirectory(path) ? EACCES : 0
  }
}
