import Glibc

/// Signals that end a run, to be read from a descriptor instead of ending the process.
///
/// Whichever thread gets the signal, a handler hands it to a pipe: to block signals would not do, as
/// libraries start threads that have none blocked. There can be one such value at a time; use it on
/// one thread. A hangup that is ignored (nohup) stays so.
package struct Signals: ~Copyable {
  /// Readable (poll) when one of the signals came.
  package let descriptor: Int32
  private let writer: Int32
  private let previous: [(signal: Int32, action: sigaction)]

  /// Takes the signals from now on.
  ///
  /// - Throws: `ControlError` of code `ioFailure`.
  package static func take(
    _ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP]
  ) throws(ControlError) -> Signals {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ControlError.system("opening", "a pipe", errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    signalPipe = ends[1]
    var previous: [(signal: Int32, action: sigaction)] = []
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    for signal in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_sigaction = { number, info, _ in
        let saved = errno
        let origin = info.map { Int32($0.pointee.si_code) } ?? 0
        var bytes: (UInt8, UInt8) = (
          UInt8(truncatingIfNeeded: number), origin == Int32(SI_KERNEL) ? 1 : 0
        )
        _ = write(signalPipe, &bytes, 2)
        errno = saved
      }
      action.sa_flags = SA_SIGINFO | SA_RESTART
      var old = sigaction()
      guard sigaction(signal, nil, &old) == 0 else { continue }
      if signal == SIGHUP, old.isIgnored { continue }
      if sigaction(signal, &action, nil) == 0 { previous.append((signal, old)) }
      sigaddset(&unblocked, signal)
    }
    // Who started the process may have had them blocked.
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    return Signals(descriptor: ends[0], writer: ends[1], previous: previous)
  }

  private init(descriptor: Int32, writer: Int32, previous: [(signal: Int32, action: sigaction)]) {
    self.descriptor = descriptor
    self.writer = writer
    self.previous = previous
  }

  /// The next signal that came; nil where there is none.
  package func next() -> SignalSource? {
    var bytes: (UInt8, UInt8) = (0, 0)
    guard read(descriptor, &bytes, 2) == 2 else { return nil }
    return SignalSource(number: Int32(bytes.0), isFromTerminal: bytes.1 == 1)
  }

  /// The signals do again what they did before.
  deinit {
    for (signal, action) in previous {
      var action = action
      sigaction(signal, &action, nil)
    }
    signalPipe = -1
    close(descriptor)
    close(writer)
  }
}

extension sigaction {
  /// Whether it is SIG_IGN, whose address is 1.
  fileprivate var isIgnored: Bool {
    withUnsafeBytes(of: __sigaction_handler) { $0.loadUnaligned(as: UInt.self) == 1 }
  }
}

/// A signal that came.
package struct SignalSource: Hashable, Sendable {
  /// `SIGINT`, `SIGTERM` and so on.
  package var number: Int32
  /// Whether the kernel sent it, as it does for a key of the terminal, and not a process.
  package var isFromTerminal: Bool
}

/// Where the handler writes to. It is set before a handler is there, and read by nobody else.
nonisolated(unsafe) private var signalPipe: Int32 = -1
